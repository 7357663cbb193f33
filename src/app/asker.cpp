// SPDX-License-Identifier: Apache-2.0
#include "app/asker.hpp"

#include <algorithm>

#include "base/peer.hpp"
#include "proxy/known.hpp"

namespace culvert::app {
namespace {

void add_filed_groups(const config::Config& config, Request& request) {
  auto& groups = request.groups;
  if (config.users) {
    const auto& filed = config.users->groups_of(request.user);
    groups.insert(groups.end(), filed.begin(), filed.end());
  }
  std::ranges::sort(groups);
  const auto again = std::ranges::unique(groups);
  groups.erase(again.begin(), again.end());
}

}  // namespace

void complete_asker(const config::Config& config, Request& request) {
  if (request.user.empty()) {
    const Endpoint client{.address = request.client, .port = 0};
    request.user = proxy::known_by_place(config, client);
    request.known_by_place = !request.user.empty();
  }
  request.can_ask_user = config.can_ask_user();
  add_filed_groups(config, request);
}

}  // namespace culvert::app

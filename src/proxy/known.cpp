// SPDX-License-Identifier: Apache-2.0
#include "proxy/known.hpp"

#include <algorithm>

namespace culvert::proxy {

std::string known_by_place(const config::Config& config, const Peer& client) {
  const auto* address = client.address();
  if (address == nullptr) return client.identity();
  const auto found = std::ranges::find_if(
      config.identities, [address](const auto& one) { return one.network.contains(*address); });
  return found == config.identities.end() ? std::string() : found->user;
}

bool is_still_known(const config::Config& config, std::string_view user, const Peer& client) {
  return (config.users && config.users->has_account(user)) ||
         known_by_place(config, client) == user;
}

}  // namespace culvert::proxy

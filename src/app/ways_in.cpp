// SPDX-License-Identifier: Apache-2.0
#include "app/ways_in.hpp"

#include <fmt/format.h>

#include "app/missed.hpp"
#include "config/endpoint.hpp"

namespace culvert::app {
namespace {

std::string places_of(const config::Config& config) {
  std::vector<std::string> places;
  places.reserve(config.listen.size());
  for (const auto& listen : config.listen) places.push_back(listen.place.text());
  return some_of(places);
}

}  // namespace

std::expected<WaysIn, std::string> ways_in(const config::Config& config,
                                           const std::string& address) {
  config::Read<ListenPlace> wanted;
  if (!address.empty()) {
    wanted = config::read_listen_address({.what = address, .place = {}});
    if (!wanted) return std::unexpected(fmt::format("--listener {}: {}", address, wanted.error()));
  }
  WaysIn made;
  for (const auto& listen : config.listen) {
    if (!address.empty() && listen.place != *wanted) continue;
    (listen.websocket ? made.taking : made.refusing).push_back(listen.place.text());
  }
  if (made.taking.empty() && made.refusing.empty()) {
    return std::unexpected(
        fmt::format("--listener {}: there is only {}", address, places_of(config)));
  }
  return made;
}

std::string objection_of(const WaysIn& ways, const policy::WebSockets& rule) {
  if (!rule.leaves_to_listener() || !ways.taking.empty() || ways.refusing.empty()) return {};
  if (ways.refusing.size() > 1) return "no listener takes any";
  return fmt::format("the listener {} does not take any", ways.refusing.front());
}

std::optional<std::string> condition_of(const WaysIn& ways, const policy::WebSockets& rule) {
  if (!rule.leaves_to_listener() || ways.taking.empty() || ways.refusing.empty()) {
    return std::nullopt;
  }
  const auto* const one_of = ways.taking.size() > 1 ? "one of " : "";
  return fmt::format("it comes by {}{}", one_of, some_of(ways.taking));
}

}  // namespace culvert::app

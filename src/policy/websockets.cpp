// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <culvert/policy/rule.hpp>

namespace culvert::policy {
namespace {

bool fits_path(const std::string& pattern, std::string_view path) {
  if (!pattern.ends_with("/*")) return path == pattern;
  return path.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1));
}

}  // namespace

std::optional<std::string> objection(const WebSockets& rule, const Handshake& handshake) {
  if (rule.denied) return "websocket";
  const auto origin = handshake.origin.value_or("none");
  if (!rule.origins.empty() &&
      std::ranges::find(rule.origins, origin, &OriginPattern::text) == rule.origins.end()) {
    return "origin \"" + std::string(origin) + "\"";
  }
  const auto path = handshake.path.substr(0, handshake.path.find('?'));
  if (!rule.paths.empty() && std::ranges::none_of(rule.paths, [path](const std::string& pattern) {
        return fits_path(pattern, path);
      })) {
    return "path \"" + std::string(path) + "\"";
  }
  if (rule.protocols.empty()) return std::nullopt;
  if (handshake.protocols.empty()) return "no subprotocol";
  for (const auto& protocol : handshake.protocols) {
    if (std::ranges::find(rule.protocols, protocol) == rule.protocols.end()) {
      return "subprotocol \"" + std::string(protocol) + "\"";
    }
  }
  return std::nullopt;
}

}  // namespace culvert::policy

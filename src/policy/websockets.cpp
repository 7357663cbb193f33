// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <culvert/policy/rule.hpp>

#include "base/ascii.hpp"
#include "policy/origin.hpp"

namespace culvert::policy {
namespace {

constexpr std::size_t longest_shown = 100;

/// What a client said, cut to what a log line should bear.
std::string shown(std::string_view what, std::string_view said) {
  const bool cut = said.size() > longest_shown;
  return std::string(what) + " \"" + std::string(said.substr(0, longest_shown)) +
         (cut ? "...\"" : "\"");
}

/// What some servers decode before they look: slashes, backslashes, dots, semicolons and NULs; a
/// percent sign, which some decode twice; and the first byte of a character that is written longer
/// than need be (RFC 3629 §3), such as a dot in two bytes.
constexpr std::array<std::string_view, 8> telling{"00", "25", "2e", "2f", "3b", "5c", "c0", "c1"};

/// The same in three bytes or four, where it takes the second one to tell.
bool is_too_long(std::string_view escapes) {
  return escapes.starts_with("%e0%8") || escapes.starts_with("%e0%9") ||
         escapes.starts_with("%f0%8");
}

bool has_telling_escape(std::string_view target) {
  std::string path(target);
  std::ranges::transform(path, path.begin(), lower);
  for (auto at = path.find('%'); at != std::string::npos; at = path.find('%', at + 1)) {
    const auto escapes = std::string_view(path).substr(at);
    if (escapes.size() < 3 || is_too_long(escapes)) return true;
    if (std::ranges::find(telling, escapes.substr(1, 2)) != telling.end()) return true;
  }
  return false;
}

/// Nothing, a dot or two; parameters behind them (RFC 3986 §3.3) are dropped by some servers.
bool is_empty_or_dots(std::string_view segment) {
  segment = segment.substr(0, segment.find(';'));
  return segment.empty() || segment == "." || segment == "..";
}

bool has_one_reading(std::string_view path) {
  if (!path.starts_with('/') || path.contains('\\') || path.contains('#')) return false;
  if (has_telling_escape(path)) return false;
  path.remove_prefix(1);
  while (!path.empty()) {  // a slash at the end is no empty segment
    const auto slash = path.find('/');
    if (is_empty_or_dots(path.substr(0, slash))) return false;
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return true;
}

std::string_view without_query(std::string_view target) {
  const auto path = target.substr(0, target.find('?'));
  return path.empty() ? "/" : path;  // it is written so for the origin (RFC 9112 §3.2.1)
}

bool fits_path(const std::string& pattern, std::string_view path) {
  if (!pattern.ends_with("/*")) return path == pattern;
  return path.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1));
}

bool fits_a_path(const WebSockets& rule, std::string_view path) {
  return has_one_reading(path) &&
         std::ranges::any_of(rule.paths, [path](const auto& one) { return fits_path(one, path); });
}

std::optional<std::string> objection_to_protocols(const WebSockets& rule,
                                                  const Handshake& handshake) {
  if (rule.protocols.empty()) return std::nullopt;
  if (handshake.protocols.empty()) return "no subprotocol";
  for (const auto& offered : handshake.protocols) {
    if (std::ranges::find(rule.protocols, offered) == rule.protocols.end()) {
      return shown("subprotocol", offered);
    }
  }
  return std::nullopt;
}

}  // namespace

bool is_path_pattern(std::string_view text) {
  const auto is_plain = [](char c) { return c > ' ' && c <= '~' && c != '?' && c != '*'; };
  if (text.ends_with("/*")) text.remove_suffix(1);
  return std::ranges::all_of(text, is_plain) && has_one_reading(text);
}

std::optional<std::string> objection(const WebSockets& rule, const Handshake& handshake) {
  if (rule.denied) return "WebSocket";
  if (!rule.origins.empty() && !fits_an_origin(rule.origins, handshake.origin)) {
    return handshake.origin ? shown("origin", *handshake.origin) : "no origin";
  }
  const auto path = without_query(handshake.path);
  if (!rule.paths.empty() && !fits_a_path(rule, path)) return shown("path", path);
  return objection_to_protocols(rule, handshake);
}

}  // namespace culvert::policy

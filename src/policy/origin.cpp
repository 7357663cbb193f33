// SPDX-License-Identifier: Apache-2.0
#include "policy/origin.hpp"

#include <algorithm>

#include <culvert/error.hpp>

#include "base/ascii.hpp"

namespace culvert::policy {
namespace {

bool is_scheme(std::string_view text) {  // in lower case (RFC 3986 §3.1)
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return !text.empty() && is_letter(text.front()) && std::ranges::all_of(text, [&](char c) {
    return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
}

std::optional<Port> default_port(std::string_view scheme) {
  if (scheme == "http" || scheme == "ws") return Port::of(80);
  if (scheme == "https" || scheme == "wss") return Port::of(443);
  return std::nullopt;
}

/// `[scheme "://"] host [":" port]`, the host not yet looked at.
struct Parts {
  std::string scheme;
  std::string_view host;
  std::optional<Port> port;
};

Result<Parts> split(std::string_view text) {
  Parts parts;
  if (const auto mark = text.find("://"); mark != std::string_view::npos) {
    parts.scheme = text.substr(0, mark);
    std::ranges::transform(parts.scheme, parts.scheme.begin(), lower);
    if (!is_scheme(parts.scheme)) return fail(Errc::bad_host);
    text.remove_prefix(mark + 3);
  }
  parts.port = default_port(parts.scheme);
  const auto colon = text.rfind(':');
  if (colon != std::string_view::npos && !text.substr(colon).contains(']')) {
    const auto port = Port::parse(text.substr(colon + 1));
    if (!port) return fail(port.error());
    parts.port = *port;
    text = text.substr(0, colon);
  }
  if (text.contains('/')) return fail(Errc::bad_host);
  parts.host = text;
  return parts;
}

std::string host_text(const HostPattern& host) {
  const bool is_v6 = host.network() != nullptr && !host.network()->address().is_v4();
  return is_v6 ? "[" + host.text() + "]" : host.text();
}

std::string text_of(const Parts& parts, const HostPattern& host) {
  auto text = parts.scheme.empty() ? "" : parts.scheme + "://";
  text += host_text(host);
  if (parts.port && parts.port != default_port(parts.scheme)) {
    text += ":" + std::to_string(parts.port->number());
  }
  return text;
}

bool fits(const OriginPattern& pattern, const Parts& origin, const Host& host) {
  return (pattern.scheme.empty() || pattern.scheme == origin.scheme) &&
         (!pattern.port || pattern.port == origin.port) && pattern.hosts != nullptr &&
         pattern.hosts->matches(host);
}

}  // namespace

Result<OriginPattern> parse_origin(std::string_view text) {
  if (text == "null" || text == "none") {
    return OriginPattern{.text = std::string(text), .scheme = {}, .hosts = {}, .port = {}};
  }
  const auto parts = split(text);
  if (!parts) return fail(parts.error());
  const auto host = HostPattern::parse(parts->host);
  if (!host) return fail(Errc::bad_host);
  return OriginPattern{.text = text_of(*parts, *host),
                       .scheme = parts->scheme,
                       .hosts = std::make_shared<const HostSet>(std::vector{*host}),
                       .port = parts->port};
}

bool fits_an_origin(const std::vector<OriginPattern>& patterns,
                    std::optional<std::string_view> field) {
  if (!field || *field == "null") {
    const std::string_view wanted = field ? "null" : "none";
    return std::ranges::find(patterns, wanted, &OriginPattern::text) != patterns.end();
  }
  const auto origin = split(*field);
  if (!origin || origin->scheme.empty()) return false;
  const auto host = Host::parse(origin->host);
  return host && std::ranges::any_of(patterns, [&](const OriginPattern& pattern) {
           return fits(pattern, *origin, *host);
         });
}

}  // namespace culvert::policy

// SPDX-License-Identifier: Apache-2.0
#include "app/asked.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/idna.hpp"

namespace culvert::app {
namespace {

using policy::Scheme;

constexpr std::string_view behind_scheme = "://";

struct Known {
  Scheme scheme;
  std::uint16_t port;
};
constexpr std::array<Known, 4> known{Known{.scheme = Scheme::http, .port = 80},
                                     {.scheme = Scheme::https, .port = 443},
                                     {.scheme = Scheme::ws, .port = 80},
                                     {.scheme = Scheme::wss, .port = 443}};

/// The host of `host [":" port]`, and where the rest begins.
std::string_view host_of(std::string_view authority) {
  const auto bracket = authority.find(']');
  const auto from = bracket == std::string_view::npos ? 0 : bracket;
  return authority.substr(0, authority.find(':', from));
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string no_target(std::string_view text, std::error_code why) {
  return fmt::format("{}: {}", text, why.message());
}

std::expected<Asked, std::string> read_ascii(std::string_view text, std::optional<Port> port) {
  auto target = port ? Authority::parse(text, *port) : Authority::parse(text);
  if (!target && host_of(text) == text && Host::parse(text)) {
    return std::unexpected(fmt::format("{0} has no port; write {0}:443 or https://{0}/", text));
  }
  if (!target) return std::unexpected(no_target(text, target.error()));
  return Asked{.target = *std::move(target), .written_host = {}};
}

std::expected<Asked, std::string> read_authority(std::string_view text, std::optional<Port> port) {
  const auto host = host_of(text);
  if (is_ascii(host)) return read_ascii(text, port);
  const auto name = to_ascii(host);
  if (!name) return std::unexpected(no_target(text, name.error()));
  auto asked = read_ascii(*name + std::string(text.substr(host.size())), port);
  if (asked) asked->written_host = host;
  return asked;
}

std::expected<Asked, std::string> read_url(std::string_view text, std::size_t colon,
                                           std::string_view method) {
  std::string scheme(text.substr(0, colon));
  std::ranges::transform(scheme, scheme.begin(), lower);
  const auto* const one = std::ranges::find_if(
      known, [&scheme](const Known& entry) { return policy::word(entry.scheme) == scheme; });
  if (one == known.end()) {
    return std::unexpected(fmt::format("{}: write an http, https, ws or wss URL", text));
  }
  const auto rest = text.substr(colon + behind_scheme.size());
  const auto authority = rest.substr(0, rest.find_first_of("/?#\\"));
  if (authority.contains('@')) {
    return std::unexpected(fmt::format("{}: a proxy takes no URL with a user in it", text));
  }
  auto asked = read_authority(authority, Port::of(one->port));
  if (!asked || method == "CONNECT") return asked;
  asked->scheme = one->scheme;
  asked->method = method.empty() ? "GET" : method;
  // No client sends the fragment (RFC 9110 §4.2.5, RFC 6455 §3).
  asked->path = rest.substr(authority.size(), rest.find('#', authority.size()) - authority.size());
  return asked;
}

}  // namespace

std::expected<Asked, std::string> read_asked(std::string_view text, std::string_view method) {
  const auto colon = text.find(behind_scheme);
  if (colon != std::string_view::npos) return read_url(text, colon, method);
  if (!method.empty() && method != "CONNECT") {
    return std::unexpected(
        fmt::format("{} is asked for by CONNECT; for {} write a URL", text, method));
  }
  return read_authority(text, std::nullopt);
}

std::string path_of(const Asked& asked) {
  const auto path = asked.path.substr(0, asked.path.find('?'));
  return path.empty() ? "/" : path;
}

}  // namespace culvert::app

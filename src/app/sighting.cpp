// SPDX-License-Identifier: Apache-2.0
#include "app/sighting.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "app/when.hpp"

namespace culvert::app {
namespace {

using Json = nlohmann::json;
using policy::Scheme;
using policy::Speech;

/// The errors (RFC 9209) after which no origin was reached, whatever the rules say.
constexpr std::array<std::string_view, 11> failures{
    "http_request_error",    "dns_error",
    "dns_timeout",           "connection_refused",
    "connection_timeout",    "destination_ip_unroutable",
    "proxy_loop_detected",   "connection_limit_reached",
    "tls_certificate_error", "tls_protocol_error",
    "proxy_internal_error"};

std::string text_at(const Json& line, const char* name) {
  const auto found = line.find(name);
  return found != line.end() && found->is_string() ? found->get<std::string>() : std::string();
}

unsigned number_at(const Json& line, const char* name) {
  const auto found = line.find(name);
  return found != line.end() && found->is_number_unsigned() ? found->get<unsigned>() : 0;
}

std::optional<Sighting::Event> event_of(const Json& line) {
  const auto word = text_at(line, "event");
  if (word == "open") return Sighting::Event::open;
  if (word == "close") return Sighting::Event::close;
  if (word == "request") return Sighting::Event::request;
  return std::nullopt;
}

std::optional<Authority> target_of(const Json& line) {
  const auto host = Host::parse(text_at(line, "host"));
  const auto port = number_at(line, "port");
  if (!host || port == 0 || port > 65535) return std::nullopt;
  return Authority{.host = *host, .port = Port::of(static_cast<std::uint16_t>(port))};
}

/// A hop says its scheme; what is denied early has no kind yet.
Scheme scheme_of(const Json& line) {
  const auto word = text_at(line, "scheme");
  if (word == "https") return Scheme::https;
  if (word == "ws") return Scheme::ws;
  if (word == "wss") return Scheme::wss;
  const bool tunnel = text_at(line, "kind") == "connect" || text_at(line, "method") == "CONNECT";
  return tunnel ? Scheme::connect : Scheme::http;
}

std::optional<Speech> speech_of(const Json& line) {
  const auto word = text_at(line, "tunnel");
  if (word == "tls") return Speech::tls;
  if (word == "websocket") return Speech::websocket;
  if (word == "http") return Speech::http;
  if (word == "opaque") return Speech::any;
  return std::nullopt;
}

std::optional<Address> address_of(const std::string& text) {
  const auto read = Address::parse(text);
  return read ? std::optional(*read) : std::nullopt;
}

/// "127.0.0.1:53586", "[::1]:53586"; a Unix peer has no address.
std::optional<Address> client_of(const Json& line) {
  const auto read = Authority::parse(text_at(line, "client"));
  return read && read->host.is_address() ? std::optional(read->host.address()) : std::nullopt;
}

/// Why no rule comes of this line; empty when one may.
std::string obstacle(const Json& line) {
  if (text_at(line, "kind") == "own") return "answered by the proxy itself";
  if (number_at(line, "status") == 407) return "asked who they are (407)";
  auto error = text_at(line, "error");
  if (std::ranges::find(failures, error) != failures.end()) return error;
  if (text_at(line, "host").empty()) return error.empty() ? "without a target" : error;
  return {};
}

/// A tunnel has one of the two: TLS names its server itself, HTTP by its target or Host.
std::string server_name_of(const Json& line) {
  auto name = text_at(line, "sni");
  return name.empty() ? text_at(line, "inner_host") : name;
}

Sighting sighting_of(const Json& line, Sighting::Event event, Authority target) {
  return {.event = event,
          .target = std::move(target),
          .scheme = scheme_of(line),
          .method = text_at(line, "method"),
          .speech = speech_of(line),
          .server_name = server_name_of(line),
          .resolved = address_of(text_at(line, "resolved")),
          .client = client_of(line),
          .user = text_at(line, "user"),
          .would_deny = text_at(line, "would_deny"),
          .denied = text_at(line, "verdict") == "deny" && text_at(line, "would_deny").empty(),
          .when = read_timestamp(text_at(line, "ts"))};
}

}  // namespace

std::optional<Reading> read_sighting(std::string_view line) {
  const auto read = Json::parse(line, nullptr, false);
  if (!read.is_object()) return std::nullopt;
  const auto event = event_of(read);
  if (!event) return std::nullopt;
  if (auto why = obstacle(read); !why.empty()) return LeftOut{std::move(why)};
  auto target = target_of(read);
  if (!target) return std::nullopt;
  return sighting_of(read, *event, *std::move(target));
}

}  // namespace culvert::app

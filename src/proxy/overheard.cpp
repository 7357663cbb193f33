// SPDX-License-Identifier: Apache-2.0
#include "proxy/overheard.hpp"

#include <memory>
#include <utility>

#include <culvert/http1/hop.hpp>

#include "proxy/handshake.hpp"

namespace culvert::proxy {

Overheard::Heard Overheard::hear(unsigned from, std::string_view bytes, net::TimePoint now) {
  constexpr unsigned client = 0;
  if (key_.empty()) return from == client ? hear_request(bytes) : Heard();
  return from == client ? Heard() : hear_answer(bytes, now);
}

Overheard::Heard Overheard::hear_request(std::string_view bytes) {
  if (!bytes.starts_with("GET ")) return {};
  const auto& limits = config_->http.limits;
  http1::HeadScanner scanner(limits);
  const auto length = scanner.scan(bytes);
  if (!length || *length != bytes.size()) return {};
  const auto head = http1::parse_request(bytes, limits);
  if (!head) return {};
  const auto upgrade = http1::read_upgrade(*head);
  if (!upgrade || *upgrade != http1::Upgrade::websocket) return {};
  key_ = head->fields.first("Sec-WebSocket-Key").value_or("");
  return {.more = !key_.empty()};
}

Overheard::Heard Overheard::hear_answer(std::string_view bytes, net::TimePoint now) const {
  const auto& limits = config_->http.limits;
  http1::HeadScanner scanner(limits);
  const auto length = scanner.scan(bytes);
  if (!length || !*length) return {};
  const auto head = http1::parse_response(bytes.substr(0, **length), limits);
  if (!head || head->status != 101 || !http1::verify_upgrade(*head, key_)) return {};
  return {.websocket = std::make_unique<websocket::Watch>(config_->websocket_of(rule_),
                                                          facts_of(*head), now),
          .head_bytes = **length};
}

}  // namespace culvert::proxy

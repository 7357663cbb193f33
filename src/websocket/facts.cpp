// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <culvert/websocket/facts.hpp>
#include <culvert/websocket/frames.hpp>
#include <culvert/websocket/settings.hpp>

namespace culvert::websocket {

Kind kind_of(std::uint8_t opcode) {
  switch (opcode) {
    case opcode_continuation: return Kind::continuation;
    case opcode_text: return Kind::text;
    case opcode_binary: return Kind::binary;
    case opcode_close: return Kind::close;
    case opcode_ping: return Kind::ping;
    case opcode_pong: return Kind::pong;
    default: return Kind::other;
  }
}

std::string_view word(Kind kind) {
  switch (kind) {
    case Kind::continuation: return "continuation";
    case Kind::text: return "text";
    case Kind::binary: return "binary";
    case Kind::close: return "close";
    case Kind::ping: return "ping";
    case Kind::pong: return "pong";
    case Kind::other: return "other";
  }
  return "";
}

std::string_view word(Heartbeat heartbeat) {
  switch (heartbeat) {
    case Heartbeat::any: return "any";
    case Heartbeat::answered: return "answered";
    case Heartbeat::data: return "data";
  }
  return "";
}

void RoundTrips::add(Time time) {
  last = time;
  min = count == 0 ? time : std::min(min, time);
  max = std::max(max, time);
  ++count;
  const auto bucket = std::ranges::lower_bound(bounds, time) - bounds.begin();
  ++buckets[static_cast<std::size_t>(bucket)];
}

}  // namespace culvert::websocket

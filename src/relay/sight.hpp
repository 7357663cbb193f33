// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include <culvert/websocket/frames.hpp>

#include "websocket/watch.hpp"

namespace culvert::relay {

/// The ends of a tunnel are counted: 0 the client, 1 the origin.
constexpr websocket::Side side_of(unsigned end) {
  return end == 0 ? websocket::Side::client : websocket::Side::origin;
}

/// What a tunnel that is a WebSocket keeps beside its Watch, and each message need not touch.
/// Frames are looked at when they are read; what is read may wait for the receiver: then that one
/// stands somewhere else.
struct Sight {
  std::array<websocket::Frames, 2> taken;  ///< where a receiver stands that is behind
  std::array<std::string, 2> kept;         ///< what Watch keeps back
  // Of what was sent to this end, when it was asked for a Pong or last excused:
  std::array<std::size_t, 2> untaken{};    ///< so much its system had not taken
  std::array<std::uint64_t, 2> reached{};  ///< so much it had
  websocket::Flaw flaw = websocket::Flaw::none;
};

}  // namespace culvert::relay

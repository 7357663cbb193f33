// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include <culvert/websocket/frames.hpp>

#include "websocket/watch.hpp"

namespace culvert::relay {

/// What is known of a tunnel that is a WebSocket. Its frames are looked at when they are read; what
/// is read may wait for the receiver, so where that one stands is another place.
struct Sight {
  explicit Sight(std::unique_ptr<websocket::Watch> from) : watch(std::move(from)) {}

  std::unique_ptr<websocket::Watch> watch;
  std::array<websocket::Frames, 2> taken;  ///< up to where the receiver has taken them
  std::array<std::string, 2> kept;         ///< what Watch keeps back
  std::array<std::size_t, 2> untaken{};    ///< by this end, when it was asked for a Pong
  websocket::Flaw flaw = websocket::Flaw::none;
};

}  // namespace culvert::relay

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <culvert/websocket/frames.hpp>

#include "websocket/watch.hpp"

namespace culvert::relay {

/// The ends of a tunnel are counted: 0 the client, 1 the origin.
constexpr websocket::Side side_of(unsigned end) {
  return end == 0 ? websocket::Side::client : websocket::Side::origin;
}

/// What is known of a tunnel that is a WebSocket. Its frames are looked at when they are read; what
/// is read may wait for the receiver: then that one stands somewhere else.
struct Sight {
  explicit Sight(std::unique_ptr<websocket::Watch> from) : watch(std::move(from)) {}

  std::unique_ptr<websocket::Watch> watch;
  std::array<websocket::Frames, 2> taken;  ///< where a receiver stands that is `behind`
  std::array<bool, 2> behind{};            ///< else it has taken all that was looked at
  std::array<std::string, 2> kept;         ///< what Watch keeps back
  std::array<std::size_t, 2> untaken{};    ///< by this end, when it was asked for a Pong
  websocket::Flaw flaw = websocket::Flaw::none;

  /// What has to come again in front of what is read next.
  void keep(unsigned from, std::string_view bytes) {
    if (!bytes.empty() || !kept[from].empty()) kept[from] = bytes;
  }
  /// Where the receiver of this direction stands, behind what a pipe may hold.
  const websocket::Frames& receiver(unsigned from) const {
    return behind[from] ? taken[from] : watch->frames(side_of(from));
  }
  /// It stood there, and has taken these as well.
  void stands(unsigned from, const websocket::Frames& before, std::string_view took) {
    taken[from] = before;
    taken[from].advance(took);
    behind[from] = true;
  }
  /// It has taken these as well.
  void took(unsigned from, std::string_view bytes) { stands(from, receiver(from), bytes); }
  /// Payload that nobody saw goes the same way.
  void skip(unsigned from, std::size_t bytes, TimePoint now) {
    watch->skip(side_of(from), bytes, now);
    if (behind[from]) taken[from].skip(bytes);
  }
  /// From now on what is looked at does not go on any more.
  void part() {
    for (const unsigned from : {0U, 1U}) took(from, {});
    for (auto& one : kept) one.clear();
  }
};

}  // namespace culvert::relay

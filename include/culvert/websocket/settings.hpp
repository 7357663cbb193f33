// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace culvert::websocket {

/// What shows that a WebSocket is still in use, so that a limit on idle tunnels does not strike.
enum class Heartbeat : std::uint8_t {
  any,       ///< any byte either way
  answered,  ///< a byte of a message, or a Pong that answers a Ping
  data,      ///< a byte of a message
};
/// The word of the configuration.
std::string_view word(Heartbeat heartbeat);

/// What is asked of a WebSocket. 0 is off.
struct Settings {
  std::chrono::milliseconds idle{0};  ///< no byte of a message either way
  Heartbeat heartbeat = Heartbeat::any;
  /// A Ping is not answered. Unless heartbeat is `answered`, any byte is a sign of life as well.
  std::chrono::milliseconds pong_timeout{std::chrono::seconds(30)};
  std::chrono::milliseconds ping_interval{0};  ///< a side that is silent so long is sent a Ping
  bool strict = false;                         ///< the protocol is kept to (websocket/flaw.hpp)
  std::uint64_t max_message = 0;               ///< bytes of payload, as they are sent
  std::uint64_t max_frame = 0;

  friend bool operator==(const Settings&, const Settings&) = default;
};

}  // namespace culvert::websocket

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <culvert/websocket/settings.hpp>

#include "net/wheel.hpp"

/// The rules of a relay, as values without sockets.
namespace culvert::relay {

using net::milliseconds;
using net::TimePoint;

/// One direction of a tunnel, from the end that reads to the end that writes.
///
///     waiting -- readable, all taken ---> waiting     a buffer is borrowed for the move only
///     waiting -- readable, some left ---> blocked     the rest is kept, and goes first
///     blocked -- writable, rest taken --> waiting
///     waiting -- end of stream ---------> ended       passed on; the other direction goes on
///     waiting -- end, no room ----------> blocked     under TLS even a finish needs room
///     blocked -- writable, end passed --> ended
///
/// While a direction is blocked its source is not read: that is all of back-pressure.
enum class Phase : std::uint8_t { waiting, blocked, ended };

/// Tells a direction that moves bulk from one that carries messages, by how full its reads are.
/// Small messages are cheapest copied; bulk is cheapest spliced (measured: 3 to 5 times less CPU
/// per byte, but some 9% more per small message).
class Bulk {
 public:
  void saw(std::size_t bytes, std::size_t room) {
    full_reads_ = bytes == room ? std::min<std::uint8_t>(full_reads_ + 1, enough) : std::uint8_t{0};
  }
  bool spliced() const { return full_reads_ >= enough; }

 private:
  static constexpr std::uint8_t enough = 2;
  std::uint8_t full_reads_ = 0;
};

/// What ends a tunnel. 0 is off. (What else ends a WebSocket is websocket/watch's to know.)
struct Limits {
  milliseconds idle{0};         ///< no byte either way
  milliseconds lifetime{0};     ///< from its beginning
  milliseconds half_closed{0};  ///< one direction has ended, and the other is silent
  /// What is no silence in TLS, as far as that can be told from outside (relay/pulse).
  websocket::Heartbeat heartbeat = websocket::Heartbeat::any;
};

/// Why a tunnel ended.
enum class Ending : std::uint8_t {
  client_finished,  ///< both directions came to their end, the client's first
  origin_finished,  ///< both directions came to their end, the origin's first
  client_reset,     ///< the client's connection failed
  origin_reset,     ///< the origin's connection failed
  idle,             ///< Limits::idle
  lifetime,         ///< Limits::lifetime
  half_closed,      ///< Limits::half_closed
  stopped,          ///< ended from here: the proxy is going down
  policy,           ///< ended from here: its owner says that it is not allowed any more
  budget,           ///< ended from here: its meter says that nothing more may move today
  websocket_idle,   ///< a WebSocket without messages: websocket::Settings::idle
  client_dead,      ///< a WebSocket's Ping was not answered: websocket::Settings::pong_timeout
  origin_dead,
  client_flaw,  ///< a WebSocket's frame broke the protocol or a limit (Outcome::flaw)
  origin_flaw,
};

/// The clocks of a tunnel.
struct Clocks {
  TimePoint begun;
  TimePoint active;  ///< when a byte or an end last moved, either way
  TimePoint used;    ///< when something last moved that counts as use; `active`, or before
};

/// The limit that strikes first, and when (never, if all are off).
struct Due {
  TimePoint when = net::never;
  Ending why = Ending::idle;
};

constexpr Due due(const Limits& limits, const Clocks& clocks, bool half_closed) {
  Due first{.when = net::after(clocks.used, limits.idle), .why = Ending::idle};
  if (const auto end = net::after(clocks.begun, limits.lifetime); end < first.when) {
    first = {.when = end, .why = Ending::lifetime};
  }
  if (!half_closed) return first;
  if (const auto end = net::after(clocks.active, limits.half_closed); end < first.when) {
    first = {.when = end, .why = Ending::half_closed};
  }
  return first;
}

}  // namespace culvert::relay

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace culvert::websocket {

/// Who sends. The client's frames are masked, the origin's are not (RFC 6455 §5.1).
enum class Side : std::uint8_t { client, origin };

constexpr Side other(Side side) {
  return side == Side::client ? Side::origin : Side::client;
}
constexpr std::size_t index_of(Side side) {
  return static_cast<std::size_t>(side);
}

/// The kinds of frames that are told apart.
enum class Kind : std::uint8_t { text, binary, continuation, close, ping, pong, other };
inline constexpr std::size_t kinds = 7;
Kind kind_of(std::uint8_t opcode);
/// "text", "ping": for logs.
std::string_view word(Kind kind);

/// What one side has sent. What each message changes is in one cache line.
struct alignas(64) Sent {
  struct Count {
    std::uint64_t frames = 0;  ///< their headers have come
    std::uint64_t bytes = 0;   ///< of payload, so far
  };
  std::chrono::steady_clock::time_point last;  ///< a byte came; its beginning before the first one
  std::uint64_t text_messages = 0;             ///< complete
  std::uint64_t binary_messages = 0;
  std::uint64_t largest_message = 0;  ///< bytes of payload, as they were sent
  std::array<Count, kinds> by_kind;

  Count& operator[](Kind kind) { return by_kind[static_cast<std::size_t>(kind)]; }
  const Count& operator[](Kind kind) const { return by_kind[static_cast<std::size_t>(kind)]; }
};

/// How long Pings took to be answered: between here and the side that answered.
struct RoundTrips {
  using Time = std::chrono::microseconds;
  /// The upper bounds of the histogram's buckets but for the last, which has none.
  static constexpr std::array<Time, 11> bounds{
      Time(500),    Time(1'000),   Time(2'500),   Time(5'000),   Time(10'000),   Time(25'000),
      Time(50'000), Time(100'000), Time(250'000), Time(500'000), Time(1'000'000)};

  Time last{0};
  Time min{0};
  Time max{0};
  std::uint32_t count = 0;                                 ///< 0: none was answered
  std::array<std::uint32_t, bounds.size() + 1> buckets{};  ///< how many, each by itself

  void add(Time time);
};

/// What is known of one WebSocket: for logs, counters and whoever looks at it while it lives.
struct Facts {
  std::array<Sent, 2> sent;               ///< by Side
  std::array<RoundTrips, 2> round_trips;  ///< by the Side that was asked
  std::array<std::uint32_t, 2> pings{};   ///< of our own, to that Side
  std::string subprotocol;                ///< that the origin chose; may be empty
  std::string extensions;                 ///< those, as the origin wrote them

  /// How it was closed: the first Close frame, whoever sent it.
  enum class Closer : std::uint8_t { nobody, client, origin, proxy };
  Closer closed_by = Closer::nobody;
  /// Its code; 1005 stands for none in it (RFC 6455 §7.1.5), 0 for no Close.
  std::uint16_t close_code = 0;

  Sent& of(Side side) { return sent[index_of(side)]; }
  const Sent& of(Side side) const { return sent[index_of(side)]; }
};

}  // namespace culvert::websocket

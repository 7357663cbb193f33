// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace culvert::websocket {

using TimePoint = std::chrono::steady_clock::time_point;

/// The Pings that one side was sent, by the other side or from here, and has not answered.
///
/// A Pong has the payload of the Ping that it answers, and who was sent several may answer the
/// latest alone (RFC 6455 §5.5.3): so it answers those before it, too. A Pong that answers none is
/// allowed, and means nothing. Of many Pings at one time only the first few are remembered.
class Asked {
 public:
  /// What a Pong was.
  struct Answer {
    bool own = false;                ///< to a Ping of our own: for nobody but us
    std::optional<TimePoint> asked;  ///< when the Ping that it answers was sent; nullopt: to none
  };

  /// The other side's Ping was passed on.
  void pass(std::string_view payload, TimePoint now);
  /// One of our own goes out; its payload, by which its Pong is known.
  std::string ping(TimePoint now);
  /// A Pong came.
  Answer answer(std::string_view payload);

  /// The first that is not answered, if there is one.
  std::optional<TimePoint> since() const;
  /// One of our own is not answered.
  bool waits() const { return own_waits_; }
  /// The Pong of one of our own may still come. (Who leaves out Pongs may have left out that one.)
  bool expects() const { return own_comes_; }

 private:
  struct Ping {
    std::uint64_t payload = 0;  // a hash of it: a wrong match costs one time that is measured wrong
    TimePoint at;
  };

  void drop_first(std::size_t answered);

  std::array<Ping, 4> passed_;
  std::uint8_t count_ = 0;  // of these, the first sent first
  bool own_waits_ = false;
  bool own_comes_ = false;
  std::array<char, 8> own_{};
  TimePoint own_at_;
};

}  // namespace culvert::websocket

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
/// allowed, and means nothing.
///
/// Our own have numbers, so that each of their Pongs is known, however many are on their way. Of
/// many Pings of the other side at one time only the first few and the latest are remembered.
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
  bool waits() const { return own_answered_ < own_sent_; }
  /// The Pong of one of our own may still come. (Who leaves out Pongs may have left out that one.)
  bool expects() const { return own_came_ < own_sent_; }

 private:
  struct Ping {
    std::uint64_t payload = 0;  // a hash of it: a wrong match costs one time that is measured wrong
    TimePoint at;
    std::uint64_t own_before = 0;  // so many of our own were sent before it
  };

  static constexpr std::size_t remembered = 4;

  Answer own_answer(std::uint64_t number);
  void drop_first(std::size_t answered);
  TimePoint own_at(std::uint64_t number) const;

  std::array<Ping, remembered> passed_;
  std::uint8_t count_ = 0;                      // of these, the first sent first
  std::array<TimePoint, remembered> own_at_{};  // of the latest of our own, by number
  std::uint64_t own_first_ = 0;                 // the payload of number 0; the others count on
  std::uint64_t own_sent_ = 0;
  std::uint64_t own_answered_ = 0;  // those before this number are, by whichever Pong
  std::uint64_t own_came_ = 0;      // no Pong is awaited of those before this number
};

}  // namespace culvert::websocket

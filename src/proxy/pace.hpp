// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "net/wheel.hpp"

namespace culvert::proxy {

/// The least speed at which somebody must send. What counts is the time that was spent waiting for
/// the sender, and never that in which the receiver took nothing: all waits together may last the
/// grace, and as long as the bytes that came would have taken at the rate. A sender who trickles
/// would hold a session and a connection to the origin for hours otherwise, and no limit on silence
/// would ever strike.
class Pace {
 public:
  enum class Begins : std::uint8_t { at_once, later };

  /// `rate` is in bytes a second; 0 demands nothing.
  Pace(std::size_t rate, net::milliseconds grace, Begins begins = Begins::at_once)
      : rate_(rate), grace_(grace), begun_(begins == Begins::at_once) {}
  static Pace any() { return {0, {}}; }

  /// When a wait that begins `now` has lasted too long.
  net::TimePoint until(net::TimePoint now) const;
  /// A wait has ended.
  void waited(net::Clock::duration time);
  /// The sender has begun to send, whatever it is.
  void begin() { begun_ = true; }
  /// So much of the body itself has come.
  void came(std::uint64_t bytes) { bytes_ += bytes; }

 private:
  std::size_t rate_;
  net::milliseconds grace_;
  bool begun_;
  std::uint64_t bytes_ = 0;
  net::Clock::duration waited_{0};
};

}  // namespace culvert::proxy

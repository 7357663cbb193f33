// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

#include "net/wheel.hpp"

/// How bytes are counted by many threads at once, without a lock.
namespace culvert::proxy {

/// A token bucket, as the generic cell rate algorithm (ITU-T I.371, annex A): all it has to know is
/// when everything that was taken so far is paid for. A quarter of a second's worth may be taken at
/// once, and 64 KiB at least; what is taken beyond that is owed. Time stands for bytes, so that a
/// new rate holds from the next byte on.
class Bucket {
 public:
  /// Takes so many bytes, at so many a second (not 0). When the next may be taken.
  net::TimePoint take(std::uint64_t bytes, std::uint64_t rate, net::TimePoint now);
  /// Of what was taken, so many bytes come back: what was owed for them is owed no more. They are
  /// worth what they cost, as long as the rate is the same.
  void give_back(std::uint64_t bytes, std::uint64_t rate);
  /// True when it is full again.
  bool full(net::TimePoint now) const { return paid_.load() <= now; }

 private:
  std::atomic<net::TimePoint> paid_ = net::TimePoint();  // long ago: the clock began there
  static_assert(std::atomic<net::TimePoint>::is_always_lock_free);
};

/// Bytes of one day: a day's first ones begin anew. Day and bytes are one word, so that no byte is
/// counted for the wrong day; it holds 256 TiB, and more are as good as that.
class DayCount {
 public:
  /// Adds so many. How many there are on that day then.
  std::uint64_t add(std::uint64_t bytes, std::uint16_t day);
  std::uint64_t on(std::uint16_t day) const;

 private:
  std::atomic<std::uint64_t> word_ = 0;  // the day in the upper 16 bits
};

}  // namespace culvert::proxy

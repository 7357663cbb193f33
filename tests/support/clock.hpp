// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "net/wheel.hpp"

namespace culvert::test {

/// A clock that stands still until it is moved, from any thread. Whoever reads it must be woken to
/// see it.
class Clock {
 public:
  net::TimePoint now() const {
    return net::TimePoint(net::Clock::duration(ticks_.load(std::memory_order_relaxed)));
  }
  void advance(net::Clock::duration by) { ticks_.fetch_add(by.count(), std::memory_order_relaxed); }

 private:
  std::atomic<net::Clock::rep> ticks_{net::Clock::now().time_since_epoch().count()};
};

}  // namespace culvert::test

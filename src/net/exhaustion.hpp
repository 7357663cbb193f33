// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "net/wheel.hpp"

namespace culvert::net {

/// A want of descriptors, as all threads of the process meet it: when it begins, somebody is to be
/// told, and not again each time that another listener notices or one free descriptor is taken.
class Exhaustion {
 public:
  /// It is over once nobody has met it for so long.
  static constexpr std::chrono::seconds calm{10};

  /// Somebody has met it at `now`. True for the first one. Any thread.
  bool begins(TimePoint now) noexcept;

 private:
  static constexpr Clock::rep unmet = 0;
  std::atomic<Clock::rep> last_{unmet};
};

}  // namespace culvert::net

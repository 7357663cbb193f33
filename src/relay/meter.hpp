// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "net/wheel.hpp"

namespace culvert::relay {

/// What a meter says to bytes that were charged to it.
struct Charge {
  net::TimePoint not_before;  ///< when the next bytes may move; the past means at once
  bool used_up = false;       ///< no more may move today
};

/// Counts bytes against what somebody may move, in a second and in a day. Others may be charged to
/// the same account at the same time, on any thread.
class Meter {
 public:
  virtual ~Meter() = default;
  /// So many bytes were moved. Never refused: what is too much is owed, and has to be waited for.
  virtual Charge charge(std::uint64_t bytes, net::TimePoint now) = 0;
  /// So many will be moved, and are owed from now on. Of the day they count when they have moved.
  virtual void reserve(std::uint64_t bytes, net::TimePoint now) = 0;
  /// So many of those that were reserved have moved.
  virtual void use_reserved(std::uint64_t bytes, net::TimePoint now) = 0;
  /// So many of those that were reserved will never move, and are not owed any more.
  virtual void give_back(std::uint64_t bytes) = 0;
  /// How much should move at one time, so that bytes come steadily and not in gusts.
  virtual std::size_t slice() const = 0;
};

}  // namespace culvert::relay

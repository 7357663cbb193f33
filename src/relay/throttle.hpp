// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "relay/meter.hpp"

namespace culvert::relay {

/// When somebody may move how many bytes, by a meter or by none.
///
/// Who comes while something is owed gets in line: it pays for a slice in advance, and its turn is
/// when that which was owed before has been waited for. Everybody has an equal share then. (If all
/// were to ask again at the same time, whoever comes first would be first for ever.) While nothing
/// is owed bytes are paid for when they have moved. So whoever moves no more than it may owes a
/// slice at most. What was paid for and never moved is given back: else those who come and go would
/// make all others wait for nothing.
class Throttle {
 public:
  Throttle() = default;
  /// The meter must outlive it; null is none.
  explicit Throttle(Meter* meter) : meter_(meter) {}
  ~Throttle() { leave(); }
  Throttle(const Throttle&) = delete;
  Throttle& operator=(const Throttle&) = delete;

  bool metered() const { return meter_ != nullptr; }
  /// When bytes may move: not later than `now` if at once. Of a metered one only, like the rest.
  /// So many bytes wait to be moved, at most; nobody pays in advance for more than that, so that
  /// who has little to move does not hold up the others for a whole slice.
  net::TimePoint ask(net::TimePoint now, std::size_t waiting = SIZE_MAX);
  /// How many bytes may move then, of so many that one would like to.
  std::size_t allowed(std::size_t wanted) const;
  /// So many have moved. False when there are no more for today.
  bool moved(std::uint64_t bytes, net::TimePoint now);
  /// Gives its place in line back. The meter need not outlive it from then on, unless it asks anew.
  void leave();
  /// When its latest turn is, or was.
  net::TimePoint turn() const { return turn_; }

 private:
  Meter* meter_ = nullptr;
  net::TimePoint turn_;
  std::uint32_t paid_ = 0;  // bytes in advance
};

}  // namespace culvert::relay

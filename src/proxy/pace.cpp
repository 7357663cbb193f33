// SPDX-License-Identifier: Apache-2.0
#include "proxy/pace.hpp"

#include <algorithm>

namespace culvert::proxy {
namespace {

// More than anybody waits, and far from what a clock cannot hold.
constexpr std::uint64_t longest_seconds = 365UL * 24 * 3600;

/// As long as so many bytes take at a rate.
net::milliseconds time_for(std::uint64_t bytes, std::uint64_t rate) {
  const auto seconds = std::min(bytes / rate, longest_seconds);
  return net::milliseconds(seconds * 1000 + bytes % rate * 1000 / rate);
}

}  // namespace

net::TimePoint Pace::until(net::TimePoint now) const {
  if (rate_ == 0 || !begun_) return net::never;
  return now + (grace_ + time_for(bytes_, rate_) - waited_);
}

void Pace::waited(net::Clock::duration time) {
  if (begun_) waited_ += time;
}

}  // namespace culvert::proxy

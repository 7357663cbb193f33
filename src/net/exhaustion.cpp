// SPDX-License-Identifier: Apache-2.0
#include "net/exhaustion.hpp"

namespace culvert::net {

bool Exhaustion::begins(TimePoint now) noexcept {
  const auto before = last_.exchange(now.time_since_epoch().count());
  return before == unmet || now - TimePoint(Clock::duration(before)) > calm;
}

}  // namespace culvert::net

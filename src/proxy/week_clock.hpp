// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <culvert/policy/hours.hpp>

#include "net/wheel.hpp"

namespace culvert::proxy {

/// The minute of the week in local time, looked at once a second.
class WeekClock {
 public:
  /// At `now`, the loop's time.
  policy::MinuteOfWeek at(net::TimePoint now);

 private:
  policy::MinuteOfWeek minute_ = 0;
  net::TimePoint until_ = net::TimePoint::min();
};

}  // namespace culvert::proxy

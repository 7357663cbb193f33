// SPDX-License-Identifier: Apache-2.0
#include "proxy/week_clock.hpp"

#include <chrono>

#include "base/local_time.hpp"

namespace culvert::proxy {

policy::MinuteOfWeek WeekClock::at(net::TimePoint now) {
  if (now >= until_) {
    minute_ = minute_of_week(std::chrono::system_clock::now());
    until_ = now + std::chrono::seconds(1);
  }
  return minute_;
}

}  // namespace culvert::proxy

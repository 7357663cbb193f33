// SPDX-License-Identifier: Apache-2.0
#include "base/local_time.hpp"

#include <ctime>

namespace culvert {

policy::MinuteOfWeek minute_of_week(std::chrono::system_clock::time_point when) {
  const auto seconds = std::chrono::system_clock::to_time_t(when);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  const auto days_after_monday = (local.tm_wday + 6) % 7;
  return static_cast<policy::MinuteOfWeek>((days_after_monday * 24 + local.tm_hour) * 60 +
                                           local.tm_min);
}

}  // namespace culvert

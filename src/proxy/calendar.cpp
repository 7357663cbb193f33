// SPDX-License-Identifier: Apache-2.0
#include "proxy/calendar.hpp"

#include <ctime>

namespace culvert::proxy {

Day local_day(net::TimePoint now) {
  using std::chrono::system_clock;
  const auto time = system_clock::now();
  const std::time_t seconds = system_clock::to_time_t(time);
  std::tm local{};
  localtime_r(&seconds, &local);
  std::tm midnight{};
  midnight.tm_year = local.tm_year;
  midnight.tm_mon = local.tm_mon;
  midnight.tm_mday = local.tm_mday + 1;
  midnight.tm_isdst = -1;  // days of 23 and 25 hours end at midnight too
  const auto left = system_clock::from_time_t(std::mktime(&midnight)) - time;
  constexpr int most_days = 366;
  return {.number = static_cast<std::uint16_t>(local.tm_year * most_days + local.tm_yday),
          .end = now + left};
}

}  // namespace culvert::proxy

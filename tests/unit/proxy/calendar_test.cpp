// SPDX-License-Identifier: Apache-2.0
#include "proxy/calendar.hpp"

#include <ctime>

#include <catch2/catch.hpp>

using namespace culvert;
using namespace std::chrono_literals;

TEST_CASE("calendar: a day ends at a midnight that is at most a day away", "[calendar]") {
  const auto now = net::Clock::now();
  const auto today = proxy::local_day(now);
  CHECK(today.end > now);
  CHECK(today.end <= now + 25h);
  const auto at_end = std::chrono::system_clock::now() + (today.end - net::Clock::now());
  const auto seconds =
      std::chrono::system_clock::to_time_t(std::chrono::round<std::chrono::seconds>(at_end));
  std::tm local{};
  localtime_r(&seconds, &local);
  CHECK(local.tm_hour * 3600 + local.tm_min * 60 + local.tm_sec == 0);
}

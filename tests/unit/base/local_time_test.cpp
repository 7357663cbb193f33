// SPDX-License-Identifier: Apache-2.0
#include "base/local_time.hpp"

#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>

#include <catch2/catch.hpp>

using namespace culvert;

namespace {

/// The process's zone is another one for as long as this lives.
class Zone {
 public:
  explicit Zone(const char* name) {
    if (const auto* before = std::getenv("TZ")) before_ = before;
    ::setenv("TZ", name, 1);
    ::tzset();
  }
  ~Zone() {
    if (before_) {
      ::setenv("TZ", before_->c_str(), 1);
    } else {
      ::unsetenv("TZ");
    }
    ::tzset();
  }
  Zone(const Zone&) = delete;
  Zone& operator=(const Zone&) = delete;

 private:
  std::optional<std::string> before_;
};

/// "Sun 01:59" for a time in UTC. Zones are written as POSIX has them, so that no zone files are
/// needed.
std::string shown(const char* zone, int month, int day, int hour, int minute) {
  using namespace std::chrono;
  const Zone here(zone);
  const auto date = sys_days(year(2026) / month / day);
  const auto when = minute_of_week(date + hours(hour) + minutes(minute) + seconds(59));
  static constexpr const char* days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  const auto two = [](unsigned number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
  };
  REQUIRE(when < policy::minutes_of_week);
  return std::string(days[when / 1440]) + " " + two(when / 60 % 24) + ":" + two(when % 60);
}

constexpr const char* berlin = "CET-1CEST,M3.5.0,M10.5.0/3";
constexpr const char* new_york = "EST5EDT,M3.2.0,M11.1.0";
constexpr const char* kathmandu = "<+0545>-5:45";

}  // namespace

TEST_CASE("local time: the minute of the week is the one of the zone", "[local time]") {
  CHECK(shown("UTC0", 11, 16, 0, 0) == "Mon 00:00");
  CHECK(shown("UTC0", 11, 22, 23, 59) == "Sun 23:59");
  CHECK(shown(berlin, 11, 22, 23, 0) == "Mon 00:00");
  CHECK(shown(new_york, 11, 16, 4, 59) == "Sun 23:59");
  CHECK(shown(kathmandu, 11, 18, 12, 0) == "Wed 17:45");
  CHECK(shown(berlin, 7, 1, 12, 0) == "Wed 14:00");
}

TEST_CASE("local time: the hour that spring skips does not come", "[local time]") {
  CHECK(shown(berlin, 3, 29, 0, 59) == "Sun 01:59");
  CHECK(shown(berlin, 3, 29, 1, 0) == "Sun 03:00");
  CHECK(shown(new_york, 3, 8, 6, 59) == "Sun 01:59");
  CHECK(shown(new_york, 3, 8, 7, 0) == "Sun 03:00");
}

TEST_CASE("local time: the hour that autumn repeats comes twice", "[local time]") {
  CHECK(shown(berlin, 10, 25, 0, 30) == "Sun 02:30");
  CHECK(shown(berlin, 10, 25, 1, 30) == "Sun 02:30");
  CHECK(shown(berlin, 10, 25, 2, 0) == "Sun 03:00");
}

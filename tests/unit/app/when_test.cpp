// SPDX-License-Identifier: Apache-2.0
#include "app/when.hpp"

#include <chrono>

#include <catch2/catch.hpp>

using namespace culvert::app;

TEST_CASE("when: a day and a time are a minute of the week", "[when]") {
  auto [text, minute] = GENERATE(table<const char*, unsigned>({
      {"Mon 00:00", 0},
      {"Mon 10:30", 630},
      {"tue 00:00", 1440},
      {"SUN 23:59", 10079},
  }));
  CAPTURE(text);
  REQUIRE(read_minute_of_week(text));
  CHECK(read_minute_of_week(text) == minute);
  CHECK(read_minute_of_week(text_of(minute)) == minute);
}

TEST_CASE("when: what is no day and time is refused", "[when]") {
  auto text = GENERATE("", "Mon", "10:30", "Mon 24:00", "Mon 10:60", "Mon 1:30", "Moon 10:30",
                       "Mon  10:30", "Mon 10:30 ", "Mon 10-30", "Mon ab:cd");
  CAPTURE(text);
  CHECK(!read_minute_of_week(text));
}

TEST_CASE("when: a time of the log is one of the clock, to the second", "[when]") {
  using namespace std::chrono;
  CHECK(read_timestamp("2026-11-21T23:30:18.185Z") ==
        sys_days(2026y / November / 21) + 23h + 30min + 18s);
  CHECK(!read_timestamp("yesterday"));
}

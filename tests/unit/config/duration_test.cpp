// SPDX-License-Identifier: Apache-2.0
#include "config/duration.hpp"

#include "unit/config/reading.hpp"

using namespace culvert::config;
using namespace std::chrono_literals;

TEST_CASE("duration: whole numbers with units are read", "[config]") {
  auto [text, length] = GENERATE(table<const char*, milliseconds>({
      {"1ms", 1ms},
      {"500ms", 500ms},
      {"10s", 10s},
      {"75s", 75s},
      {"5m", 5min},
      {"1h30m", 90min},
      {"1d", 24h},
      {"1d2h3m4s5ms", 26h + 3min + 4s + 5ms},
      {"0005s", 5s},
      {"365d", 8760h},
  }));
  CAPTURE(text);
  const auto read = read_duration(text_value(text), false);
  REQUIRE(read);
  CHECK(*read == length);
}

TEST_CASE("duration: off and zero are the same, where they may be", "[config]") {
  const auto value = GENERATE(text_value("off"), text_value("0"), text_value("0s"),
                              text_value("0h0m"), number_value(0));
  CAPTURE(described(value));
  const auto read = read_duration(value, true);
  REQUIRE(read);
  CHECK(*read == 0ms);
  CHECK(read_duration(value, false).error() ==
        "must be more than 0 and cannot be off; write \"1s\" or more");
}

TEST_CASE("duration: what is none is refused with what would be right", "[config]") {
  const std::string usage =
      " is no duration; write whole numbers with units, such as \"10s\", \"1h30m\" or \"500ms\"";
  auto [text, why] = GENERATE_COPY(table<std::string, std::string>({
      {"", "is empty; write a duration such as \"10s\""},
      {"10", "\"10\" has no unit; write \"10s\""},
      {"1h30", "\"1h30\" has no unit; write \"1h30s\""},
      {"s", "\"s\"" + usage},
      {"10x", "\"10x\"" + usage},
      {"10S", "\"10S\"" + usage},
      {"10 s", "\"10 s\"" + usage},
      {" 10s", "\" 10s\"" + usage},
      {"1.5s", "\"1.5s\"" + usage},
      {"-1s", "\"-1s\"" + usage},
      {"+1s", "\"+1s\"" + usage},
      {"30m1h", "\"30m1h\"" + usage},
      {"1m1m", "\"1m1m\"" + usage},
      {"1ms1s", "\"1ms1s\"" + usage},
      {"on", "\"on\"" + usage},
      {"366d", "\"366d\" is too long; 365d at most"},
      {"365d1ms", "\"365d1ms\" is too long; 365d at most"},
      {"99999999999999999999999d", "\"99999999999999999999999d\" is too long; 365d at most"},
      {"18446744073709551615d", "\"18446744073709551615d\" is too long; 365d at most"},
  }));
  CAPTURE(text);
  const auto read = read_duration(text_value(text), true);
  REQUIRE_FALSE(read);
  CHECK(read.error() == why);
}

TEST_CASE("duration: a bare number is told which unit to write", "[config]") {
  CHECK(read_duration(number_value(5), true).error() == "5 has no unit; write \"5s\"");
  CHECK(read_duration(number_value(-5), true).error() ==
        "a duration is not negative; write \"10s\"");
  CHECK(read_duration({.what = true, .place = {}}, true).error() ==
        "wants a duration such as \"10s\" or \"1h30m\", not true");
}

// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>

#include <catch2/catch.hpp>
#include <culvert/error.hpp>
#include <culvert/policy/hours.hpp>

using namespace culvert;
using policy::Hours;
using policy::MinuteOfWeek;

namespace {

/// "Mon 08:00" as a number.
MinuteOfWeek at(const std::string& text) {
  constexpr std::string_view days = "MonTueWedThuFriSatSun";
  const auto day = days.find(text.substr(0, 3)) / 3;
  const auto hour = std::stoul(text.substr(4, 2));
  return static_cast<MinuteOfWeek>((day * 24 + hour) * 60 + std::stoul(text.substr(7)));
}

Hours both(const char* first, const char* second) {
  auto made = Hours::parse(first).value();
  made.add(Hours::parse(second).value());
  return made;
}

/// What is written, read entry by entry.
Hours read_all(std::string_view text) {
  if (text.empty()) return {};
  const auto comma = text.find(", ");
  auto made = Hours::parse(text.substr(0, comma)).value();
  if (comma != std::string_view::npos) made.add(read_all(text.substr(comma + 2)));
  return made;
}

}  // namespace

TEST_CASE("hours: a window holds its first minute and not its last", "[policy]") {
  auto [text, when, inside] = GENERATE(table<const char*, const char*, bool>({
      {"Mon-Fri 08:00-18:00", "Mon 08:00", true},
      {"Mon-Fri 08:00-18:00", "Fri 17:59", true},
      {"Mon-Fri 08:00-18:00", "Fri 18:00", false},
      {"Mon-Fri 08:00-18:00", "Mon 07:59", false},
      {"Mon-Fri 08:00-18:00", "Sat 12:00", false},
      {"Sat,Sun", "Sat 00:00", true},
      {"Sat,Sun", "Sun 23:59", true},
      {"Sat,Sun", "Mon 00:00", false},
      {"Sat,Sun", "Fri 23:59", false},
      {"Fri-Mon", "Sun 12:00", true},
      {"Fri-Mon", "Mon 23:59", true},
      {"Fri-Mon", "Tue 00:00", false},
      {"Wed", "Wed 12:00", true},
      {"Mon,Wed-Thu,Sun 10:00-11:00", "Thu 10:30", true},
      {"Mon,Wed-Thu,Sun 10:00-11:00", "Tue 10:30", false},
      {"Mon, Wed 10:00-11:00", "Wed 10:30", true},
      {"08:00-24:00", "Sun 23:59", true},
      {"08:00-24:00", "Sun 07:59", false},
      {"22:00-06:00", "Mon 05:59", true},
      {"22:00-06:00", "Mon 06:00", false},
      {"22:00-06:00", "Sun 22:00", true},
      {"Sun 22:00-06:00", "Mon 05:59", true},  // the night that begins on Sunday
      {"Sun 22:00-06:00", "Sun 05:59", false},
      {"Mon-Fri 22:00-06:00", "Sat 05:59", true},
      {"Mon-Fri 22:00-06:00", "Mon 05:59", false},
      {"18:00-00:00", "Tue 23:59", true},
      {"18:00-00:00", "Tue 00:00", false},
  }));
  CAPTURE(text, when);
  const auto hours = Hours::parse(text);
  REQUIRE(hours);
  CHECK(hours->contains(at(when)) == inside);
}

TEST_CASE("hours: without any, all times are meant", "[policy]") {
  for (const auto* text : {"Mon-Sun", "00:00-24:00", "Tue-Mon 00:00-24:00"}) {
    CAPTURE(text);
    const auto hours = Hours::parse(text);
    REQUIRE(hours);
    CHECK(hours->always());
    CHECK(hours->text().empty());
  }
  CHECK(Hours().contains(0));
  CHECK(Hours().contains(policy::minutes_of_week - 1));
}

TEST_CASE("hours: what is no window is refused", "[policy]") {
  const auto* text = GENERATE("", " ", "Mo", "mon", "Monday", "Mon-", "-Fri", "Mon-Fri-Sun", "Mon,",
                              ",Mon", "Mon,,Tue", "8:00-18:00", "08:00", "08:00-", "-18:00",
                              "08-18", "08:00-18:60", "08:00-25:00", "24:01-25:00", "08:00-24:01",
                              "24:00-08:00", "08:00-08:00", "00:00-00:00", "Mon08:00-18:00",
                              "Mon 08:00-18:00 Tue", "08:00-18:00 Mon", "08:00-12:00,13:00-18:00",
                              "0x:00-18:00", "08:00--18:00", "Mon\t08:00-18:00", "Mon 08:00-1800");
  CAPTURE(text);
  const auto hours = Hours::parse(text);
  REQUIRE_FALSE(hours);
  CHECK(hours.error() == Errc::bad_hours);
}

TEST_CASE("hours: windows that touch become one", "[policy]") {
  CHECK(both("Mon 08:00-12:00", "Mon 12:00-18:00").text() == "Mon 08:00-18:00");
  CHECK(both("Mon 08:00-12:00", "Mon 10:00-18:00").text() == "Mon 08:00-18:00");
  CHECK(both("Mon 08:00-18:00", "Mon 10:00-12:00").text() == "Mon 08:00-18:00");
  CHECK(both("Mon 13:00-18:00", "Mon 08:00-12:00").text() == "Mon 08:00-12:00, Mon 13:00-18:00");
  CHECK(both("Mon-Fri", "Sat,Sun").always());
  CHECK(both("08:00-20:00", "20:00-08:00").always());
  Hours always;
  always.add(Hours::parse("Mon").value());
  CHECK(always.always());
  auto monday = Hours::parse("Mon").value();
  monday.add(Hours());
  CHECK(monday.always());
}

TEST_CASE("hours: are written as they are read", "[policy]") {
  auto [text, written] = GENERATE(table<const char*, const char*>({
      {"Mon-Fri 08:00-18:00", "Mon-Fri 08:00-18:00"},
      {"Mon,Tue,Wed 08:00-18:00", "Mon-Wed 08:00-18:00"},
      {"Sun,Sat", "Sat,Sun"},
      {"Fri-Mon", "Mon,Fri-Sun"},
      {"22:00-06:00", "22:00-06:00"},
      {"Mon-Fri 22:00-06:00", "Mon-Fri 22:00-06:00"},
      {"Sun 22:00-06:00", "Sun 22:00-06:00"},
      {"08:00-24:00", "08:00-24:00"},
      {"Mon 18:00-00:00", "Mon 18:00-24:00"},
      {"Mon 09:00-08:00", "Mon 09:00-08:00"},
  }));
  CAPTURE(text);
  CHECK(Hours::parse(text)->text() == written);
}

TEST_CASE("hours: what is written means the same", "[policy]") {
  auto [first, second] = GENERATE(table<const char*, const char*>({
      {"Mon 08:00-12:00", "Mon-Fri 10:00-18:00"},
      {"Fri 22:00-06:00", "Sat"},
      {"Sun 22:00-06:00", "Mon 06:00-07:00"},
      {"Mon", "Mon-Tue 12:00-14:00"},
      {"Sat,Sun", "Mon 00:00-01:00"},
      {"Mon-Sat", "Sun 00:00-23:59"},
      {"20:00-19:00", "Wed 19:00-19:30"},
  }));
  const auto hours = both(first, second);
  const auto again = read_all(hours.text());
  CAPTURE(first, second, hours.text());
  CHECK(again.text() == hours.text());
  CHECK(again.covers(hours));
  CHECK(hours.covers(again));
  std::size_t different = 0;
  for (MinuteOfWeek when = 0; when < policy::minutes_of_week; ++when) {
    const bool inside = Hours::parse(first)->contains(when) || Hours::parse(second)->contains(when);
    if (hours.contains(when) != inside || again.contains(when) != inside) ++different;
  }
  CHECK(different == 0);
}

TEST_CASE("hours: cover what lies within", "[policy]") {
  auto [ours, theirs, covers] = GENERATE(table<const char*, const char*, bool>({
      {"Mon-Fri", "Tue 08:00-18:00", true},
      {"Mon-Fri", "Mon-Fri", true},
      {"08:00-18:00", "Sat 08:00-18:00", true},
      {"Mon,Sun", "Sun 22:00-06:00", true},
      {"Mon-Fri", "Fri 22:00-06:00", false},
      {"Mon-Fri", "Mon-Sat", false},
      {"Mon", "Tue", false},
      {"Mon", "Mon-Sun", false},
      {"Mon-Sun", "Mon", true},
      {"Mon-Sun", "Mon-Sun", true},
  }));
  CAPTURE(ours, theirs);
  CHECK(Hours::parse(ours)->covers(*Hours::parse(theirs)) == covers);
}

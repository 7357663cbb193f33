// SPDX-License-Identifier: Apache-2.0
#include "app/when.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include <fmt/format.h>

#include "base/ascii.hpp"

namespace culvert::app {
namespace {

using policy::MinuteOfWeek;

constexpr std::array<std::string_view, 7> days{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr MinuteOfWeek minutes_of_day = 24 * 60;

bool same_word(std::string_view one, std::string_view other) {
  return std::ranges::equal(one, other, {}, lower, lower);
}

unsigned two_digits(std::string_view text) {
  return static_cast<unsigned>((text[0] - '0') * 10 + (text[1] - '0'));
}

/// Reads "10:30".
std::optional<MinuteOfWeek> read_clock(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (const auto at : {0U, 1U, 3U, 4U}) {
    if (!is_digit(text[at])) return std::nullopt;
  }
  const auto hours = two_digits(text);
  const auto minutes = two_digits(text.substr(3));
  if (hours > 23 || minutes > 59) return std::nullopt;
  return hours * 60 + minutes;
}

}  // namespace

std::optional<MinuteOfWeek> read_minute_of_week(std::string_view text) {
  const auto space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const auto* const day = std::ranges::find_if(
      days, [word = text.substr(0, space)](auto one) { return same_word(one, word); });
  const auto clock = read_clock(text.substr(space + 1));
  if (day == days.end() || !clock) return std::nullopt;
  return static_cast<MinuteOfWeek>(day - days.begin()) * minutes_of_day + *clock;
}

std::string text_of(MinuteOfWeek minute) {
  return fmt::format("{} {:02}:{:02}", days[minute / minutes_of_day % days.size()],
                     minute % minutes_of_day / 60, minute % 60);
}

std::optional<std::chrono::system_clock::time_point> read_timestamp(std::string_view text) {
  std::tm time{};
  const std::string terminated(text);
  // NOLINTNEXTLINE(cert-err34-c): six fields or nothing
  if (std::sscanf(terminated.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d", &time.tm_year, &time.tm_mon,
                  &time.tm_mday, &time.tm_hour, &time.tm_min, &time.tm_sec) != 6) {
    return std::nullopt;
  }
  time.tm_year -= 1900;
  time.tm_mon -= 1;
  return std::chrono::system_clock::from_time_t(timegm(&time));
}

}  // namespace culvert::app

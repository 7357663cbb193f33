// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <span>
#include <utility>

#include <culvert/error.hpp>
#include <culvert/policy/hours.hpp>

#include "base/ascii.hpp"

namespace culvert::policy {
namespace {

constexpr MinuteOfWeek minutes_of_day = 24 * 60;
constexpr std::array<std::string_view, 7> day_names = {"Mon", "Tue", "Wed", "Thu",
                                                       "Fri", "Sat", "Sun"};
using Days = std::array<bool, 7>;

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::optional<std::size_t> read_day(std::string_view text) {
  const auto found = std::ranges::find(day_names, text);
  if (found == day_names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - day_names.begin());
}

/// "Mon", or "Fri-Mon".
bool add_days(std::string_view range, Days& days) {
  const auto dash = range.find('-');
  const auto first = read_day(range.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : read_day(range.substr(dash + 1));
  if (!first || !last) return false;
  for (auto day = *first;; day = (day + 1) % days.size()) {
    days[day] = true;
    if (day == *last) return true;
  }
}

std::optional<Days> read_days(std::string_view text) {
  Days days{};
  while (true) {
    const auto comma = text.find(',');
    if (!add_days(trimmed(text.substr(0, comma)), days)) return std::nullopt;
    if (comma == std::string_view::npos) return days;
    text.remove_prefix(comma + 1);
  }
}

std::optional<unsigned> read_two_digits(std::string_view text) {
  if (text.size() != 2 || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  return static_cast<unsigned>((text[0] - '0') * 10 + (text[1] - '0'));
}

/// "08:00", up to "24:00".
std::optional<MinuteOfWeek> read_time(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hour = read_two_digits(text.substr(0, 2));
  const auto minute = read_two_digits(text.substr(3));
  if (!hour || !minute || *minute > 59) return std::nullopt;
  const auto time = *hour * 60 + *minute;
  return time <= minutes_of_day ? std::optional(time) : std::nullopt;
}

/// From one time of a day to another of the same day, or of the next: `to` may be past 24:00.
struct Times {
  MinuteOfWeek from = 0;
  MinuteOfWeek to = minutes_of_day;
  friend bool operator==(const Times&, const Times&) = default;
};

std::optional<Times> read_times(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto from = read_time(trimmed(text.substr(0, dash)));
  const auto to = read_time(trimmed(text.substr(dash + 1)));
  // A window that is empty, or that begins where the day has ended, is a slip of the pen.
  if (!from || !to || *from == *to || *from == minutes_of_day) return std::nullopt;
  return Times{.from = *from, .to = *to < *from ? *to + minutes_of_day : *to};
}

std::string time_text(MinuteOfWeek minute) {
  const auto two = [](unsigned number) {
    return std::string{static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)};
  };
  return two(minute / 60) + ":" + two(minute % 60);
}

std::string days_text(const Days& days) {
  std::string text;
  for (std::size_t day = 0; day < days.size(); ++day) {
    if (!days[day] || (day > 0 && days[day - 1])) continue;
    auto last = day;
    while (last + 1 < days.size() && days[last + 1]) ++last;
    text += (text.empty() ? "" : ",") + std::string(day_names[day]);
    if (last > day) text += (last > day + 1 ? "-" : ",") + std::string(day_names[last]);
  }
  return text;
}

std::string window_text(const Days& days, const Times& times) {
  const bool daily = std::ranges::all_of(days, std::identity());
  const bool all_day = times == Times{};
  const auto end = times.to > minutes_of_day ? times.to - minutes_of_day : times.to;
  std::string text = daily ? "" : days_text(days);
  if (!daily && !all_day) text += " ";
  if (!all_day) text += time_text(times.from) + "-" + time_text(end);
  return text;
}

/// Tells each day's part of a time from `begin` to `end`. What lasts less than a day and runs over
/// midnight is one part, of the day on which it begins.
template <class Put>
void cut_into_days(MinuteOfWeek begin, MinuteOfWeek end, Put put) {
  while (begin < end) {
    const auto midnight = begin - begin % minutes_of_day;
    const bool short_night = end - begin < minutes_of_day && begin != midnight;
    const auto cut = short_night ? end : std::min(end, midnight + minutes_of_day);
    put(midnight / minutes_of_day, Times{.from = begin - midnight, .to = cut - midnight});
    begin = cut;
  }
}

}  // namespace

Result<Hours> Hours::parse(std::string_view text) {
  text = trimmed(text);
  const auto digit = text.find_first_of("0123456789");
  const auto days_text = trimmed(text.substr(0, digit));
  Days days;
  days.fill(true);
  if (!days_text.empty()) {
    const auto read = read_days(days_text);
    if (!read) return fail(Errc::bad_hours);
    days = *read;
  }
  Times times;
  if (digit != std::string_view::npos) {
    if (digit != 0 && text[digit - 1] != ' ') return fail(Errc::bad_hours);
    const auto read = read_times(text.substr(digit));
    if (!read) return fail(Errc::bad_hours);
    times = *read;
  } else if (days_text.empty()) {
    return fail(Errc::bad_hours);
  }
  Hours made;
  for (std::size_t day = 0; day < days.size(); ++day) {
    const auto midnight = static_cast<MinuteOfWeek>(day) * minutes_of_day;
    if (days[day]) made.add(midnight + times.from, midnight + times.to);
  }
  if (made.is_all_week()) made.windows_.clear();
  return made;
}

void Hours::add(const Hours& other) {
  if (always()) return;
  if (other.always()) windows_.clear();
  for (const auto& window : other.windows_) add(window.begin, window.end);
  if (is_all_week()) windows_.clear();
}

bool Hours::is_all_week() const {
  return windows_.size() == 1 && windows_[0].begin == 0 && windows_[0].end == minutes_of_week;
}

/// `end` may lie past the week's end.
void Hours::add(MinuteOfWeek begin, MinuteOfWeek end) {
  if (end > minutes_of_week) {
    add(0, end - minutes_of_week);
    end = minutes_of_week;
  }
  Window made{.begin = begin, .end = end};
  std::vector<Window> apart;
  for (const auto& window : windows_) {
    if (window.end < made.begin || made.end < window.begin) {
      apart.push_back(window);
    } else {
      made = {.begin = std::min(window.begin, made.begin), .end = std::max(window.end, made.end)};
    }
  }
  apart.push_back(made);
  std::ranges::sort(apart, {}, &Window::begin);
  windows_ = std::move(apart);
}

bool Hours::contains(MinuteOfWeek when) const {
  return always() || std::ranges::any_of(windows_, [when](const Window& window) {
           return window.begin <= when && when < window.end;
         });
}

bool Hours::covers(const Hours& other) const {
  if (always()) return true;
  return !other.always() && std::ranges::all_of(other.windows_, [this](const Window& theirs) {
    return std::ranges::any_of(windows_, [&theirs](const Window& ours) {
      return ours.begin <= theirs.begin && theirs.end <= ours.end;
    });
  });
}

std::string Hours::text() const {
  std::vector<std::pair<Times, Days>> made;
  const auto put = [&made](std::size_t day, const Times& times) {
    auto same = std::ranges::find(made, times, &std::pair<Times, Days>::first);
    if (same == made.end()) same = made.insert(same, {times, Days{}});
    same->second[day % 7] = true;
  };
  // A window that ends with Sunday and one that begins with Monday are one.
  const bool wraps =
      windows_.size() > 1 && windows_.front().begin == 0 && windows_.back().end == minutes_of_week;
  for (auto window : std::span(windows_).subspan(wraps ? 1 : 0)) {
    if (wraps && window.end == minutes_of_week) window.end += windows_.front().end;
    cut_into_days(window.begin, window.end, put);
  }
  std::string text;
  for (const auto& [times, days] : made) {
    text += (text.empty() ? "" : ", ") + window_text(days, times);
  }
  return text;
}

}  // namespace culvert::policy

// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <optional>

#include <culvert/error.hpp>
#include <culvert/policy/hours.hpp>

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
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
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
  return made;
}

void Hours::add(const Hours& other) {
  if (always()) return;
  if (other.always()) windows_.clear();
  for (const auto& window : other.windows_) add(window.begin, window.end);
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
  if (other.always()) {
    return windows_.size() == 1 && windows_[0].begin == 0 && windows_[0].end == minutes_of_week;
  }
  return std::ranges::all_of(other.windows_, [this](const Window& theirs) {
    return std::ranges::any_of(windows_, [&theirs](const Window& ours) {
      return ours.begin <= theirs.begin && theirs.end <= ours.end;
    });
  });
}

std::string Hours::text() const {
  std::string made;
  for (const auto& window : windows_) {
    for (auto begin = window.begin; begin < window.end;) {
      const auto midnight = begin - begin % minutes_of_day;
      const auto end = std::min(window.end, midnight + minutes_of_day);
      made += (made.empty() ? "" : ", ") + std::string(day_names[midnight / minutes_of_day]) + " " +
              time_text(begin - midnight) + "-" + time_text(end - midnight);
      begin = end;
    }
  }
  return made;
}

}  // namespace culvert::policy

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <culvert/result.hpp>

namespace culvert::policy {

/// A minute of the week, in local time: 0 is Monday 00:00, 10079 is Sunday 23:59.
using MinuteOfWeek = unsigned;
inline constexpr MinuteOfWeek minutes_of_week = 7 * 24 * 60;

/// The times at which a rule matches.
class Hours {
 public:
  /// At all times.
  Hours() = default;

  /// Reads `[days] [from "-" to]`, such as "Mon-Fri 08:00-18:00", "Sat,Sun", "22:00-06:00". Days
  /// are Mon to Sun, alone, in ranges and with commas; a range may run over Sunday ("Fri-Mon").
  /// Without days every day, without times all day. `to` is not included; "24:00" is the day's end;
  /// a window whose end is before its beginning runs into the next day. Else Errc::bad_hours.
  static Result<Hours> parse(std::string_view text);

  /// At the times of either. What was Hours() stays at all times.
  void add(const Hours& other);

  bool always() const { return windows_.empty(); }
  bool contains(MinuteOfWeek when) const;
  bool covers(const Hours& other) const;
  /// "Mon-Fri 08:00-18:00"; several with a comma and a space; empty for always.
  std::string text() const;

 private:
  struct Window {
    MinuteOfWeek begin;
    MinuteOfWeek end;  ///< behind the last minute; begin < end
  };
  void add(MinuteOfWeek begin, MinuteOfWeek end);
  bool is_all_week() const;

  // None for all times; else in order, apart from one another, none over Sunday's end, and not all
  // the week.
  std::vector<Window> windows_;
};

}  // namespace culvert::policy

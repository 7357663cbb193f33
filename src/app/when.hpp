// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <culvert/policy/hours.hpp>

namespace culvert::app {

/// Reads "Mon 10:30", in any case. nullopt when it is something else.
std::optional<policy::MinuteOfWeek> read_minute_of_week(std::string_view text);

/// "Mon 10:30".
std::string text_of(policy::MinuteOfWeek minute);

/// Reads the time of a line of the access log, "2026-11-21T05:00:18.185Z", to the second.
std::optional<std::chrono::system_clock::time_point> read_timestamp(std::string_view text);

}  // namespace culvert::app

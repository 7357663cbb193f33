// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include <culvert/policy/hours.hpp>

namespace culvert::app {

/// The minute of the week that it is then, by the local zone.
policy::MinuteOfWeek minute_of_week(std::time_t when);

/// Reads "Mon 10:30", in any case. nullopt when it is something else.
std::optional<policy::MinuteOfWeek> read_minute_of_week(std::string_view text);

/// "Mon 10:30".
std::string text_of(policy::MinuteOfWeek minute);

/// Reads the time of a line of the access log, "2026-11-21T05:00:18.185Z", to the second.
std::optional<std::time_t> read_timestamp(std::string_view text);

}  // namespace culvert::app

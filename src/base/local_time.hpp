// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include <culvert/policy/hours.hpp>

namespace culvert {

/// The minute of the week that clocks on the wall show, in the zone of TZ or else of
/// /etc/localtime as they were when the process first asked. The hour that is skipped in spring
/// does not come, the one that is repeated in autumn comes twice.
policy::MinuteOfWeek minute_of_week(std::chrono::system_clock::time_point when);

}  // namespace culvert

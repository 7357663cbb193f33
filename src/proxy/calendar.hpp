// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "net/wheel.hpp"

namespace culvert::proxy {

/// A day by the calendar.
struct Day {
  std::uint16_t number = 0;  ///< tells it from the days around it
  net::TimePoint end;        ///< its midnight
};

/// Which day it is in the local time zone, by the system's clock; `now` is the other clock's time.
Day local_day(net::TimePoint now);

}  // namespace culvert::proxy

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "config/value.hpp"

namespace culvert::config {

/// Reads "500ms", "10s", "5m", "1h30m", "1d": whole numbers with units, from large to small, 365d
/// in all at most. "off", "0" and the integer 0 are no time at all, which not every key takes.
Read<std::chrono::milliseconds> read_duration(const Value& value, bool may_be_off);

}  // namespace culvert::config

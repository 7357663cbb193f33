// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cmath>

namespace culvert::observe {

/// A time as the log writes it: milliseconds with three decimals.
inline double in_milliseconds(std::chrono::duration<double, std::milli> time) {
  return std::round(time.count() * 1000) / 1000;
}

}  // namespace culvert::observe

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "config/value.hpp"

namespace culvert::config {

/// What a number may be, both ends included.
struct Range {
  std::size_t least;
  std::size_t most;
};

/// Of bytes, where 0 is no limit: in effect, no bound.
inline constexpr Range any_bytes{.least = 0, .most = std::size_t{1} << 50};

/// Reads a whole number.
Read<std::size_t> read_count(const Value& value, Range range);

/// Reads a number of bytes: "64KiB", "1MiB", "512B", or a whole number.
Read<std::size_t> read_size(const Value& value, Range range);

/// "64KiB": in the largest unit that takes no fraction.
std::string size_text(std::size_t bytes);

}  // namespace culvert::config

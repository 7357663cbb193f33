// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdio>
#include <functional>
#include <string_view>

namespace culvert::app {

/// Of a longer line only so much is kept: a file that is no log may have no line feed at all.
inline constexpr std::size_t longest_line = std::size_t{1} << 20U;

/// Calls `on_line` with each line of a stream, without its line feed, the last one even if it has
/// none. False when the stream cannot be read to its end (errno says why). Needs memory for one
/// line.
bool each_line(std::FILE* stream, const std::function<void(std::string_view)>& on_line);

}  // namespace culvert::app

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

/// The error log: short lines for people, on standard error. Never on the byte path. The access log
/// is a room of its own (access_log.hpp).
namespace culvert::observe {

enum class Level : unsigned char { error, warning, info, debug };

/// Which lines are written. At first: info.
void set_log_level(Level level);

/// Writes one line. Any thread. Line breaks and control bytes in `text` are written as escapes, so
/// that what a peer sent cannot forge a line.
void write_log(Level level, std::string_view text);

template <class... Args>
void log_error(fmt::format_string<Args...> text, Args&&... args) {
  write_log(Level::error, fmt::format(text, std::forward<Args>(args)...));
}
template <class... Args>
void log_warning(fmt::format_string<Args...> text, Args&&... args) {
  write_log(Level::warning, fmt::format(text, std::forward<Args>(args)...));
}
template <class... Args>
void log_info(fmt::format_string<Args...> text, Args&&... args) {
  write_log(Level::info, fmt::format(text, std::forward<Args>(args)...));
}
template <class... Args>
void log_debug(fmt::format_string<Args...> text, Args&&... args) {
  write_log(Level::debug, fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace culvert::observe

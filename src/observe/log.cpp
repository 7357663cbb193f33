// SPDX-License-Identifier: Apache-2.0
#include "observe/log.hpp"

#include <memory>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace culvert::observe {
namespace {

spdlog::logger& logger() {
  static const auto made = [] {
    auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    auto log = std::make_shared<spdlog::logger>("culvert", std::move(sink));
    log->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l: %v", spdlog::pattern_time_type::utc);
    log->flush_on(spdlog::level::trace);
    return log;
  }();
  return *made;
}

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::error: return spdlog::level::err;
    case Level::warning: return spdlog::level::warn;
    case Level::info: return spdlog::level::info;
    case Level::debug: return spdlog::level::debug;
  }
  return spdlog::level::info;
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_control(c)) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

void set_log_level(Level level) {
  logger().set_level(spdlog_level(level));
}

void write_log(Level level, std::string_view text) {
  if (!logger().should_log(spdlog_level(level))) return;
  logger().log(spdlog_level(level), escaped(text));
}

}  // namespace culvert::observe

// SPDX-License-Identifier: Apache-2.0
#include "base/file_state.hpp"

#include <compare>
#include <ctime>

#include <sys/stat.h>

namespace culvert {
namespace {

struct Time {
  std::int64_t seconds, nanoseconds;
  friend auto operator<=>(const Time&, const Time&) = default;
};

Time time_of(const timespec& time) {
  return {.seconds = time.tv_sec, .nanoseconds = time.tv_nsec};
}

/// The beginning of the tick that it is: the time that a file gets which is written now.
Time tick() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return time_of(now);
}

}  // namespace

std::optional<FileState> file_state(const std::string& path) {
  struct stat about{};
  const auto before = tick();
  if (stat(path.c_str(), &about) != 0) return std::nullopt;
  const auto written = time_of(about.st_mtim);
  return FileState{.device = about.st_dev,
                   .inode = about.st_ino,
                   .size = about.st_size,
                   .seconds = written.seconds,
                   .nanoseconds = written.nanoseconds,
                   .fresh = before <= written && written <= tick()};
}

}  // namespace culvert

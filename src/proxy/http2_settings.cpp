// SPDX-License-Identifier: Apache-2.0
#include "proxy/http2_settings.hpp"

#include <cstdint>

namespace culvert::proxy {

http2::Settings http2_settings(const config::Config& config) {
  const auto& set = config.http2;
  http2::Settings settings;
  settings.max_streams = static_cast<std::uint32_t>(set.max_streams);
  settings.head_bytes = config.http.limits.head_bytes;
  settings.widest_window = static_cast<std::uint32_t>(set.max_window);
  settings.continuations = set.continuations;
  settings.extended_connect = set.extended_connect;
  return settings;
}

http2::FrameMeter::Limits http2_limits(const config::Config& config) {
  const auto& set = config.http2;
  return {.burst = static_cast<std::uint32_t>(set.idle_frames),
          .rate = static_cast<std::uint32_t>(set.idle_frames_per_second),
          .resets = static_cast<std::uint32_t>(set.resets),
          .resets_rate = static_cast<std::uint32_t>(set.resets_per_second)};
}

}  // namespace culvert::proxy

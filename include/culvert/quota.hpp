// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace culvert::policy {

/// How much one holder (a rule, a client or a user) may take. 0 sets no limit.
struct Quota {
  std::size_t tunnels = 0;             ///< open at one time, WebSockets included
  std::size_t tunnels_per_second = 0;  ///< new ones; a second's worth may come at once
  std::uint64_t bytes_per_second = 0;  ///< of all that is passed on, both directions together
  std::uint64_t bytes_per_day = 0;     ///< the same, from midnight to midnight, local time

  bool limits_bytes() const { return bytes_per_second != 0 || bytes_per_day != 0; }
  bool limits_anything() const { return tunnels != 0 || tunnels_per_second != 0 || limits_bytes(); }
  friend bool operator==(const Quota&, const Quota&) = default;
};

}  // namespace culvert::policy

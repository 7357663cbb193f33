// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "config/config.hpp"

namespace culvert::proxy {

/// The most client connections at one time.
struct Bounds {
  std::size_t in_all;
  std::size_t per_client;  ///< from one IPv4 address, IPv6 /64 or local user
};

/// What the configuration says, and where it says 0, what `descriptors` are enough for: two for
/// each connection, when a few are left for this program itself and for those who are turned away,
/// and the pools' share is taken off.
/// That share is half of all at most, so that a small limit still serves somebody. One client gets
/// all but a fiftieth.
Bounds bounds_of(const config::Config& config, std::uint64_t descriptors, std::size_t workers);

}  // namespace culvert::proxy

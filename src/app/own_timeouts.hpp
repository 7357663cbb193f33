// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"

namespace culvert::app {

/// A time limit that a rule has in place of the general one.
struct OwnTimeout {
  std::string_view name;            ///< the key; a literal
  std::chrono::milliseconds limit;  ///< 0: off
};

/// Where a rule's limits are not those of [timeouts], in the order of etc/culvert.toml.
std::vector<OwnTimeout> own_timeouts(const config::Timeouts& general,
                                     const config::Timeouts& of_rule);

/// As the configuration writes it: "1h30m", "500ms", "off".
std::string text_of(std::chrono::milliseconds limit);

}  // namespace culvert::app

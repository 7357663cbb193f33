// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"

namespace culvert::app {

/// What a rule has in place of a general setting.
struct OwnSetting {
  std::string_view name;  ///< the key, in the rule's `timeouts` or "websocket.idle"; a literal
  std::string value;      ///< as the configuration writes it
};

/// Where a rule's limits are not those of [timeouts], and what it asks of WebSockets is not what
/// [websocket] does. Null is the default, which has none.
std::vector<OwnSetting> own_timeouts(const config::Config& config, const policy::Rule* rule);

/// As the configuration writes it: "1h30m", "500ms", "off".
std::string text_of(std::chrono::milliseconds limit);

}  // namespace culvert::app

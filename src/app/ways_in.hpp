// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <culvert/policy/rule.hpp>

#include "config/config.hpp"

namespace culvert::app {

/// The listeners that a request may come by, as the configuration writes them.
struct WaysIn {
  std::vector<std::string> taking;    ///< WebSockets
  std::vector<std::string> refusing;  ///< them, unless a rule says "allow"
};

/// The listener at an address, or all when it is empty. Else what is wrong with the address.
std::expected<WaysIn, std::string> ways_in(const config::Config& config,
                                           const std::string& address);

/// Why none of them lets a WebSocket in under this rule; empty if one does.
std::string objection_of(const WaysIn& ways, const policy::WebSockets& rule);

/// If some do and some do not, what a WebSocket takes: "it comes by 127.0.0.1:3128".
std::optional<std::string> condition_of(const WaysIn& ways, const policy::WebSockets& rule);

}  // namespace culvert::app

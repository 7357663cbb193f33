// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <vector>

#include <culvert/policy.hpp>

#include "config/parts.hpp"

namespace culvert::config {

/// A rule while it is read.
struct NewRule {
  policy::Rule rule;
  bool says_tunnel = false;
  std::vector<OwnTimeout> timeouts;
  OwnWebSocket websocket;
  std::optional<OriginHttp> origin_http;
};

/// The keys of `[[rule]]`.
std::span<const Part<NewRule>> rule_parts();

/// Reads every `[[rule]]`. The sets of `[hosts]` must have been read.
void read_rules(const Value& value, Draft& draft);

}  // namespace culvert::config

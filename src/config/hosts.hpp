// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <culvert/policy.hpp>

#include "config/draft.hpp"

namespace culvert::config {

/// Reads `[hosts]`: named sets of host patterns, which rules name as "@set".
void read_sets(const Value& value, Draft& draft);

/// Reads `hosts` of a rule: the sets that it names as "@set", and one of what it lists itself.
std::vector<policy::RuleHosts> read_hosts(const Value& value, const std::string& key, Draft& draft);

}  // namespace culvert::config

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "config/config.hpp"

namespace culvert::config {

/// SHA-256, in hex, of what decides who may reach what: the policy with the contents of its sets,
/// the quotas, by what users are known, and which listeners take no WebSocket. Not of how it is
/// written down.
std::string policy_hash_of(const Config& config);

}  // namespace culvert::config

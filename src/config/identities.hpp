// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/draft.hpp"

namespace culvert::config {

/// Reads `[identities]`: users who are known by the address that they come from.
void read_identities(const Value& value, Draft& draft);

}  // namespace culvert::config

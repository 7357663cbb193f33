// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/draft.hpp"

namespace culvert::config {

/// Reads a whole file into a draft.
void read_file(const Table& file, Draft& draft);

/// Looks at what only the whole can show, and puts the policy and the listeners together. What is
/// wrong in itself is not asked whether it fits the rest.
void finish(Draft& draft);

}  // namespace culvert::config

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/draft.hpp"

namespace culvert::config {

/// Reads a value from outside the file over what the draft has. `from` must outlive the draft.
void apply(const Override& from, Draft& draft);

}  // namespace culvert::config

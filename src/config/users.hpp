// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/draft.hpp"

namespace culvert::config {

/// Reads the files of [auth], whose mistakes are mistakes of the configuration, and looks whether
/// rules ask for users where nobody can say who they are.
void load_users(Draft& draft);

}  // namespace culvert::config

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/command_line.hpp"

namespace culvert::app {

/// Runs the proxy until a signal ends it. Returns the exit status: 0 after a drain, 1 when it could
/// not start.
int run(const Command& command);

/// Reads the configuration and tells all its mistakes. 0 when there are none, else 1.
int check(const Command& command);

}  // namespace culvert::app

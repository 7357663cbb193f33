// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/command_line.hpp"

namespace culvert::app {

/// Prints which rule decides on a request, why no earlier one does, and which of its addresses are
/// allowed. Exit status: 0 allow, 1 deny, 2 a mistake in what was asked or in the configuration.
int explain(const Command& command);

}  // namespace culvert::app

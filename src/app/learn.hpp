// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/command_line.hpp"

namespace culvert::app {

/// Prints the rules that would allow what access logs tell of. The way: lines of a log, a Sighting
/// each, a Tally of them by target, Lessons, TOML. Exit status: 0; 1 when nothing could be read at
/// all; 2 when the file of `--diff` has mistakes.
int learn(const Command& command);

}  // namespace culvert::app

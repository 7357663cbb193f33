// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "app/command_line.hpp"
#include "config/config.hpp"

namespace culvert::app {

/// The configuration of a command. Flags win over environment, environment over file.
config::Loaded load(const Command& command);

/// One line on stderr.
void say(const std::string& line);
/// All that is wrong, on stderr.
void say_mistakes(const config::Loaded& loaded);
/// What is right and most likely not meant.
void say_warnings(const config::Loaded& loaded);

}  // namespace culvert::app

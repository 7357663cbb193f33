// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "app/passwd.hpp"
#include "config/config.hpp"

namespace culvert::app {

/// What the command line asks for.
struct Command {
  enum class Kind : std::uint8_t { run, check, version, passwd };
  Kind kind = Kind::run;
  std::string config_file;                  ///< empty: none
  std::vector<config::Override> overrides;  ///< from flags
  PasswdOptions passwd = {};  ///< of Kind::passwd; NOLINT(readability-redundant-member-init)
};

/// Reads the command line. What is to be printed instead (help, a usage error) is printed, and the
/// exit status returned: 0 for help, 2 for an error.
std::variant<Command, int> read_command_line(int count, const char* const* arguments);

}  // namespace culvert::app

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "app/passwd.hpp"
#include "config/config.hpp"

namespace culvert::app {

/// What `culvert learn` is asked for.
struct LearnOrder {
  std::vector<std::string> logs;  ///< "-" is standard input
  bool denied = false;            ///< learn from what was denied, too
  bool diff = false;              ///< only what the configuration does not allow already
};

/// What `culvert explain` is asked for, as it was written.
struct ExplainOrder {
  std::string target;
  std::string client;    ///< empty: this machine
  std::string listener;  ///< by which it comes; empty: any
  std::string user;
  std::vector<std::string> groups;
  std::string method;                  ///< empty: what a client would use
  std::string time;                    ///< "Mon 10:30"; empty: now
  std::optional<std::string> origin;   ///< of a WebSocket handshake; nullopt: any
  std::vector<std::string> protocols;  ///< that it offers; empty: any
  bool json = false;
  bool resolve = true;
};

/// What the command line asks for.
struct Command {
  enum class Kind : std::uint8_t { run, check, explain, learn, passwd, version };
  Kind kind = Kind::run;
  std::string config_file;                  ///< empty: none
  std::vector<config::Override> overrides;  ///< from flags
  ExplainOrder explain;
  LearnOrder learn;
  PasswdOptions passwd;
};

/// Reads the command line. What is to be printed instead (help, a usage error) is printed, and the
/// exit status returned: 0 for help, 2 for an error.
std::variant<Command, int> read_command_line(int count, const char* const* arguments);

}  // namespace culvert::app

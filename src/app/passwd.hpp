// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace culvert::app {

/// What `culvert passwd` is asked for.
struct PasswdOptions {
  enum class Deed : std::uint8_t {
    password,  ///< a line of an htpasswd file
    digest,    ///< the two lines of an htdigest file
    token,     ///< a line of a tokens file, with a token made here
    remove,    ///< all lines of the user, in any of these files
  };
  Deed deed = Deed::password;
  std::string file;
  std::string user;
  std::string realm = "culvert";  ///< of Deed::digest
  bool from_stdin = false;        ///< no question, whatever standard input is
};

/// Adds, changes or removes a user. What stands on the other lines stays as it is. Tells what was
/// done, or why not, on standard error; a new token alone goes to standard output. Returns the exit
/// status: 0 done, 1 not done, 2 a user or realm that cannot be.
int passwd(const PasswdOptions& options);

}  // namespace culvert::app

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

namespace culvert::auth {

/// Where the accounts are, and how they are asked for.
struct Settings {
  std::string realm = "culvert";  ///< what a client shows to its user, and part of Digest's secrets
  // NOLINTBEGIN(readability-redundant-member-init): so that some can be named and the rest left
  std::string htpasswd = {};  ///< path of `user:hash` lines; empty: none
  std::string htdigest = {};  ///< path of `user:realm:HA1` lines; empty: none
  std::string tokens = {};    ///< path of `user:sha256` lines; empty: none
  std::string groups = {};    ///< path of `group: user user ...` lines; empty: none
  // NOLINTEND(readability-redundant-member-init)
  /// How long a right password is known without being hashed again.
  std::chrono::milliseconds remember = std::chrono::minutes(5);

  friend bool operator==(const Settings&, const Settings&) = default;
};

}  // namespace culvert::auth

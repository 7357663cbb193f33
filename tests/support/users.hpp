// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "support/folder.hpp"
#include "support/http.hpp"

/// Users of a test's own: the files that know them, and what they send.
namespace culvert::test {

/// Alice and guest have the password "open sesame", bob the password "secret" for Digest, bot the
/// token "t0ken". Alice is in the group dev, bob and bot in ops.
class UserFiles {
 public:
  UserFiles();

  /// The table [auth] with these of the keys htpasswd, htdigest, tokens and groups.
  std::string auth(const std::string& keys = "htpasswd htdigest tokens groups") const;
  /// Gives alice another hash of her password.
  void rehash_alice(const std::string& hash) const;

 private:
  Folder folder_;
};

/// A rule that lets these reach this machine, and speak whatever they like: `users = ["alice"]`.
std::string allow_only(const std::string& who, const std::string& name = "staff");

/// Whole fields, with their CRLF.
std::string basic(const std::string& user, const std::string& password);
std::string bearer(const std::string& token);
/// In answer to a 407, over this method and this target.
std::string digest(const Response& challenge, const std::string& algorithm,
                   const std::string& method, const std::string& target,
                   const std::string& password = "secret");

inline const std::string alice = basic("alice", "open sesame");
inline const std::string guest = basic("guest", "open sesame");
inline const std::string not_alice = basic("alice", "sesame");

}  // namespace culvert::test

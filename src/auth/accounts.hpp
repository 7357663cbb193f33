// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "auth/account_file.hpp"

/// The four kinds of account files. Names are compared byte by byte.
namespace culvert::auth {

/// By name; may be asked with a view.
template <class T>
using ByName = std::map<std::string, T, std::less<>>;

/// What an htdigest file knows of a user: HA1, the digest of `user:realm:password` (RFC 7616
/// §3.4.2), in lower-case hex; empty where the file has no such line.
struct DigestSecrets {
  std::string md5;
  std::string sha256;
};

struct Accounts {
  ByName<std::string> passwords;            ///< user to crypt(3) hash
  ByName<DigestSecrets> digests;            ///< by user
  ByName<std::string> tokens;               ///< SHA-256 of the token in hex, to user
  ByName<std::vector<std::string>> groups;  ///< group to members
};

/// Lines `user:hash`, as htpasswd writes them. See trouble_with_hash.
void read_htpasswd(std::string_view text, Accounts& accounts, Report& report);

/// Lines `user:realm:HA1`, as htdigest writes them: 32 hex digits for MD5, 64 for SHA-256, and both
/// for one user on two lines. A realm other than ours is a mistake, since its HA1 would never
/// match.
void read_htdigest(std::string_view text, std::string_view realm, Accounts& accounts,
                   Report& report);

/// Lines `user:sha256` with the digest of a token in hex. A user may have several tokens.
void read_tokens(std::string_view text, Accounts& accounts, Report& report);

/// Lines `group: member member ...`, as Apache's AuthGroupFile has them. A member is a user of any
/// kind, also one that no file knows, such as "uid:1000".
void read_groups(std::string_view text, Accounts& accounts, Report& report);

}  // namespace culvert::auth

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "auth/users.hpp"

namespace culvert::auth {

/// What may be proved with, by what there is in the account files.
struct Offers {
  bool digest_sha256 = false;
  bool digest_md5 = false;
  bool bearer = false;
  bool basic = false;  ///< with a password, or with a token in its place
};

/// Digest is offered with the algorithms that every user has a secret for; with both if there is no
/// such one. A file without anybody in it still counts as one that is there: a client must be
/// asked.
Offers offers_of(const Settings& settings, const Users& users);

/// The values of the Proxy-Authenticate fields of a 407, one challenge each, the strongest first
/// (RFC 7616 §3.7). `nonce` is fresh; `stale` tells that the last one was too old and the
/// credentials were right otherwise, so that the client need not ask its user again.
std::vector<std::string> challenges(const Offers& offers, std::string_view realm,
                                    std::string_view nonce, bool stale);

}  // namespace culvert::auth

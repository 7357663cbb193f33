// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "auth/accounts.hpp"
#include "auth/credentials.hpp"

namespace culvert::auth {

/// What a Digest response is made over, of a request.
struct Signed {
  std::string_view method;
  std::string_view target;  ///< as received
};

/// True when `uri` means this target: it is the same, or its path and query where the target is in
/// absolute-form, which is what curl and Chromium sign.
bool means_target(std::string_view uri, std::string_view target);

/// Does the response prove knowledge of the password (RFC 7616 §3.4.1), for this request? `secrets`
/// are the user's; without one for the algorithm nothing is proved. The nonce, the realm and the
/// count are the caller's to check.
bool proves(const Digest& given, const Signed& request, const DigestSecrets& secrets);

}  // namespace culvert::auth

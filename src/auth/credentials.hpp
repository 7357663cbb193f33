// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <variant>

#include <culvert/http1/head.hpp>

/// What a client says of itself in Proxy-Authorization (RFC 9110 §11.7.2), read strictly: what two
/// readers could take in two ways is malformed.
namespace culvert::auth {

/// RFC 7617. The user is in UTF-8, and neither has control characters.
struct Basic {
  std::string user;
  std::string password;
};

/// RFC 6750 §2.1.
struct Bearer {
  std::string token;
};

enum class Algorithm : std::uint8_t { md5, sha256 };

/// RFC 7616 §3.4, always with qop=auth.
struct Digest {
  std::string username;
  std::string realm;
  std::string nonce;
  std::string uri;
  std::string response;  ///< lower-case hex
  std::string cnonce;
  std::string nc;           ///< 8 hex digits, as they were sent
  std::uint32_t count = 0;  ///< what nc says
  std::string opaque;
  Algorithm algorithm = Algorithm::md5;
};

using Credentials = std::variant<Basic, Bearer, Digest>;

/// Why there are no credentials.
enum class Missing : std::uint8_t {
  none,       ///< the client sent none
  malformed,  ///< it sent some that cannot be read, of a scheme we do not offer, or twice
};

/// Reads one field value.
std::expected<Credentials, Missing> read_credentials(std::string_view value);
/// Reads the Proxy-Authorization field of a request.
std::expected<Credentials, Missing> read_credentials(const http1::Fields& fields);

}  // namespace culvert::auth

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <system_error>

namespace culvert::inspect {

/// What is wrong with bytes that should be a TLS ClientHello. The message() is for the log.
enum class Flaw {
  not_tls = 1,          ///< the first bytes are no handshake record of SSL 3.0 to TLS 1.3
  bad_record,           ///< a later record is no handshake record, or one is empty or too long
  too_many_records,     ///< the hello is split over more than most_records
  not_client_hello,     ///< a handshake message of another type
  hello_too_large,      ///< more than most_hello_bytes
  hello_shares_record,  ///< something follows the hello in its last record
  bad_hello,            ///< its lengths do not add up, or a version that is not 3.x
  repeated_extension,   ///< two extensions of one type
  bad_server_name,      ///< not exactly one name, or one that is no host name
  bad_alpn,             ///< the list of application protocols is malformed
  bad_encrypted_hello,  ///< encrypted_client_hello in neither form of RFC 9849 §5
};

const std::error_category& flaw_category() noexcept;

inline std::error_code make_error_code(Flaw flaw) noexcept {
  return {static_cast<int>(flaw), flaw_category()};
}

}  // namespace culvert::inspect

template <>
struct std::is_error_code_enum<culvert::inspect::Flaw> : std::true_type {};

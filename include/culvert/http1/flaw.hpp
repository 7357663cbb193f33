// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <system_error>

namespace culvert::http1 {

/// What is wrong with a message. A message with any flaw is refused as a whole: nothing of it is
/// forwarded, and its connection is closed. The message() is a sentence for the 400 page and the
/// log.
enum class Flaw {
  forbidden_byte = 1,     ///< NUL or another control byte in the head
  bare_line_end,          ///< CR without LF, or LF without CR
  head_too_large,         ///< 431
  too_many_fields,        ///< 431
  target_too_long,        ///< 414
  bad_request_line,       ///< not exactly `method SP target SP version`
  bad_method,             ///< not a token
  bad_target,             ///< in none of the four forms, or with a fragment or userinfo
  bad_version,            ///< not HTTP/1.0 or HTTP/1.1, though it has the shape of a version: 505
  bad_status_line,        ///< not `version SP 3DIGIT SP [reason]`
  bad_field_name,         ///< empty, not a token, or white space before the colon
  bad_field_value,        ///< a byte that a value cannot have
  folded_field,           ///< a line that starts with white space (obs-fold)
  missing_host,           ///< HTTP/1.1 without Host
  repeated_host,          ///< more than one Host field
  bad_host,               ///< a Host that is no authority
  other_host,             ///< CONNECT to one host with a Host field that names another
  bad_content_length,     ///< not digits, too large, or several that differ
  bad_transfer_encoding,  ///< anything but a single final `chunked`, or in HTTP/1.0
  length_and_encoding,    ///< Content-Length together with Transfer-Encoding
  body_on_connect,        ///< a CONNECT that announces a body
  bad_upgrade,            ///< an upgrade with a body, or a malformed WebSocket handshake
  bad_chunk,              ///< a chunk size, extension or line end that is malformed or too long
  bad_trailer,            ///< a trailer section that is malformed or too large
  bad_max_forwards,       ///< Max-Forwards of a TRACE or OPTIONS is not one number
  body_on_trace,          ///< a TRACE that announces a body (RFC 9110 §9.3.8)
  body_on_status,         ///< a 1xx or 204 that announces a body
  bad_pseudo_field,       ///< HTTP/2: a pseudo-header field is missing, repeated, unknown or out
                          ///< of place (RFC 9113 §8.3)
  connection_field,       ///< HTTP/2: a field that speaks of one connection (RFC 9113 §8.2.2)
};

const std::error_category& flaw_category() noexcept;

inline std::error_code make_error_code(Flaw flaw) noexcept {
  return {static_cast<int>(flaw), flaw_category()};
}

}  // namespace culvert::http1

template <>
struct std::is_error_code_enum<culvert::http1::Flaw> : std::true_type {};

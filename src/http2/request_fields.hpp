// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include <culvert/http1/head.hpp>
#include <culvert/result.hpp>

#include "http2/fields.hpp"

namespace culvert::http2 {

/// What the head of a request says (RFC 9113 §8.3.1): all views into its field section.
struct RequestFields {
  enum class Kind : std::uint8_t {
    ordinary,
    connect,    ///< a tunnel (RFC 9113 §8.5): no scheme, no path
    websocket,  ///< extended CONNECT (RFC 8441 §4)
  };
  Kind kind = Kind::ordinary;
  std::string_view method;
  std::string_view scheme;
  std::string_view authority;  ///< `:authority`, or Host where there is none
  std::string_view path;       ///< begins with '/', or is the `*` of OPTIONS
  http1::Fields fields;        ///< all but the pseudo-header fields, Host too
};

/// Reads it so strictly that each part can be written into an HTTP/1 head as it is, and be read
/// there as nothing else. Whether scheme and authority are ones that can be served is for
/// http1::read_target to say.
///
/// http1::Flaw: bad_pseudo_field when one is missing, repeated, unknown or out of place; those of
/// check_field; bad_method; bad_target for a scheme, authority or path that is none (userinfo is
/// one, §8.3.1); missing_host, repeated_host, and other_host where Host and `:authority` name
/// different things. Errc::protocol_not_supported: extended CONNECT for something but `websocket`.
Result<RequestFields> read_request(const FieldSection& section);

}  // namespace culvert::http2

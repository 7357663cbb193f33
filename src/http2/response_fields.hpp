// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <culvert/http1/head.hpp>
#include <culvert/result.hpp>

#include "http2/fields.hpp"

namespace culvert::http2 {

/// Reads the head of an answer (RFC 9113 §8.3.2) as if it had come over HTTP/1.1, without a reason.
/// The result looks into `section`. http1::Flaw: bad_pseudo_field unless `:status` is the one
/// pseudo-header field and stands first; bad_status_line unless it is three digits that make 100 to
/// 599; those of check_field. A 101 does not exist in HTTP/2 (§8.6): Errc::http_protocol_error.
Result<http1::ResponseHead> read_response(const FieldSection& section);

}  // namespace culvert::http2

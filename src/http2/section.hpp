// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <culvert/http1/head.hpp>

#include "http2/fields.hpp"

/// The fields of an HTTP/1 message as a field section.
namespace culvert::http2 {

/// Names are in lower case in HTTP/2 (RFC 9113 §8.2).
Field lowered(const http1::Field& field);

/// False for what would be malformed in HTTP/2, or would mean nothing: connection fields, TE, which
/// is made anew where it was said, and HTTP2-Settings. What Connection names was taken off by who
/// wrote the message (http1/hop.hpp).
bool goes_on(std::string_view name) noexcept;

}  // namespace culvert::http2

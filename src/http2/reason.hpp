// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace culvert::http2 {

/// The usual reason phrase of a status (RFC 9110 §15), which HTTP/2 does not carry; empty for those
/// that are seldom met.
std::string_view reason_of(int status) noexcept;

}  // namespace culvert::http2

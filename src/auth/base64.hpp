// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace culvert::auth {

/// Reads base64 (RFC 4648 §4) strictly: padded, nothing but its alphabet, and no bits set behind
/// the last byte, so that one value has one spelling.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace culvert::auth

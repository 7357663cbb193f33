// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace culvert::auth {

/// True when no byte is a control character of ASCII (RFC 7617 §2 allows none, in a user id or a
/// password).
bool without_controls(std::string_view text);

/// True for well-formed UTF-8 (RFC 3629): no overlong forms, surrogates or numbers beyond U+10FFFF.
bool is_utf8(std::string_view text);

/// What keeps this from being the name of a user or a group in a file; "" if nothing does. It is
/// UTF-8 of 1 to 255 bytes, without control characters and without white space at its ends.
std::string trouble_with_name(std::string_view name);

}  // namespace culvert::auth

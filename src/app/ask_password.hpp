// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>

namespace culvert::app {

/// Asks for a new password on the terminal, twice and without showing it. Where standard input is
/// no terminal, or `from_stdin`, its first line is the password. Else says what is wrong: the two
/// differ, or nothing comes.
std::expected<std::string, std::string> ask_password(const std::string& user, bool from_stdin);

/// What keeps this from being a password; "" if nothing does. It is UTF-8, which browsers are told
/// to send, without control characters, which no client may send (RFC 7617 §2), and of 1 to 500
/// bytes, of which crypt(3) takes all.
std::string trouble_with_password(const std::string& password);

}  // namespace culvert::app

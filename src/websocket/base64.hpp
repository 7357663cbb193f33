// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace culvert::websocket {

/// Base64 with padding (RFC 4648 §4).
std::string base64(std::span<const std::uint8_t> bytes);

/// True for the 64 characters of its alphabet; `=` is none of them.
bool is_base64_digit(char c) noexcept;

}  // namespace culvert::websocket

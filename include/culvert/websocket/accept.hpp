// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace culvert::websocket {

/// The Sec-WebSocket-Accept that answers a Sec-WebSocket-Key: base64(SHA-1(key + GUID)), RFC 6455
/// §4.2.2. The key is taken as it is; whether it is one is not asked here.
std::string accept_for(std::string_view key);

/// True when `key` is 16 bytes in base64: 22 characters of its alphabet and `==`.
bool is_key(std::string_view key) noexcept;

}  // namespace culvert::websocket

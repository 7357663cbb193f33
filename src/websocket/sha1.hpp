// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace culvert::websocket {

using Sha1 = std::array<std::uint8_t, 20>;

/// SHA-1 (RFC 3174) of a short text. It proves nothing about who sent it: in a WebSocket handshake
/// it only shows that the other side speaks the protocol (RFC 6455 §10.8).
Sha1 sha1(std::string_view text);

}  // namespace culvert::websocket

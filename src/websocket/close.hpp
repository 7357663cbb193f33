// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace culvert::websocket {

/// What a frame is masked with towards a server: nobody may be able to guess it (RFC 6455 §5.3).
using MaskKey = std::uint32_t;

/// Close codes of RFC 6455 §7.4.1 that a proxy has a use for.
inline constexpr std::uint16_t policy_violation = 1008;

/// A whole Close frame (RFC 6455 §5.5.1): a code, and at most 123 bytes of UTF-8 for people. With
/// a key towards the server, without one towards the client (§5.1).
std::string close_frame(std::uint16_t code, std::string_view reason, std::optional<MaskKey> key);

}  // namespace culvert::websocket

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <culvert/websocket/frames.hpp>

namespace culvert::websocket {

/// Close codes of RFC 6455 §7.4.1 that a proxy has a use for.
inline constexpr std::uint16_t going_away = 1001;
inline constexpr std::uint16_t protocol_error = 1002;
inline constexpr std::uint16_t no_status = 1005;  ///< stands for a Close without a code; never sent
inline constexpr std::uint16_t policy_violation = 1008;
inline constexpr std::uint16_t message_too_big = 1009;
inline constexpr std::uint16_t internal_error = 1011;

/// A whole Close frame (RFC 6455 §5.5.1): a code, and at most 123 bytes of UTF-8 for people. With
/// a key towards the server, without one towards the client (§5.1).
std::string close_frame(std::uint16_t code, std::string_view reason, std::optional<MaskKey> key);

/// A whole Ping (§5.5.2) with at most 125 bytes that its Pong brings back.
std::string ping_frame(std::string_view payload, std::optional<MaskKey> key);

}  // namespace culvert::websocket

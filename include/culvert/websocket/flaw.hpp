// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include <culvert/websocket/facts.hpp>
#include <culvert/websocket/frames.hpp>

namespace culvert::websocket {

/// What breaks the protocol, or a limit.
enum class Flaw : std::uint8_t {
  none,
  unmasked,            ///< a client's frame (RFC 6455 §5.1)
  masked,              ///< an origin's frame (§5.1)
  reserved_bits,       ///< no extension gives them a meaning here (§5.2, RFC 7692 §6)
  opcode,              ///< none that is known (§5.2)
  long_control,        ///< more than 125 bytes (§5.5)
  fragmented_control,  ///< (§5.5)
  no_message,          ///< a continuation of nothing (§5.4)
  message_inside,      ///< a message begins before the one before it has ended (§5.4)
  long_length,         ///< written in more bytes than it takes, or with its highest bit set (§5.2)
  close_payload,       ///< one byte is no code (§5.5.1)
  close_code,          ///< one that may not be sent (§7.4)
  after_close,         ///< a frame behind a Close (§5.5.1)
  max_frame,           ///< Settings::max_frame
  max_message,         ///< Settings::max_message
};
/// For people, behind "the client sent": "a frame that is not masked".
std::string_view words(Flaw flaw);
/// True for those that are an error of protocol: 1002, and not 1009.
bool breaks_protocol(Flaw flaw);

/// What the extensions that were agreed on make of frames.
enum class Extensions : std::uint8_t {
  none,
  deflate,  ///< permessage-deflate alone (RFC 7692): RSV1 on the first frame of a message
  unknown,  ///< anything may mean something: neither reserved bits nor opcodes are judged
};
/// Of the Sec-WebSocket-Extensions of a 101; its fields as one list.
Extensions extensions_in(std::string_view field);

/// Judges a header as `strict` has it: `in_message` says that a message of this side has begun and
/// not ended, `closed` that its Close has come before.
Flaw flaw_of(const Header& header, Side from, Extensions extensions, bool in_message, bool closed);
/// Judges the payload of a Close.
Flaw flaw_of_close(std::string_view payload);

}  // namespace culvert::websocket

// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <culvert/websocket/flaw.hpp>

namespace culvert::websocket {
namespace {

constexpr std::uint8_t rsv1 = 4;

bool is_known(std::uint8_t opcode) {
  return opcode <= opcode_binary || (opcode >= opcode_close && opcode <= opcode_pong);
}

/// RSV1 says "compressed", of a whole message (RFC 7692 §6).
bool may_be_reserved(const Header& header, Extensions extensions) {
  if (extensions == Extensions::unknown) return true;
  const bool begins_message = header.opcode == opcode_text || header.opcode == opcode_binary;
  return extensions == Extensions::deflate && header.reserved == rsv1 && begins_message;
}

Flaw flaw_of_control(const Header& header) {
  if (header.payload_bytes > most_control_bytes) return Flaw::long_control;
  return header.fin ? Flaw::none : Flaw::fragmented_control;
}

/// §7.4.1, §7.4.2 and the registry that it names. What is not assigned below 3000 is not ours to
/// send, and 1004 to 1006 and 1015 are nobody's.
bool may_be_sent(unsigned code) {
  if (code >= 3000) return code <= 4999;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

std::string_view trimmed(std::string_view text) {
  const auto first = std::min(text.find_first_not_of(" \t"), text.size());
  text.remove_prefix(first);
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

}  // namespace

Flaw flaw_of(const Header& header, Side from, Extensions extensions, bool in_message, bool closed) {
  if (closed) return Flaw::after_close;
  if (from == Side::client && !header.masked) return Flaw::unmasked;
  if (from == Side::origin && header.masked) return Flaw::masked;
  if (header.reserved != 0 && !may_be_reserved(header, extensions)) return Flaw::reserved_bits;
  if (!is_known(header.opcode)) {
    return extensions == Extensions::unknown ? Flaw::none : Flaw::opcode;
  }
  if (!header.shortest) return Flaw::long_length;
  if (header.is_control()) return flaw_of_control(header);
  const bool continues = header.opcode == opcode_continuation;
  if (continues && !in_message) return Flaw::no_message;
  return !continues && in_message ? Flaw::message_inside : Flaw::none;
}

Flaw flaw_of_close(std::string_view payload) {
  if (payload.empty()) return Flaw::none;
  if (payload.size() == 1) return Flaw::close_payload;
  const auto byte = [&](std::size_t at) {
    return unsigned{static_cast<std::uint8_t>(payload[at])};
  };
  return may_be_sent(byte(0) << 8 | byte(1)) ? Flaw::none : Flaw::close_code;
}

Extensions extensions_in(std::string_view field) {
  auto found = Extensions::none;
  while (!field.empty()) {
    const auto end = std::min(field.find(','), field.size());
    const auto one = trimmed(field.substr(0, end));
    field.remove_prefix(std::min(end + 1, field.size()));
    if (one.empty()) continue;
    // Two of them may share bits in a way that nobody here knows.
    if (found != Extensions::none) return Extensions::unknown;
    const bool deflate = trimmed(one.substr(0, one.find(';'))) == "permessage-deflate";
    found = deflate ? Extensions::deflate : Extensions::unknown;
  }
  return found;
}

bool breaks_protocol(Flaw flaw) {
  return flaw != Flaw::none && flaw != Flaw::max_frame && flaw != Flaw::max_message;
}

std::string_view words(Flaw flaw) {
  switch (flaw) {
    case Flaw::none: return "";
    case Flaw::unmasked: return "a frame that is not masked";
    case Flaw::masked: return "a masked frame";
    case Flaw::reserved_bits: return "reserved bits that no extension uses";
    case Flaw::opcode: return "an unknown opcode";
    case Flaw::long_control: return "a control frame of more than 125 bytes";
    case Flaw::fragmented_control: return "a control frame in fragments";
    case Flaw::no_message: return "a continuation without a message";
    case Flaw::message_inside: return "a message inside another";
    case Flaw::long_length: return "a length that is not written as it must be";
    case Flaw::close_payload: return "a Close with half a code";
    case Flaw::close_code: return "a Close with a code that may not be sent";
    case Flaw::after_close: return "a frame behind a Close";
    case Flaw::max_frame: return "a frame longer than max_frame";
    case Flaw::max_message: return "a message longer than max_message";
  }
  return "";
}

}  // namespace culvert::websocket

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "support/peer.hpp"
#include "unit/websocket/passing.hpp"

namespace culvert::test {

/// The next frame that comes, whole.
inline std::string read_frame(Peer& peer) {
  websocket::Frames frames;
  std::string bytes;
  do {
    const auto left = static_cast<std::size_t>(frames.payload_left());
    const auto more = peer.read_exactly(left > 0 ? left : 1);
    frames.advance(more);
    bytes += more;
  } while (!frames.at_boundary());
  return bytes;
}

/// What a Close says: "1001 silent for too long". "" for any other frame.
inline std::string told_by_close(const std::string& frame) {
  if ((frame.at(0) & 0x0f) != websocket::opcode_close) return "";
  const auto payload = websocket::payload_in(frame);
  if (payload.size() < 2) return "none";
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(payload[at]); };
  return std::to_string(byte(0) << 8 | byte(1)) + " " + payload.substr(2);
}

}  // namespace culvert::test

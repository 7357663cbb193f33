// SPDX-License-Identifier: Apache-2.0
#include "relay/records.hpp"

#include <algorithm>

namespace culvert::relay {
namespace {

constexpr std::uint8_t header_bytes = 5;
constexpr std::uint8_t first_type = 20;  // change_cipher_spec
constexpr std::uint8_t application_data = 23;
constexpr std::uint8_t last_type = 24;  // heartbeat (RFC 6520), which nobody uses
constexpr std::uint8_t major_version = 3;
constexpr std::uint8_t highest_minor_version = 4;
constexpr std::uint16_t longest = (1 << 14) + 2048;

// A control frame of a WebSocket, an HTTP/2 PING or {"type":"ping"} have less than 150 bytes with
// what encryption adds. Padding and longer words have room.
constexpr std::uint16_t small_bytes = 256;

}  // namespace

Records::Step Records::step(std::string_view bytes) {
  if (lost_) return {.used = bytes.size()};
  if (have_ == header_bytes) {
    const auto some = static_cast<std::uint16_t>(std::min<std::size_t>(left_, bytes.size()));
    left_ = static_cast<std::uint16_t>(left_ - some);
    if (left_ == 0) have_ = 0;
    return {.used = some, .part = Part::body};
  }
  Step step;
  while (have_ < header_bytes && step.used < bytes.size()) {
    lost_ = !take(static_cast<std::uint8_t>(bytes[step.used++]));
    if (lost_) return {.used = bytes.size()};
  }
  if (have_ == header_bytes) step.part = Part::whole_header;
  return step;
}

bool Records::find(std::string_view bytes) {
  Records found;
  bool header = false;
  while (!bytes.empty() && !found.lost_) {
    const auto step = found.step(bytes);
    header = header || step.part == Part::whole_header;
    bytes.remove_prefix(step.used);
  }
  if (found.lost_ || !header) return false;
  *this = {};
  return true;
}

/// One more byte of a header: false when no record has it there.
bool Records::take(std::uint8_t byte) {
  switch (have_++) {
    case 0: type_ = byte; return byte >= first_type && byte <= last_type;
    case 1: return byte == major_version;
    case 2: return byte <= highest_minor_version;
    case 3: left_ = byte; return true;
    default: left_ = static_cast<std::uint16_t>(left_ << 8 | byte); return complete();
  }
}

/// What is encrypted is never empty.
bool Records::complete() {
  small_ = type_ == application_data && left_ <= small_bytes;
  return left_ != 0 && left_ <= longest;
}

}  // namespace culvert::relay

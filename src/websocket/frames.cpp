// SPDX-License-Identifier: Apache-2.0
#include "websocket/frames.hpp"

#include <algorithm>

namespace culvert::websocket {
namespace {

constexpr std::uint8_t shortest_header = 2;
constexpr std::uint8_t mask_bytes = 4;
constexpr std::uint8_t opcode_close = 8;

/// Bytes of the length that follow the first two.
std::uint8_t length_bytes(std::uint8_t length) {
  if (length == 126) return 2;
  return length == 127 ? 8 : 0;
}

}  // namespace

std::size_t Frames::step(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size() && !lost_) {
    if (payload_left() > 0) {
      const auto payload = std::min<std::uint64_t>(left_, bytes.size() - used);
      left_ -= payload;
      used += static_cast<std::size_t>(payload);
    } else {
      take(static_cast<std::uint8_t>(bytes[used++]));
    }
    if (at_boundary()) return used;
  }
  return bytes.size();
}

void Frames::advance(std::string_view bytes) {
  while (!bytes.empty()) bytes.remove_prefix(step(bytes));
}

void Frames::lose() {
  lost_ = true;
  left_ = UINT64_MAX;
  have_ = 0;
}

/// One byte of a header.
void Frames::take(std::uint8_t byte) {
  ++have_;
  if (have_ == 1) {
    closing_ = closing_ || (byte & 0x0f) == opcode_close;
    return;
  }
  if (have_ == shortest_header) {
    const std::uint8_t length = byte & 0x7f;
    const auto more = length_bytes(length);
    const auto mask = (byte & 0x80) != 0 ? mask_bytes : std::uint8_t{0};
    need_ = static_cast<std::uint8_t>(shortest_header + more + mask);
    left_ = more == 0 ? length : 0;
    length_left_ = more;
  } else if (length_left_ > 0) {
    left_ = left_ << 8 | byte;
    --length_left_;
    if (length_left_ == 0 && left_ >> 63 != 0) lose();  // §5.2: this bit must be 0
  }
  if (have_ == need_) have_ = 0;
}

}  // namespace culvert::websocket

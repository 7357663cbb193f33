// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <culvert/websocket/scanner.hpp>

namespace culvert::websocket {

Frames::Step Scanner::step(std::string_view bytes) {
  const bool payload = frames_.payload_left() > 0;
  const auto step = frames_.step(bytes);
  const bool control = (frames_.opcode() & 0x08) != 0;
  if (control && step.header) control_bytes_ = 0;
  if (control && payload && !frames_.lost()) keep(bytes.substr(0, step.used));
  return step;
}

void Scanner::keep(std::string_view payload) {
  const auto mask = frames_.header().mask;
  for (const char c : payload.substr(0, control_.size() - control_bytes_)) {
    const auto shift = 24 - 8 * (control_bytes_ % 4U);
    control_[control_bytes_++] = static_cast<char>(c ^ static_cast<char>(mask >> shift & 0xff));
  }
}

}  // namespace culvert::websocket

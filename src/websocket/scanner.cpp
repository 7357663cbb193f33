// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <culvert/websocket/scanner.hpp>

namespace culvert::websocket {

Frames::Step Scanner::step(std::string_view bytes) {
  const bool payload = frames_.payload_left() > 0;
  const auto step = frames_.step(bytes);
  control_.follow(frames_, step, payload, bytes);
  return step;
}

void ControlPayload::keep(std::string_view payload, MaskKey mask) {
  for (const char c : payload.substr(0, payload_.size() - bytes_)) {
    const auto shift = 24 - 8 * (bytes_ % 4U);
    payload_[bytes_++] = static_cast<char>(c ^ static_cast<char>(mask >> shift & 0xff));
  }
}

}  // namespace culvert::websocket

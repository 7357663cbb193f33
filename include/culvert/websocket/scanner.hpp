// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <culvert/websocket/frames.hpp>

namespace culvert::websocket {

/// Frames, and what control frames say: the payload of the one under way is kept, and of no other.
/// Nothing is allocated.
class Scanner {
 public:
  /// As Frames::step.
  Frames::Step step(std::string_view bytes);
  /// As Frames::skip: payload of a data frame, since that of a control frame must be seen.
  bool skip(std::uint64_t bytes) { return frames_.skip(bytes); }

  const Frames& frames() const { return frames_; }
  /// Of the control frame that ended last, until the next one begins: unmasked, and cut off at 125
  /// bytes, which is the most that one may have.
  std::string_view control_payload() const { return {control_.data(), control_bytes_}; }

 private:
  void keep(std::string_view payload);

  Frames frames_;
  std::array<char, most_control_bytes> control_{};
  std::uint8_t control_bytes_ = 0;
};

}  // namespace culvert::websocket

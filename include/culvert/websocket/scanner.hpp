// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <culvert/websocket/frames.hpp>

namespace culvert::websocket {

/// What a control frame says: the payload of the one under way, and of no other. Nothing is
/// allocated.
class ControlPayload {
 public:
  /// `frames` has made this step over `bytes`, which began in payload, or did not.
  void follow(const Frames& frames, const Frames::Step& step, bool payload,
              std::string_view bytes) {
    if ((frames.opcode() & 0x08) == 0 || frames.lost()) return;
    if (step.header) bytes_ = 0;
    if (payload) keep(bytes.substr(0, step.used), frames.header().mask);
  }
  /// Of the control frame that ended last, until the next one begins: unmasked, and cut off at 125
  /// bytes, which is the most that one may have.
  std::string_view text() const { return {payload_.data(), bytes_}; }

 private:
  void keep(std::string_view payload, MaskKey mask);

  std::array<char, most_control_bytes> payload_{};
  std::uint8_t bytes_ = 0;
};

/// Frames, and what control frames say.
class Scanner {
 public:
  /// As Frames::step.
  Frames::Step step(std::string_view bytes);
  /// As Frames::skip: payload of a data frame, since that of a control frame must be seen.
  bool skip(std::uint64_t bytes) { return frames_.skip(bytes); }

  const Frames& frames() const { return frames_; }
  /// As ControlPayload::text.
  std::string_view control_payload() const { return control_.text(); }

 private:
  Frames frames_;
  ControlPayload control_;
};

}  // namespace culvert::websocket

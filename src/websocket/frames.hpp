// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace culvert::websocket {

/// Where one direction of a WebSocket stands between its frames (RFC 6455 §5.2), from its first
/// byte on. It looks at lengths and at the opcode of Close, and at nothing else: what an extension
/// makes of the rest is for the two ends. Bytes may come split anywhere; nothing is kept of them.
///
///     boundary -- first byte --> header -- complete --> payload -- all of it --> boundary
///
/// A length that no frame may have makes it `lost` for good: these are no frames.
class Frames {
 public:
  /// Goes on over `bytes`, but to the next boundary at most: how many bytes that took. All of them
  /// when it is lost.
  std::size_t step(std::string_view bytes);
  /// Goes on over all of them.
  void advance(std::string_view bytes);
  /// Goes on over payload that nobody looked at: at most payload_left().
  void skip(std::uint64_t bytes) { left_ -= bytes; }

  /// True between two frames, and before the first one.
  bool at_boundary() const { return have_ == 0 && left_ == 0 && !lost_; }
  /// Of the frame under way, once its header is complete; 0 elsewhere, no end when it is lost.
  std::uint64_t payload_left() const { return have_ == 0 ? left_ : 0; }
  /// A Close frame has begun: it is the last one (§5.5.1).
  bool closing() const { return closing_; }
  bool lost() const { return lost_; }

 private:
  void take(std::uint8_t byte);
  void lose();

  std::uint64_t left_ = 0;  // of the payload; within a header the length, as far as it has come
  std::uint8_t have_ = 0;   // bytes of the header under way
  std::uint8_t need_ = 0;   // its length, once it has two bytes
  std::uint8_t length_left_ = 0;  // bytes of the extended length that are to come
  bool closing_ = false;
  bool lost_ = false;
};

}  // namespace culvert::websocket

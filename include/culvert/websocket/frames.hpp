// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace culvert::websocket {

/// What a frame is masked with towards a server: nobody may be able to guess it (RFC 6455 §5.3).
using MaskKey = std::uint32_t;

/// Payload of a control frame, at most (§5.5).
inline constexpr std::size_t most_control_bytes = 125;

/// What a frame says before its payload (RFC 6455 §5.2).
struct Header {
  std::uint8_t opcode = 0;
  std::uint8_t reserved = 0;  ///< RSV1 is 4, RSV2 2, RSV3 1
  bool fin = false;           ///< the last of its message
  bool masked = false;
  bool shortest = true;  ///< its length is written in as few bytes as it can be
  MaskKey mask = 0;      ///< its first byte is the highest; 0 when it is not masked
  std::uint64_t payload_bytes = 0;

  bool is_control() const { return (opcode & 0x08) != 0; }
};

inline constexpr std::uint8_t opcode_continuation = 0;
inline constexpr std::uint8_t opcode_text = 1;
inline constexpr std::uint8_t opcode_binary = 2;
inline constexpr std::uint8_t opcode_close = 8;
inline constexpr std::uint8_t opcode_ping = 9;
inline constexpr std::uint8_t opcode_pong = 10;

/// Where one direction of a WebSocket stands between its frames (RFC 6455 §5.2), from its first
/// byte on. It looks at headers and at nothing else: what an extension makes of them is for the two
/// ends. Bytes may come split anywhere; only those of a header are kept, until the next one.
///
///     boundary -- first byte --> header -- complete --> payload -- all of it --> boundary
///
/// A length that no frame may have makes it `lost` for good: these are no frames.
class Frames {
 public:
  static constexpr std::uint8_t longest_header = 14;

  struct Step {
    std::size_t used = 0;  ///< bytes: either of a header or of payload
    bool header = false;   ///< these made the header complete
    bool end = false;      ///< these made the frame complete: both, when it has no payload
  };
  /// Goes on over `bytes`, which are not empty, to the end of a header or of a frame at most. All
  /// of them are used, and nothing is told, when it is lost.
  Step step(std::string_view bytes);
  /// Goes on to the next boundary at most: how many bytes that took.
  std::size_t to_boundary(std::string_view bytes);
  /// Goes on over all of them.
  void advance(std::string_view bytes);
  /// Goes on over payload that nobody looked at: at most payload_left(). True when that made the
  /// frame complete.
  bool skip(std::uint64_t bytes);

  /// True between two frames, and before the first one.
  bool at_boundary() const { return have_ == 0 && !lost_; }
  /// Bytes of the header under way; 0 elsewhere.
  std::size_t header_under_way() const { return in_payload() || lost_ ? 0 : have_; }
  /// Of the frame under way, once its header is complete; 0 elsewhere, no end when it is lost.
  std::uint64_t payload_left() const { return in_payload() || lost_ ? left_ : 0; }
  /// Of the frame whose header was complete last, until the next one begins.
  Header header() const;
  /// Of the same: it is the last of its message.
  bool fin() const { return (raw_[0] & 0x80) != 0; }
  /// The opcode of the frame under way; of the last one at a boundary.
  std::uint8_t opcode() const { return raw_[0] & 0x0f; }
  /// A Close frame has begun: it is the last one (§5.5.1).
  bool closing() const { return closing_; }
  bool lost() const { return lost_; }

 private:
  bool in_payload() const { return have_ != 0 && have_ == need_; }
  std::size_t take_header(std::string_view bytes);
  std::uint64_t length() const;
  bool is_too_long() const;

  static constexpr std::uint8_t shortest_header = 2;

  std::uint64_t left_ = 0;                          // of the payload
  std::array<std::uint8_t, longest_header> raw_{};  // the header
  std::uint8_t have_ = 0;                           // bytes of it; all of them within the payload
  std::uint8_t need_ = shortest_header;             // its length, as far as that is known
  bool closing_ = false;
  bool lost_ = false;
};

}  // namespace culvert::websocket

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace culvert::http2 {

/// So many of something at once, and so many a second from then on.
class Allowance {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  Allowance(std::uint32_t burst, std::uint32_t rate) : credit_(burst), burst_(burst), rate_(rate) {}

  /// False when that is too many.
  bool spend(std::size_t count, TimePoint now);
  /// Some more are allowed, but not more than at first.
  void give(std::size_t count);

 private:
  double credit_;
  TimePoint filled_;
  std::uint32_t burst_;
  std::uint32_t rate_;
};

/// Looks at the frame heads of a connection's bytes before anybody acts on them (RFC 9113 §4.1),
/// and tells two things that nobody else does: that a peer sends more frames that are nothing but
/// work (PING, SETTINGS, PRIORITY, empty DATA, window updates without end, unknown ones) than it
/// may, and that it stands in the midst of a head. It counts its spoilt streams, too.
class FrameMeter {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// Of each so many at once, and so many a second.
  struct Limits {
    std::uint32_t burst = 1000;  ///< frames that move nothing
    std::uint32_t rate = 100;
    std::uint32_t resets = 1000;  ///< streams that the peer reset, or that had to be
    std::uint32_t resets_rate = 33;
  };

  /// A client's bytes begin with its preface (RFC 9113 §3.4), which is no frame.
  enum class Begins : std::uint8_t { with_preface, with_frames };

  FrameMeter(const Limits& limits, Begins how);

  /// False when the peer may not send that many.
  bool saw(std::string_view bytes, TimePoint now);
  /// So many DATA frames went the other way: each one may be answered by two window updates.
  void gave(std::size_t data_frames) { idle_.give(updates_a_frame * data_frames); }
  /// So many streams came to nothing because of the peer (Engine::take_spoilt). False when it may
  /// not have that many.
  bool spoilt(std::size_t streams, TimePoint now) { return resets_.spend(streams, now); }

  /// True from the first byte of a HEADERS frame to the last of the head that it begins, and while
  /// a frame's own head is incomplete; and before the first frame.
  bool in_head() const { return in_head_ || !begun_ || (have_ != 0 && left_ == 0); }

 private:
  static constexpr std::size_t head_bytes = 9;
  static constexpr std::size_t updates_a_frame = 2;  // of the stream, and of the connection

  bool judge(TimePoint now);

  std::array<char, head_bytes> head_{};
  std::size_t have_ = 0;  // of the head
  std::size_t left_ = 0;  // of what is passed over: the preface, or a frame's payload
  Allowance idle_;
  Allowance resets_;
  bool begun_ = false;      // a frame has come
  bool in_head_ = false;    // END_HEADERS is still to come
  bool ends_head_ = false;  // the frame being passed over brings it
};

}  // namespace culvert::http2

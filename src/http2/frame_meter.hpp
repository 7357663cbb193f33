// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace culvert::http2 {

/// Looks at the frame heads of a connection's bytes before anybody acts on them (RFC 9113 §4.1),
/// and tells two things that nobody else does: that a peer sends more frames that are nothing but
/// work (PING, SETTINGS, PRIORITY, empty DATA, window updates without end, unknown ones) than it
/// may, and that it stands in the midst of a head.
class FrameMeter {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// So many at once, and so many a second.
  struct Allowance {
    std::uint32_t burst;
    std::uint32_t rate;
  };
  struct Limits {
    Allowance idle{.burst = 1000, .rate = 100};   ///< frames that move nothing
    Allowance resets{.burst = 1000, .rate = 33};  ///< RST_STREAM
  };

  /// A client's bytes begin with its preface (RFC 9113 §3.4), which is no frame.
  enum class Begins : std::uint8_t { with_preface, with_frames };

  FrameMeter(const Limits& limits, Begins how);

  /// False when the peer may not send that many.
  bool saw(std::string_view bytes, TimePoint now);
  /// So many DATA frames went the other way: each one may be answered by two window updates.
  void gave(std::size_t data_frames);

  /// True from the first byte of a HEADERS frame to the last of the head that it begins, and while
  /// a frame's own head is incomplete; and before the first frame.
  bool in_head() const { return in_head_ || !begun_ || (have_ != 0 && left_ == 0); }

 private:
  static constexpr std::size_t head_bytes = 9;

  /// What is left of an allowance.
  class Credit {
   public:
    explicit Credit(const Allowance& of) : of_(of), left_(of.burst) {}
    bool spend(TimePoint now);
    void give(double frames);

   private:
    Allowance of_;
    double left_;
    TimePoint filled_{};
  };

  bool judge(TimePoint now);

  std::array<char, head_bytes> head_{};
  std::size_t have_ = 0;  // of the head
  std::size_t left_ = 0;  // of what is passed over: the preface, or a frame's payload
  Credit idle_;
  Credit resets_;
  bool begun_ = false;      // a frame has come
  bool in_head_ = false;    // END_HEADERS is still to come
  bool ends_head_ = false;  // the frame being passed over brings it
};

}  // namespace culvert::http2

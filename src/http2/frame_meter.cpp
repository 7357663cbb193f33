// SPDX-License-Identifier: Apache-2.0
#include "http2/frame_meter.hpp"

#include <algorithm>

namespace culvert::http2 {
namespace {

constexpr std::size_t preface_bytes = 24;

// RFC 9113 §6.
enum Type : std::uint8_t {
  data = 0,
  headers = 1,
  rst_stream = 3,
  goaway = 7,
  continuation = 9,
};
constexpr std::uint8_t end_stream = 0x1;
constexpr std::uint8_t end_headers = 0x4;

}  // namespace

FrameMeter::FrameMeter(const Limits& limits, Begins how)
    : left_(how == Begins::with_preface ? preface_bytes : 0),
      idle_(limits.idle),
      resets_(limits.resets) {}

bool FrameMeter::saw(std::string_view bytes, TimePoint now) {
  while (!bytes.empty()) {
    if (left_ > 0) {
      const auto passed = std::min(left_, bytes.size());
      left_ -= passed;
      bytes.remove_prefix(passed);
    } else {
      const auto taken = bytes.copy(head_.data() + have_, head_bytes - have_);
      have_ += taken;
      bytes.remove_prefix(taken);
      if (have_ < head_bytes) return true;
      have_ = 0;
      if (!judge(now)) return false;
    }
    if (left_ == 0 && ends_head_) in_head_ = ends_head_ = false;
  }
  return true;
}

/// A whole frame head is there.
bool FrameMeter::judge(TimePoint now) {
  const auto byte = [this](std::size_t at) { return static_cast<std::uint8_t>(head_[at]); };
  left_ = std::size_t{byte(0)} << 16U | std::size_t{byte(1)} << 8U | byte(2);
  begun_ = true;
  const auto type = byte(3);
  const auto flags = byte(4);
  switch (type) {
    case headers:
    case continuation:
      in_head_ = true;
      ends_head_ = (flags & end_headers) != 0;
      // nghttp2 counts CONTINUATION, and what HEADERS begin has limits of its own.
      return true;
    case data: return left_ > 0 || (flags & end_stream) != 0 || idle_.spend(now);
    case rst_stream: return resets_.spend(now);
    case goaway: return true;
    default: return idle_.spend(now);
  }
}

bool FrameMeter::Credit::spend(TimePoint now) {
  const std::chrono::duration<double> since = now - filled_;
  filled_ = now;
  give(since.count() * of_.rate);
  if (left_ < 1) return false;
  left_ -= 1;
  return true;
}

void FrameMeter::Credit::give(double frames) {
  left_ = std::min<double>(of_.burst, left_ + frames);
}

void FrameMeter::gave(std::size_t data_frames) {
  constexpr double updates = 2;  // of the stream, and of the connection
  idle_.give(updates * static_cast<double>(data_frames));
}

}  // namespace culvert::http2

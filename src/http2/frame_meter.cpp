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
constexpr std::uint8_t padded = 0x8;

// What may be padding alone (RFC 9113 §6.1): the byte with its length, and that.
constexpr std::size_t most_padding = 256;
// A client may say with each request how urgent it is, and how much it wants of the answer.
constexpr std::size_t frames_a_request = 2;

bool moves_something(std::size_t size, std::uint8_t flags) {
  if ((flags & end_stream) != 0) return true;
  return size > ((flags & padded) != 0 ? most_padding : 0);
}

}  // namespace

bool Allowance::spend(std::size_t count, TimePoint now) {
  const std::chrono::duration<double> since = now - filled_;
  filled_ = now;
  credit_ = std::min<double>(burst_, credit_ + since.count() * rate_);
  if (credit_ < static_cast<double>(count)) return false;
  credit_ -= static_cast<double>(count);
  return true;
}

void Allowance::give(std::size_t count) {
  credit_ = std::min<double>(burst_, credit_ + static_cast<double>(count));
}

FrameMeter::FrameMeter(const Limits& limits, Begins how)
    : left_(how == Begins::with_preface ? preface_bytes : 0),
      idle_(limits.burst, limits.rate),
      resets_(limits.resets, limits.resets_rate) {}

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
    case headers: idle_.give(frames_a_request); [[fallthrough]];
    case continuation:
      in_head_ = true;
      ends_head_ = (flags & end_headers) != 0;
      // nghttp2 counts CONTINUATION, and what HEADERS begin has limits of its own.
      return true;
    case data: return moves_something(left_, flags) || idle_.spend(1, now);
    case rst_stream:  // the engine counts them
    case goaway: return true;
    default: return idle_.spend(1, now);
  }
}

}  // namespace culvert::http2

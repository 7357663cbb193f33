// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include <culvert/websocket/frames.hpp>

namespace culvert::websocket {
namespace {

constexpr std::uint8_t mask_bit = 0x80;
constexpr std::uint8_t length_bits = 0x7f;
constexpr std::uint8_t mask_bytes = 4;

/// Bytes of the length that follow the first two.
std::uint8_t length_bytes(std::uint8_t second) {
  const std::uint8_t length = second & length_bits;
  if (length == 126) return 2;
  return length == 127 ? 8 : 0;
}

std::uint8_t header_bytes(std::uint8_t second) {
  const auto mask = (second & mask_bit) != 0 ? mask_bytes : std::uint8_t{0};
  return static_cast<std::uint8_t>(2 + length_bytes(second) + mask);
}

std::uint64_t number(const std::uint8_t* bytes, std::size_t count) {
  std::uint64_t made = 0;
  for (std::size_t i = 0; i < count; ++i) made = made << 8 | bytes[i];
  return made;
}

}  // namespace

Frames::Step Frames::step(std::string_view bytes) {
  if (lost_) return {.used = bytes.size()};
  if (in_payload()) {
    const auto payload = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    return {.used = payload, .end = skip(payload)};
  }
  Step step{.used = take_header(bytes)};
  if (lost_) return {.used = bytes.size()};
  step.header = in_payload();
  step.end = step.header && skip(0);
  return step;
}

/// As many bytes of the header as there are.
std::size_t Frames::take_header(std::string_view bytes) {
  std::size_t used = 0;
  while (have_ < need_ && used < bytes.size()) {
    const auto some = std::min<std::size_t>(need_ - have_, bytes.size() - used);
    std::memcpy(raw_.data() + have_, bytes.data() + used, some);
    have_ = static_cast<std::uint8_t>(have_ + some);
    used += some;
    if (have_ == shortest_header) need_ = header_bytes(raw_[1]);
  }
  closing_ = closing_ || opcode() == opcode_close;
  if (have_ == need_) left_ = length();
  lost_ = is_too_long();
  if (lost_) left_ = UINT64_MAX;
  return used;
}

/// The highest bit of a length of eight bytes must be 0 (§5.2).
bool Frames::is_too_long() const {
  return have_ > shortest_header && length_bytes(raw_[1]) == 8 && raw_[2] >> 7 != 0;
}

std::uint64_t Frames::length() const {
  const auto more = length_bytes(raw_[1]);
  return more == 0 ? raw_[1] & length_bits : number(raw_.data() + shortest_header, more);
}

bool Frames::skip(std::uint64_t bytes) {
  if (!in_payload() || lost_) return false;
  left_ -= bytes;
  if (left_ > 0) return false;
  have_ = 0;
  need_ = shortest_header;
  return true;
}

std::size_t Frames::to_boundary(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size()) {
    const auto step = this->step(bytes.substr(used));
    used += step.used;
    if (step.end) break;
  }
  return used;
}

void Frames::advance(std::string_view bytes) {
  while (!bytes.empty()) bytes.remove_prefix(step(bytes).used);
}

Header Frames::header() const {
  const auto more = length_bytes(raw_[1]);
  const auto length = this->length();
  const bool masked = (raw_[1] & mask_bit) != 0;
  const auto* mask = raw_.data() + shortest_header + more;
  return {.opcode = opcode(),
          .reserved = static_cast<std::uint8_t>(raw_[0] >> 4 & 0x07),
          .fin = (raw_[0] & 0x80) != 0,
          .masked = masked,
          .shortest = more == 0 || length > (more == 2 ? 125 : 0xffff),
          .mask = masked ? static_cast<MaskKey>(number(mask, mask_bytes)) : 0,
          .payload_bytes = length};
}

}  // namespace culvert::websocket

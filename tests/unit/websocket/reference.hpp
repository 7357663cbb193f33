// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "unit/websocket/events.hpp"

namespace culvert::websocket {

/// What the scanner must say, found in another way: of bytes that are all there, with a sum for
/// each rule of RFC 6455 §5.2, and without any state but the place of a frame.
class Reference {
 public:
  static Seen of(std::string_view all) { return Reference(all).seen_; }

 private:
  explicit Reference(std::string_view all) : all_(all) {
    for (std::optional<std::size_t> at = 0; at && *at < all_.size();) at = frame(*at);
  }

  unsigned byte(std::size_t at) const { return static_cast<unsigned char>(all_[at]); }

  std::uint64_t number(std::size_t at, std::size_t digits) const {
    return digits == 0 ? 0 : number(at, digits - 1) * 256 + byte(at + digits - 1);
  }

  /// Bytes that follow the first two to say a length: those of the one written, and of any.
  static std::size_t digits_written(unsigned seven_bits) {
    return seven_bits < 126 ? 0 : 2 + (seven_bits - 126) * 6;
  }
  static std::size_t digits_needed(std::uint64_t length) {
    if (length < 126) return 0;
    return length < 65'536 ? 2 : 8;
  }

  /// Where the next one begins; none when this one is not complete.
  std::optional<std::size_t> frame(std::size_t at) {
    const auto there = all_.size() - at;
    if (byte(at) % 16 == 8) seen_.closing = true;
    seen_.at_boundary = false;
    seen_.header_under_way = there;
    if (there < 2) return std::nullopt;
    const auto digits = digits_written(byte(at + 1) % 128);
    if (digits == 8 && there > 2 && byte(at + 2) >= 128) return lose();
    const auto header_bytes = 2 + digits + byte(at + 1) / 128 * 4;
    if (there < header_bytes) return std::nullopt;
    seen_.header_under_way = 0;
    return payload(at + header_bytes, header(at, digits));
  }

  std::optional<std::size_t> lose() {
    seen_.lost = true;
    seen_.header_under_way = 0;
    seen_.payload_left = UINT64_MAX;
    return std::nullopt;
  }

  Header header(std::size_t at, std::size_t digits) const {
    const bool masked = byte(at + 1) >= 128;
    const auto length = digits == 0 ? byte(at + 1) % 128 : number(at + 2, digits);
    return {.opcode = static_cast<std::uint8_t>(byte(at) % 16),
            .reserved = static_cast<std::uint8_t>(byte(at) / 16 % 8),
            .fin = byte(at) >= 128,
            .masked = masked,
            .shortest = digits == digits_needed(length),
            .mask = masked ? static_cast<MaskKey>(number(at + 2 + digits, 4)) : 0,
            .payload_bytes = length};
  }

  std::optional<std::size_t> payload(std::size_t at, const Header& header) {
    seen_.events.push_back({.at = at, .end = false, .header = header, .control = ""});
    const auto there = all_.size() - at;
    const auto payload = all_.substr(at, header.payload_bytes);
    if (header.opcode >= 8) seen_.control = in_the_clear(payload, header);
    if (there < header.payload_bytes) {
      seen_.payload_left = header.payload_bytes - there;
      return std::nullopt;
    }
    const auto end = at + header.payload_bytes;
    seen_.events.push_back({.at = end, .end = true, .header = header, .control = seen_.control});
    seen_.at_boundary = true;
    return end;
  }

  /// The masking of §5.3: the i-th byte by the (i mod 4)-th of the key.
  static std::string in_the_clear(std::string_view payload, const Header& header) {
    std::string clear;
    for (std::size_t i = 0; i < payload.size() && i < 125; ++i) {
      constexpr std::uint32_t places[] = {1U << 24, 1U << 16, 1U << 8, 1U};
      clear += static_cast<char>(payload[i] ^ static_cast<char>(header.mask / places[i % 4] % 256));
    }
    return clear;
  }

  std::string_view all_;
  Seen seen_;
};

}  // namespace culvert::websocket

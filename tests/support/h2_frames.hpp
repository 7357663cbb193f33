// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Frames of HTTP/2 (RFC 9113 §4, §6) byte by byte, for what no sound implementation would send.
namespace culvert::test::h2 {

inline constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

enum Type : std::uint8_t {
  data = 0,
  headers = 1,
  priority = 2,
  rst_stream = 3,
  settings = 4,
  ping = 6,
  goaway = 7,
  window_update = 8,
  continuation = 9,
};
inline constexpr std::uint8_t none = 0;
inline constexpr std::uint8_t ack = 0x1;
inline constexpr std::uint8_t end_stream = 0x1;
inline constexpr std::uint8_t end_headers = 0x4;
inline constexpr std::uint8_t padded = 0x8;

/// `bytes` bytes, the first one the highest.
inline std::string number(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}

inline std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                         std::string_view payload = {}) {
  auto text = number(payload.size(), 3) + number(type, 1) + number(flags, 1) + number(stream, 4);
  return text.append(payload);
}

/// The fields as they are, in no table (RFC 7541 §6.2.2). Names and values below 127 bytes.
inline std::string block(
    std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  std::string text;
  for (const auto& [name, value] : fields) {
    text += '\0';
    text += static_cast<char>(name.size());
    text += name;
    text += static_cast<char>(value.size());
    text += value;
  }
  return text;
}

/// The head of a request for a tunnel.
inline std::string connect_block(std::string_view authority) {
  return block({{":method", "CONNECT"}, {":authority", authority}});
}
inline std::string connect_frame(std::uint32_t stream, std::string_view authority) {
  return frame(headers, end_headers, stream, connect_block(authority));
}
inline std::string settings_frame(
    std::initializer_list<std::pair<std::uint16_t, std::uint32_t>> entries = {}) {
  std::string payload;
  for (const auto& [name, value] : entries) payload += number(name, 2) + number(value, 4);
  return frame(settings, none, 0, payload);
}
inline std::string reset_frame(std::uint32_t stream, std::uint32_t code) {
  return frame(rst_stream, none, stream, number(code, 4));
}
inline std::string window_frame(std::uint32_t stream, std::uint32_t bytes) {
  return frame(window_update, none, stream, number(bytes, 4));
}

/// What a client's bytes begin with.
inline std::string hello() {
  return std::string(preface) + settings_frame();
}

struct Frame {
  std::uint8_t type;
  std::uint8_t flags;
  std::uint32_t stream;
  std::string payload;

  /// Four bytes of the payload, as of RST_STREAM the code.
  std::uint32_t word(std::size_t at = 0) const {
    std::uint32_t value = 0;
    for (std::size_t i = at; i < at + 4; ++i) {
      value = value << 8U | static_cast<std::uint8_t>(payload.at(i));
    }
    return value;
  }
};

/// Takes the whole frames from the front of `bytes`.
inline std::vector<Frame> take_frames(std::string& bytes) {
  constexpr std::size_t head_bytes = 9;
  std::vector<Frame> frames;
  std::string_view left = bytes;
  const auto byte = [&left](std::size_t at) -> std::uint32_t {
    return static_cast<std::uint8_t>(left[at]);
  };
  while (left.size() >= head_bytes) {
    const std::size_t size = byte(0) << 16U | byte(1) << 8U | byte(2);
    if (left.size() < head_bytes + size) break;
    frames.push_back({.type = static_cast<std::uint8_t>(byte(3)),
                      .flags = static_cast<std::uint8_t>(byte(4)),
                      .stream = byte(5) << 24U | byte(6) << 16U | byte(7) << 8U | byte(8),
                      .payload = std::string(left.substr(head_bytes, size))});
    left.remove_prefix(head_bytes + size);
  }
  bytes.erase(0, bytes.size() - left.size());
  return frames;
}

}  // namespace culvert::test::h2

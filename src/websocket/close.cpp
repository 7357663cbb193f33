// SPDX-License-Identifier: Apache-2.0
#include "websocket/close.hpp"

#include <array>
#include <cassert>

namespace culvert::websocket {
namespace {

constexpr std::uint8_t final_close = 0x88;
constexpr std::uint8_t masked = 0x80;
constexpr std::size_t most_payload = 125;  // of a control frame, §5.5

char byte_of(std::uint32_t value, unsigned shift) {
  return static_cast<char>(value >> shift & 0xff);
}

}  // namespace

std::string close_frame(std::uint16_t code, std::string_view reason, std::optional<MaskKey> key) {
  std::string payload{byte_of(code, 8), byte_of(code, 0)};
  payload += reason;
  assert(payload.size() <= most_payload);
  const auto length = static_cast<std::uint8_t>(payload.size());
  std::string frame{static_cast<char>(final_close)};
  if (!key) return frame.append(1, static_cast<char>(length)).append(payload);
  const std::array mask{byte_of(*key, 24), byte_of(*key, 16), byte_of(*key, 8), byte_of(*key, 0)};
  frame += static_cast<char>(masked | length);
  frame.append(mask.data(), mask.size());
  for (std::size_t i = 0; i < payload.size(); ++i) {
    frame += static_cast<char>(payload[i] ^ mask[i % mask.size()]);
  }
  return frame;
}

}  // namespace culvert::websocket

// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cassert>

#include <culvert/websocket/control.hpp>

namespace culvert::websocket {
namespace {

constexpr std::uint8_t final_frame = 0x80;
constexpr std::size_t masked = 0x80;

char byte_of(std::uint32_t value, unsigned shift) {
  return static_cast<char>(value >> shift & 0xff);
}

std::string control_frame(std::uint8_t opcode, std::string_view payload,
                          std::optional<MaskKey> key) {
  assert(payload.size() <= most_control_bytes);
  std::string frame{static_cast<char>(final_frame | opcode)};
  if (!key) return frame.append(1, static_cast<char>(payload.size())).append(payload);
  const std::array mask{byte_of(*key, 24), byte_of(*key, 16), byte_of(*key, 8), byte_of(*key, 0)};
  frame += static_cast<char>(masked | payload.size());
  frame.append(mask.data(), mask.size());
  for (std::size_t i = 0; i < payload.size(); ++i) {
    frame += static_cast<char>(payload[i] ^ mask[i % mask.size()]);
  }
  return frame;
}

}  // namespace

std::string close_frame(std::uint16_t code, std::string_view reason, std::optional<MaskKey> key) {
  std::string payload{byte_of(code, 8), byte_of(code, 0)};
  payload += reason;
  return control_frame(opcode_close, payload, key);
}

std::string ping_frame(std::string_view payload, std::optional<MaskKey> key) {
  return control_frame(opcode_ping, payload, key);
}

}  // namespace culvert::websocket

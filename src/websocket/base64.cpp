// SPDX-License-Identifier: Apache-2.0
#include "websocket/base64.hpp"

#include <string_view>

namespace culvert::websocket {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Three bytes, or the one or two that are left, as one number.
std::uint32_t group_at(std::span<const std::uint8_t> bytes) {
  std::uint32_t group = 0;
  for (std::size_t i = 0; i < 3; ++i) group = group << 8 | (i < bytes.size() ? bytes[i] : 0U);
  return group;
}

}  // namespace

std::string base64(std::span<const std::uint8_t> bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const auto left = bytes.subspan(at);
    const auto group = group_at(left);
    out.push_back(alphabet[group >> 18]);
    out.push_back(alphabet[group >> 12 & 63]);
    out.push_back(left.size() > 1 ? alphabet[group >> 6 & 63] : '=');
    out.push_back(left.size() > 2 ? alphabet[group & 63] : '=');
  }
  return out;
}

bool is_base64_digit(char c) noexcept {
  return alphabet.contains(c);
}

}  // namespace culvert::websocket

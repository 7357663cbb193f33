// SPDX-License-Identifier: Apache-2.0
#include "auth/name.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace culvert::auth {
namespace {

constexpr std::size_t longest_name_bytes = 255;

std::uint8_t byte_at(std::string_view text, std::size_t at) {
  return static_cast<std::uint8_t>(text[at]);
}

/// By the first byte of a character; 0 for one that no character begins with.
std::size_t bytes_from(std::uint8_t first) {
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}

/// How many bytes the character at the front has; 0 if it is malformed (RFC 3629 §4).
std::size_t character_bytes(std::string_view text) {
  const auto first = byte_at(text, 0);
  const auto bytes = bytes_from(first);
  if (bytes < 2) return bytes;
  if (text.size() < bytes) return 0;
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte_at(text, i) & 0xc0) != 0x80) return 0;
  }
  const auto second = byte_at(text, 1);
  if (first == 0xe0 && second < 0xa0) return 0;  // overlong
  if (first == 0xed && second > 0x9f) return 0;  // a surrogate
  if (first == 0xf0 && second < 0x90) return 0;  // overlong
  if (first == 0xf4 && second > 0x8f) return 0;  // beyond the last
  return bytes;
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

}  // namespace

bool without_controls(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<std::uint8_t>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto bytes = character_bytes(text);
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

std::string trouble_with_name(std::string_view name) {
  if (name.empty()) return "the name is empty";
  if (is_blank(name.front()) || is_blank(name.back())) return "white space around the name";
  if (!without_controls(name)) return "a control character in the name";
  if (!is_utf8(name)) return "the name is not in UTF-8";
  if (name.size() > longest_name_bytes) return "the name is longer than 255 bytes";
  return "";
}

}  // namespace culvert::auth

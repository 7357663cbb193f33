// SPDX-License-Identifier: Apache-2.0
#include "auth/base64.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace culvert::auth {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::size_t padding_of(std::string_view text) {
  if (text.ends_with("==")) return 2;
  return text.ends_with('=') ? 1 : 0;
}

}  // namespace

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  text.remove_suffix(padding_of(text));
  std::string out;
  std::uint32_t bits = 0;
  unsigned count = 0;  // of bits that are in `bits` and not yet in `out`
  for (const char c : text) {
    const auto value = alphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 6U | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out.push_back(static_cast<char>(bits >> count & 0xffU));
    bits &= (1U << count) - 1;
  }
  if (bits != 0) return std::nullopt;
  return out;
}

}  // namespace culvert::auth

// SPDX-License-Identifier: Apache-2.0
#include "http1/grammar.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace culvert::http1 {
namespace {

constexpr auto token_bytes = [] {
  std::array<bool, 256> table{};
  for (unsigned char c = '0'; c <= '9'; ++c) table[c] = true;
  for (unsigned char c = 'a'; c <= 'z'; ++c) table[c] = true;
  for (unsigned char c = 'A'; c <= 'Z'; ++c) table[c] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

using Word = std::uint64_t;
constexpr Word each_byte = 0x0101010101010101;

/// The top bit of each byte of `word` that is a control byte. A borrow may set bits above the first
/// true one, so only the lowest is to be believed.
constexpr Word control_bits(Word word) {
  const Word below_space = (word - each_byte * 0x20) & ~word;
  const Word deleted = word ^ each_byte * 0x7f;  // 0 where the byte is 127
  return (below_space | ((deleted - each_byte) & ~deleted)) & each_byte * 0x80;
}

}  // namespace

bool same_token(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() &&
         std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

bool has_prefix(std::string_view text, std::string_view prefix) noexcept {
  return same_token(text.substr(0, prefix.size()), prefix);
}

bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return token_bytes[static_cast<unsigned char>(c)];
  });
}

std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::size_t find_control(std::string_view text, std::size_t from) noexcept {
  auto at = from;
  if constexpr (std::endian::native == std::endian::little) {  // the lowest bit is the first byte
    for (; at + sizeof(Word) <= text.size(); at += sizeof(Word)) {
      Word word = 0;
      std::memcpy(&word, text.data() + at, sizeof word);
      const auto bits = control_bits(word);
      if (bits != 0) return at + static_cast<std::size_t>(std::countr_zero(bits)) / 8;
    }
  }
  while (at < text.size() && !is_control(text[at])) ++at;
  return at;
}

std::optional<std::string_view> only(const Fields& fields, std::string_view name) {
  if (fields.count(name) != 1) return std::nullopt;
  return fields.first(name);
}

std::optional<Field> read_field(std::string_view line) noexcept {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return std::nullopt;
  return Field{.name = line.substr(0, colon), .value = trim(line.substr(colon + 1))};
}

}  // namespace culvert::http1

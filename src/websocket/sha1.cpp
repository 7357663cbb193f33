// SPDX-License-Identifier: Apache-2.0
#include "websocket/sha1.hpp"

#include <bit>
#include <cstddef>
#include <string>

namespace culvert::websocket {
namespace {

using Word = std::uint32_t;
constexpr std::size_t block_bytes = 64;

/// The text, a 1 bit, zeros, and its length in bits: whole blocks (RFC 3174 §4).
std::string padded(std::string_view text) {
  std::string out(text);
  out.push_back('\x80');
  while (out.size() % block_bytes != block_bytes - 8) out.push_back('\0');
  const auto bits = static_cast<std::uint64_t>(text.size()) * 8;
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(bits >> shift));
  return out;
}

Word word_at(std::string_view bytes) {
  Word word = 0;
  for (std::size_t i = 0; i < 4; ++i) word = word << 8 | static_cast<std::uint8_t>(bytes[i]);
  return word;
}

std::array<Word, 80> schedule(std::string_view block) {
  std::array<Word, 80> w{};
  for (std::size_t t = 0; t < 16; ++t) w[t] = word_at(block.substr(4 * t));
  for (std::size_t t = 16; t < 80; ++t) {
    w[t] = std::rotl(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
  }
  return w;
}

/// f(t; B, C, D) + K(t) (RFC 3174 §5)
Word mix(std::size_t t, Word b, Word c, Word d) {
  if (t < 20) return ((b & c) | (~b & d)) + 0x5a827999;
  if (t < 40) return (b ^ c ^ d) + 0x6ed9eba1;
  if (t < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
  return (b ^ c ^ d) + 0xca62c1d6;
}

using State = std::array<Word, 5>;

void add_block(State& state, std::string_view block) {
  auto [a, b, c, d, e] = state;
  const auto w = schedule(block);
  for (std::size_t t = 0; t < 80; ++t) {
    const Word next = std::rotl(a, 5) + mix(t, b, c, d) + e + w[t];
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  const State added{a, b, c, d, e};
  for (std::size_t i = 0; i < state.size(); ++i) state[i] += added[i];
}

}  // namespace

Sha1 sha1(std::string_view text) {
  State state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  const auto blocks = padded(text);
  for (std::size_t at = 0; at < blocks.size(); at += block_bytes) {
    add_block(state, std::string_view(blocks).substr(at, block_bytes));
  }
  Sha1 digest{};
  for (std::size_t i = 0; i < digest.size(); ++i) {
    digest[i] = static_cast<std::uint8_t>(state[i / 4] >> (24 - 8 * (i % 4)));
  }
  return digest;
}

}  // namespace culvert::websocket

// SPDX-License-Identifier: Apache-2.0
#include "support/pattern.hpp"

#include <algorithm>

namespace culvert::test {
namespace {

constexpr std::size_t piece_bytes = 64UL * 1024;

std::string read_piece(Peer& peer, std::size_t bytes) {
  return bytes == 0 ? peer.read_to_end() : peer.read_exactly(bytes);
}

}  // namespace

std::string pattern(std::uint64_t seed, std::size_t offset, std::size_t bytes) {
  std::string made(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) {
    // Each block of 8 bytes is its own number, mixed: no two blocks are the same.
    const std::uint64_t block = (seed + (offset + i) / 8) * 0x9e3779b97f4a7c15ULL;
    made[i] = static_cast<char>(block >> ((offset + i) % 8 * 8));
  }
  return made;
}

std::future<void> send_pattern(Peer& peer, std::uint64_t seed, std::size_t bytes) {
  return std::async(std::launch::async, [&peer, seed, bytes] {
    for (std::size_t sent = 0; sent < bytes; sent += piece_bytes) {
      peer.send(pattern(seed, sent, std::min(piece_bytes, bytes - sent)));
    }
    peer.finish();
  });
}

std::string read_pattern(Peer& peer, std::uint64_t seed, std::size_t bytes) {
  for (std::size_t got = 0; got < bytes;) {
    const auto want = std::min(piece_bytes, bytes - got);
    if (read_piece(peer, want) != pattern(seed, got, want)) {
      return "wrong bytes behind " + std::to_string(got);
    }
    got += want;
  }
  const auto more = read_piece(peer, 0);
  return more.empty() ? "" : std::to_string(more.size()) + " bytes too many";
}

}  // namespace culvert::test

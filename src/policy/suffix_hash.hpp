// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace culvert::policy {

/// A hash of bytes taken from the right end to the left, so that one pass over a host name has the
/// hash of what stands behind each of its dots.
///
/// A polynomial modulo 2^61 - 1 at a point that each process draws for itself (Carter and Wegman):
/// whoever writes a block list cannot know which names collide. A hash of whole words would be
/// quicker for one string, but starts anew for each suffix.
class SuffixHash {
 public:
  void take(char byte) {
    __extension__ using Wide = unsigned __int128;
    const auto product = Wide{state_} * secret_.point + static_cast<unsigned char>(byte) + 1;
    // Not reduced to the end: the point is below 2^58, so the state stays below 2^62.
    state_ =
        (static_cast<std::uint64_t>(product) & prime) + static_cast<std::uint64_t>(product >> 61U);
  }
  std::uint32_t tag() const { return static_cast<std::uint32_t>(state_ * secret_.spread >> 32U); }

  static std::uint32_t of(std::string_view bytes) {
    SuffixHash hash;
    for (auto at = bytes.size(); at-- > 0;) hash.take(bytes[at]);
    return hash.tag();
  }

 private:
  struct Secret {
    std::uint64_t point;
    std::uint64_t spread;  // odd
  };
  static Secret draw();
  static const Secret& secret() {
    static const Secret drawn = draw();
    return drawn;
  }
  static constexpr std::uint64_t prime = (std::uint64_t{1} << 61U) - 1;

  const Secret secret_ = secret();
  std::uint64_t state_ = 1;
};

}  // namespace culvert::policy

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace culvert::policy {

/// Many short byte strings (keys), each with a few bits (flags): what a HostSet keeps its patterns
/// in. All bytes of all keys stand in one block, and an open table of {hash, offset} leads there,
/// so a key costs its length, 2 bytes and some 11 to 21 bytes of the table. Keys are never taken
/// out.
class KeyTable {
 public:
  struct Entry {
    std::string_view key;
    std::uint8_t flags;
  };

  /// True when the key did not have the flag. `tag` is SuffixHash of the key, here and below; a key
  /// has at most 255 bytes. Throws std::length_error when all keys together pass 4 GiB.
  bool add(std::string_view key, std::uint32_t tag, std::uint8_t flag);
  /// The key's flags; 0 when it is not there.
  std::uint8_t flags(std::string_view key, std::uint32_t tag) const;
  /// To be called some time before flags(): a table of a million keys lies outside the caches, and
  /// several waits for memory at once take no longer than one.
  void prefetch(std::uint32_t tag) const {
    if (!slots_.empty()) __builtin_prefetch(&slots_[tag & (slots_.size() - 1)]);
  }

  /// Where each entry stands, in the order of the keys' bytes. For at().
  std::vector<std::uint32_t> in_order() const;
  /// The same in no order that means anything.
  std::vector<std::uint32_t> all() const;
  Entry at(std::uint32_t offset) const;

 private:
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t offset = 0;  // 0: the slot is empty
  };
  std::size_t slot_of(std::string_view key, std::uint32_t tag) const;
  void grow();
  std::uint32_t append(std::string_view key);

  // Each entry is a byte for the length, one for the flags, and the key. The first byte of all is
  // none's, so that no entry has the offset 0.
  std::vector<char> bytes_;
  std::vector<Slot> slots_;  // none, or a power of two of them
  std::size_t keys_ = 0;
};

}  // namespace culvert::policy

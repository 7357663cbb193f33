// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

#include <culvert/policy/key_table.hpp>

namespace culvert::policy {
namespace {

constexpr std::size_t first_slots = 8;
constexpr std::size_t entry_head_bytes = 2;  // length and flags

/// The first bytes of a key as a number that sorts like them, so that most comparisons need not
/// fetch the keys.
std::uint64_t leading(std::string_view key) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i) {
    number = number << 8U | (i < key.size() ? static_cast<unsigned char>(key[i]) : 0U);
  }
  return number;
}

}  // namespace

KeyTable::Entry KeyTable::at(std::uint32_t offset) const {
  const auto length = static_cast<unsigned char>(bytes_[offset]);
  return {.key = {&bytes_[offset + entry_head_bytes], length},
          .flags = static_cast<std::uint8_t>(bytes_[offset + 1])};
}

/// Where the key is, or the empty slot where it belongs.
std::size_t KeyTable::slot_of(std::string_view key, std::uint32_t tag) const {
  const auto last = slots_.size() - 1;
  auto slot = tag & last;
  while (slots_[slot].offset != 0 &&
         (slots_[slot].tag != tag || at(slots_[slot].offset).key != key)) {
    slot = (slot + 1) & last;
  }
  return slot;
}

std::uint8_t KeyTable::flags(std::string_view key, std::uint32_t tag) const {
  if (slots_.empty()) return 0;
  const auto offset = slots_[slot_of(key, tag)].offset;
  return offset == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(bytes_[offset + 1]);
}

bool KeyTable::add(std::string_view key, std::uint32_t tag, std::uint8_t flag) {
  if ((keys_ + 1) * 4 > slots_.size() * 3) grow();
  auto& slot = slots_[slot_of(key, tag)];
  if (slot.offset == 0) {
    slot = {.tag = tag, .offset = append(key)};
    ++keys_;
  }
  auto& flags = bytes_[slot.offset + 1];
  const auto before = flags;
  flags = static_cast<char>(flags | flag);
  return flags != before;
}

std::uint32_t KeyTable::append(std::string_view key) {
  if (bytes_.empty()) bytes_.push_back(0);
  const auto offset = bytes_.size();
  const auto needed = offset + entry_head_bytes + key.size();
  if (needed > std::numeric_limits<std::uint32_t>::max()) {
    throw std::length_error("more than 4 GiB of host names");
  }
  if (needed > bytes_.capacity()) bytes_.reserve(needed + needed / 4);
  bytes_.push_back(static_cast<char>(key.size()));
  bytes_.push_back(0);
  bytes_.insert(bytes_.end(), key.begin(), key.end());
  return static_cast<std::uint32_t>(offset);
}

/// The tags are enough to move: no key is read or hashed again.
void KeyTable::grow() {
  const auto old =
      std::exchange(slots_, std::vector<Slot>(std::max(first_slots, slots_.size() * 2)));
  const auto last = slots_.size() - 1;
  for (const auto& moved : old) {
    if (moved.offset == 0) continue;
    auto slot = moved.tag & last;
    while (slots_[slot].offset != 0) slot = (slot + 1) & last;
    slots_[slot] = moved;
  }
}

std::vector<std::uint32_t> KeyTable::all() const {
  std::vector<std::uint32_t> made;
  made.reserve(keys_);
  for (const auto& slot : slots_) {
    if (slot.offset != 0) made.push_back(slot.offset);
  }
  return made;
}

std::vector<std::uint32_t> KeyTable::in_order() const {
  struct Place {
    std::uint64_t leading;
    std::uint32_t offset;
  };
  std::vector<Place> places;
  places.reserve(keys_);
  for (const auto offset : all()) places.push_back({leading(at(offset).key), offset});
  std::ranges::sort(places, [this](const Place& a, const Place& b) {
    return a.leading != b.leading ? a.leading < b.leading : at(a.offset).key < at(b.offset).key;
  });
  std::vector<std::uint32_t> made;
  made.reserve(places.size());
  for (const auto& place : places) made.push_back(place.offset);
  return made;
}

}  // namespace culvert::policy

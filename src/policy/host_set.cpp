// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <ranges>
#include <span>

#include <culvert/policy/host_set.hpp>

#include "policy/suffix_hash.hpp"

namespace culvert::policy {
namespace {

// What stands at a key.
constexpr std::uint8_t exact = 1;
constexpr std::uint8_t below = 2;
constexpr std::uint8_t at_and_below = 4;
constexpr std::uint8_t network_here = 8;

constexpr std::uint8_t matches_itself = exact | at_and_below;
constexpr std::uint8_t matches_below = below | at_and_below;

/// As many as fit into 253 bytes.
constexpr std::size_t most_labels_of_a_host = 127;

/// A network as a key: a byte that no name has, the prefix length, and the address up to there.
class NetworkKey {
 public:
  NetworkKey(const Address& address, unsigned prefix_bits) {
    const auto bytes = address.bytes();
    bytes_[1] = static_cast<char>(prefix_bits);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const auto kept =
          std::clamp<int>(static_cast<int>(prefix_bits) - static_cast<int>(8 * i), 0, 8);
      bytes_[2 + i] = static_cast<char>(bytes[i] & (0xff00U >> static_cast<unsigned>(kept)));
    }
    size_ = 2 + bytes.size();
  }
  std::string_view text() const { return {bytes_.data(), size_}; }

  static Network read(std::string_view key) {
    const unsigned prefix_bits = static_cast<unsigned char>(key[1]);
    Address::Bytes16 bytes{};
    std::ranges::transform(key.substr(2), bytes.begin(),
                           [](char c) { return static_cast<std::uint8_t>(c); });
    if (key.size() == 2 + bytes.size()) return {Address::v6(bytes), prefix_bits};
    std::uint32_t number = 0;
    for (const auto byte : std::span(bytes).first(4)) number = number << 8U | byte;
    return {Address::v4(number), prefix_bits};
  }

 private:
  std::array<char, 18> bytes_{'/'};
  std::size_t size_;
};

/// What a name ends in, behind one of its dots or from its beginning.
struct Suffix {
  std::uint32_t tag;
  std::uint8_t begin;
};

/// The suffixes of a name that have at most so many labels, the shortest first.
class Suffixes {
 public:
  Suffixes(std::string_view name, std::size_t most_labels, const KeyTable& keys) {
    SuffixHash hash;
    for (auto at = name.size(); at-- > 0; hash.take(name[at])) {
      if (name[at] != '.') continue;
      add(hash.tag(), at + 1, keys);
      if (count_ == most_labels) return;
    }
    add(hash.tag(), 0, keys);
  }
  std::span<const Suffix> all() const { return std::span(found_).first(count_); }

 private:
  void add(std::uint32_t tag, std::size_t begin, const KeyTable& keys) {
    keys.prefetch(tag);
    found_[count_++] = {.tag = tag, .begin = static_cast<std::uint8_t>(begin)};
  }
  std::array<Suffix, most_labels_of_a_host + 1> found_;  // not set beyond the count
  std::size_t count_ = 0;
};

std::string text_of(std::string_view name, std::uint8_t flag) {
  if (flag == below) return "*." + std::string(name);
  return (flag == at_and_below ? "." : "") + std::string(name);
}

std::string_view parent_of(std::string_view name) {
  const auto dot = name.find('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
}

}  // namespace

void HostSet::add(const HostPattern& pattern) {
  if (const auto* name = pattern.name()) {
    add_name(*name);
  } else {
    add_network(*pattern.network());
  }
}

void HostSet::add_name(const HostPattern::Name& name) {
  const auto put = [this, &name](std::uint8_t flag) {
    if (keys_.add(name.name, SuffixHash::of(name.name), flag)) ++size_;
    const auto labels = std::ranges::count(name.name, '.') + 1;
    most_labels_ = std::max(most_labels_, static_cast<std::uint8_t>(labels));
  };
  switch (name.reach) {
    case HostPattern::Reach::exact: return put(exact);
    case HostPattern::Reach::below: return put(below);
    case HostPattern::Reach::at_and_below: return put(at_and_below);
    case HostPattern::Reach::all:
      if (!all_) ++size_;
      all_ = true;
  }
}

void HostSet::add_network(const Network& network) {
  const NetworkKey key(network.address(), network.prefix_bits());
  if (keys_.add(key.text(), SuffixHash::of(key.text()), network_here)) ++size_;
  if (network.address().is_v4()) {
    v4_lengths_.set(network.prefix_bits());
  } else {
    v6_lengths_.set(network.prefix_bits());
  }
}

void HostSet::add(const HostSet& others) {
  for (const auto offset : others.keys_.all()) {
    const auto [key, flags] = others.keys_.at(offset);
    const auto tag = SuffixHash::of(key);
    for (const auto flag : {exact, below, at_and_below, network_here}) {
      if ((flags & flag) != 0 && keys_.add(key, tag, flag)) ++size_;
    }
  }
  if (others.all_ && !all_) ++size_;
  all_ = all_ || others.all_;
  most_labels_ = std::max(most_labels_, others.most_labels_);
  v4_lengths_ |= others.v4_lengths_;
  v6_lengths_ |= others.v6_lengths_;
}

/// The longest suffix of `name` that a pattern matches it by. `for_whole`: the flags that count
/// where the suffix is all of it.
std::optional<HostSet::Hit> HostSet::longest(std::string_view name, std::uint8_t for_whole) const {
  if (most_labels_ == 0) return std::nullopt;
  const Suffixes suffixes(name, most_labels_, keys_);
  for (const auto& [tag, begin] : std::views::reverse(suffixes.all())) {
    const auto candidate = name.substr(begin);
    const auto wanted = begin == 0 ? for_whole : matches_below;
    const auto flags = static_cast<std::uint8_t>(keys_.flags(candidate, tag) & wanted);
    if (flags != 0) return Hit{.name = candidate, .flags = flags};
  }
  return std::nullopt;
}

/// The smallest network that holds the address, with a prefix that is not longer than so much.
std::optional<Network> HostSet::smallest(const Address& address, unsigned longest_prefix) const {
  const auto has = [&](unsigned length) {
    return address.is_v4() ? v4_lengths_.test(length) : v6_lengths_.test(length);
  };
  if (address.is_v4() ? v4_lengths_.none() : v6_lengths_.none()) return std::nullopt;
  for (auto length = longest_prefix + 1; length-- > 0;) {
    if (!has(length)) continue;
    const NetworkKey key(address, length);
    if (keys_.flags(key.text(), SuffixHash::of(key.text())) != 0) {
      return NetworkKey::read(key.text());
    }
  }
  return std::nullopt;
}

bool HostSet::matches(const Host& host) const {
  if (all_) return true;
  if (host.is_address()) return matches(host.address());
  return longest(host.name(), matches_itself).has_value();
}

bool HostSet::matches(const Address& address) const {
  return smallest(address, address.is_v4() ? 32 : 128).has_value();
}

std::optional<std::string> HostSet::matching(const Host& host) const {
  if (host.is_address()) {
    const auto network = smallest(host.address(), host.address().is_v4() ? 32 : 128);
    if (network) return network->text();
  } else if (const auto hit = longest(host.name(), matches_itself)) {
    for (const auto flag : {exact, below, at_and_below}) {
      if ((hit->flags & flag) != 0) return text_of(hit->name, flag);
    }
  }
  return all_ ? std::optional<std::string>("*") : std::nullopt;
}

bool HostSet::covers(const KeyTable::Entry& entry) const {
  if ((entry.flags & network_here) != 0) {
    const auto network = NetworkKey::read(entry.key);
    return smallest(network.address(), network.prefix_bits()).has_value();
  }
  const auto& [name, flags] = entry;
  const auto here = keys_.flags(name, SuffixHash::of(name));
  const auto parent = parent_of(name);
  const bool from_above = !parent.empty() && longest(parent, matches_below).has_value();
  const bool has_itself = from_above || (here & matches_itself) != 0;
  const bool has_below = from_above || (here & matches_below) != 0;
  return (has_itself || (flags & matches_itself) == 0) &&
         (has_below || (flags & matches_below) == 0);
}

bool HostSet::covers(const HostSet& other) const {
  if (all_ || this == &other) return true;
  if (other.all_) return false;
  return std::ranges::all_of(other.keys_.all(),
                             [&](std::uint32_t offset) { return covers(other.keys_.at(offset)); });
}

void HostSet::each_in_order(const std::function<void(std::string_view)>& sink) const {
  if (all_) sink("*");
  for (const auto offset : keys_.in_order()) {
    const auto [key, flags] = keys_.at(offset);
    if ((flags & network_here) != 0) sink(NetworkKey::read(key).text());
    for (const auto flag : {exact, below, at_and_below}) {
      if ((flags & flag) != 0) sink(text_of(key, flag));
    }
  }
}

}  // namespace culvert::policy

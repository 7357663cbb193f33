// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <culvert/policy/host_pattern.hpp>
#include <culvert/policy/key_table.hpp>

namespace culvert::policy {

/// Many host patterns as one: whether a host is matched by any of them. A set of a million names
/// answers in about the time of one of ten, and takes some 50 bytes a name.
///
/// Names and networks are keys of one hash table. A host name is looked up whole and from behind
/// each of its dots, so the cost is that of its labels, at most as many as the longest pattern has;
/// an address is looked up once for each prefix length that occurs. The alternatives: a trie of
/// labels needs a step to another place in memory for each label, and several times the room;
/// sorted vectors need 20 such steps, and sorting before the first use; a Bloom filter in front
/// would save little more, since names that are not there already end at the table.
///
/// What is added is there at once. Reading from many threads is safe while nobody adds.
class HostSet {
 public:
  HostSet() = default;
  explicit HostSet(const std::vector<HostPattern>& patterns) {
    for (const auto& pattern : patterns) add(pattern);
  }

  /// A pattern that is there already is not kept twice. `example.com`, `*.example.com` and
  /// `.example.com` are three patterns. Throws std::length_error when the names of one set pass
  /// 4 GiB.
  void add(const HostPattern& pattern);
  /// All patterns of another set.
  void add(const HostSet& others);

  bool matches(const Host& host) const;
  /// Only networks match here; names and `*` do not.
  bool matches(const Address& address) const;
  /// The pattern that matches, for people: the most specific one. That is the name itself, then
  /// the longest suffix, `*.x` before `.x`; of networks the smallest; `*` after all others. nullopt
  /// when none matches.
  std::optional<std::string> matching(const Host& host) const;

  bool empty() const { return size() == 0; }
  std::size_t size() const { return size_; }
  /// True when a network is among them.
  bool has_networks() const { return v4_lengths_.any() || v6_lengths_.any(); }
  /// True when every host that `other` matches is matched by this. May be false where it takes
  /// several networks together to cover one.
  bool covers(const HostSet& other) const;
  /// Each pattern's text once, in an order that does not depend on how they were added.
  void each_in_order(const std::function<void(std::string_view)>& sink) const;

 private:
  /// A suffix of a name that is there, and its flags.
  struct Hit {
    std::string_view name;
    std::uint8_t flags;
  };
  std::optional<Hit> longest(std::string_view name, std::uint8_t for_whole) const;
  std::optional<Network> smallest(const Address& address, unsigned longest_prefix) const;
  bool covers(const KeyTable::Entry& entry) const;
  void add_name(const HostPattern::Name& name);
  void add_network(const Network& network);

  KeyTable keys_;
  std::size_t size_ = 0;
  bool all_ = false;              // `*`
  std::uint8_t most_labels_ = 0;  // of a name among the keys
  // The prefix lengths that occur.
  std::bitset<33> v4_lengths_;
  std::bitset<129> v6_lengths_;
};

}  // namespace culvert::policy

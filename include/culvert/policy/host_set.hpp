// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <culvert/policy/host_pattern.hpp>

namespace culvert::policy {

/// Many host patterns as one: whether a host is matched by any of them.
class HostSet {
 public:
  HostSet() = default;
  explicit HostSet(const std::vector<HostPattern>& patterns) {
    for (const auto& pattern : patterns) add(pattern);
  }

  /// A pattern that is there already is not kept twice.
  void add(const HostPattern& pattern);

  bool matches(const Host& host) const;
  /// Only networks match here; names and `*` do not.
  bool matches(const Address& address) const;
  /// The pattern that matches, for people: the most specific one. nullopt when none does.
  std::optional<std::string> matching(const Host& host) const;

  bool empty() const { return size() == 0; }
  std::size_t size() const;
  /// True when a network is among them.
  bool has_networks() const;
  /// True when every host that `other` matches is matched by this. May be false where it takes
  /// several patterns together to cover one.
  bool covers(const HostSet& other) const;
  /// Each pattern's text once, in an order that does not depend on how they were added.
  void each_in_order(const std::function<void(std::string_view)>& sink) const;

 private:
  std::vector<HostPattern> patterns_;
};

}  // namespace culvert::policy

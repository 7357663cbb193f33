// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <culvert/address.hpp>
#include <culvert/result.hpp>

#include "net/wheel.hpp"

namespace culvert::dns {

/// What a look-up comes to: at least one address, or why there is none.
using Answer = Result<std::vector<Address>>;

/// Answers, good and bad, each until its time. Bounded: when it is full, the one that was not
/// asked for the longest goes. Time is an argument.
class Cache {
 public:
  /// Holds at most so many names; 0 holds none.
  explicit Cache(std::size_t max_entries) : max_entries_(max_entries) {}

  /// The answer for a name, or null. The pointer holds until the next keep().
  const Answer* find(std::string_view name, net::TimePoint now);
  /// Keeps an answer, in place of an older one, for all times before `until`.
  void keep(std::string_view name, Answer answer, net::TimePoint until);

  std::size_t size() const noexcept { return by_name_.size(); }

 private:
  struct Entry {
    std::string name;
    Answer answer;
    net::TimePoint until;
  };
  using Entries = std::list<Entry>;  // the one asked for last is first

  void drop(Entries::iterator entry);

  std::size_t max_entries_;
  Entries entries_;
  std::unordered_map<std::string_view, Entries::iterator> by_name_;  // keys live in entries_
};

}  // namespace culvert::dns

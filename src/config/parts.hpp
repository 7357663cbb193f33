// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/draft.hpp"
#include "config/value.hpp"

namespace culvert::config {

/// A key of a table that may stand many times, such as `[[rule]]`: one row, like Key.
template <class T>
struct Part {
  std::string_view name;
  void (*read)(const Value& value, const std::string& key, T& into, Draft& draft);
  std::string_view help;  ///< as in Key
};

/// Says that nothing of this name stands in a table that takes `names`, and what was likely meant.
void unknown_key(const Place& place, const std::string& key, std::string_view name,
                 std::span<const std::string_view> names, Draft& draft);

/// Reads each key of a table whose dotted name is `prefix` with the row of its name.
template <class T>
void read_parts(std::span<const Part<T>> parts, const Table& table, const std::string& prefix,
                T& into, Draft& draft) {
  for (const auto& entry : table) {
    const auto key = prefix + "." + entry.key;
    const auto part = std::ranges::find(parts, entry.key, &Part<T>::name);
    if (part != parts.end()) {
      part->read(entry.value, key, into, draft);
      continue;
    }
    std::vector<std::string_view> names;
    for (const auto& known : parts) names.push_back(known.name);
    unknown_key(entry.place, key, entry.key, names, draft);
  }
}

/// A table of an array of tables, with its dotted name: "rule[2]".
struct Element {
  const Table& table;
  Place place;
  std::string key;
};

/// The tables of `[[name]]`. What is none is a mistake.
std::vector<Element> elements(const Value& value, const std::string& name, Draft& draft);

Read<bool> read_bool(const Value& value);

/// Reads one of a few words.
Read<std::string> read_choice(const Value& value, std::span<const std::string_view> words);

enum class MayBeEmpty : bool { no, yes };

/// The entries of a list, or none and a mistake. An empty list is a mistake where no entry at all
/// would mean "all", since whoever writes [] hardly means that.
const List& entries(const Value& value, const std::string& key, Draft& draft, MayBeEmpty empty);

/// Reads a list. Each entry that is wrong is a mistake of its own.
template <class T>
std::vector<T> read_list(const Value& value, const std::string& key, Draft& draft, MayBeEmpty empty,
                         Read<T> (*read)(const Value&)) {
  std::vector<T> made;
  for (const auto& entry : entries(value, key, draft, empty)) {
    auto one = read(entry);
    if (one) {
      made.push_back(*std::move(one));
    } else {
      draft.mistakes.add(entry.place, key, one.error());
    }
  }
  return made;
}

}  // namespace culvert::config

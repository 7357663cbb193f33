// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace culvert::config {

/// Where something was written: a file's name with line and column from 1, or the name of a
/// variable or flag with neither. The source's name must outlive the place.
struct Place {
  std::string_view source;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

struct Value;
struct Entry;
using List = std::vector<Value>;
using Table = std::vector<Entry>;  ///< in the order of the file; each key once
/// A float, date or time: TOML has them, no key of ours takes one.
struct Other {
  std::string_view kind;
};

/// A value as it was written, before anybody asks what it should be.
struct Value {
  std::variant<bool, std::int64_t, std::string, List, Table, Other> what;
  Place place;
};

struct Entry {
  std::string key;
  Place place;
  Value value;
};

/// The value of a key, or null when the table does not have it.
const Value* find(const Table& table, std::string_view key);

/// A thing read from a value, or what is wrong with the value and what would be right.
template <class T>
using Read = std::expected<T, std::string>;

/// In quotes, and cut short when long.
std::string quoted(std::string_view text);
/// For "wants a duration, not ...": the value itself when it is short, else its kind.
std::string described(const Value& value);
/// The failing side of a Read: `wants a list, not "10s"`.
std::unexpected<std::string> wants(std::string_view wanted, const Value& value);

}  // namespace culvert::config

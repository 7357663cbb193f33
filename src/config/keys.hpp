// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/draft.hpp"
#include "config/number.hpp"

/// Each key that stands once in a configuration is one row of a table. The row drives the reading
/// of the file, the overrides, the names that a slip is compared with, and the test that holds
/// etc/culvert.toml to the truth. Its default is the initializer of the member that it sets.
///
/// The keys of `[[listen]]` and `[[rule]]` are rows as well (parts.hpp), with a reader in place of
/// a form, since they set no member of the Config.
namespace culvert::config {

/// A length of time (duration.hpp). Only a key that may be off takes 0.
struct Duration {
  milliseconds& (*at)(Draft&);
  bool may_be_off = false;
};
/// A whole number.
template <class T>
struct Count {
  T& (*at)(Draft&);
  Range range;
};
/// A number of bytes.
struct Size {
  std::size_t& (*at)(Draft&);
  Range range;
};
/// true or false.
struct Flag {
  bool& (*at)(Draft&);
};
/// Text of a certain shape.
struct Text {
  std::string& (*at)(Draft&);
  bool (*fits)(std::string_view text);
  std::string_view wanted;
};
/// One of a few words.
struct Choice {
  std::string& (*at)(Draft&);
  std::span<const std::string_view> words;
};
/// A list of name servers.
struct Servers {
  std::vector<Endpoint>& (*at)(Draft&);
};
using Form =
    std::variant<Duration, Count<unsigned>, Count<std::size_t>, Size, Flag, Text, Choice, Servers>;

struct Key {
  std::string_view name;  ///< dotted
  Form form;
  std::string_view help;  ///< one line; it stands above the key in etc/culvert.toml
};

std::span<const Key> keys();

/// The row of a dotted name, or null.
const Key* find_key(std::string_view name);

/// RFC 9110 §5.6.2.
bool is_token(std::string_view text);

/// Reads the value that a key takes into its place, or adds a mistake.
void set(const Key& key, const Value& value, Draft& draft);

}  // namespace culvert::config

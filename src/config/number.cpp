// SPDX-License-Identifier: Apache-2.0
#include "config/number.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace culvert::config {
namespace {

struct Unit {
  std::string_view name;
  std::size_t bytes;
};
constexpr Unit units[] = {{"GiB", 1UL << 30}, {"MiB", 1UL << 20}, {"KiB", 1UL << 10}, {"B", 1}};

bool lies_in(std::size_t number, Range range) {
  return number >= range.least && number <= range.most;
}

/// A negative number is beyond every range, like one that is too large.
std::size_t bounded(std::int64_t number) {
  return number < 0 ? std::numeric_limits<std::size_t>::max() : static_cast<std::size_t>(number);
}

Read<std::size_t> parse_size(std::string_view text) {
  std::size_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit_name(read.ptr, text.data() + text.size());
  const auto* unit = std::ranges::find(units, unit_name, &Unit::name);
  if (read.ptr == text.data() || unit == std::end(units)) {
    return std::unexpected(quoted(text) + " is no size; write a whole number with B, KiB, MiB or " +
                           "GiB, such as \"64KiB\"");
  }
  constexpr auto largest = std::numeric_limits<std::size_t>::max();
  if (read.ec != std::errc() || number > largest / unit->bytes) return largest;
  return number * unit->bytes;
}

}  // namespace

Read<std::size_t> read_count(const Value& value, Range range) {
  const auto wanted =
      "a whole number from " + std::to_string(range.least) + " to " + std::to_string(range.most);
  const auto* number = std::get_if<std::int64_t>(&value.what);
  if (number == nullptr || !lies_in(bounded(*number), range)) return wants(wanted, value);
  return static_cast<std::size_t>(*number);
}

Read<std::size_t> read_size(const Value& value, Range range) {
  Read<std::size_t> read;
  if (const auto* text = std::get_if<std::string>(&value.what)) {
    read = parse_size(*text);
  } else if (const auto* number = std::get_if<std::int64_t>(&value.what)) {
    read = bounded(*number);
  } else {
    return wants("a size such as \"64KiB\"", value);
  }
  if (read && !lies_in(*read, range)) {
    return wants("a size from " + size_text(range.least) + " to " + size_text(range.most), value);
  }
  return read;
}

std::string size_text(std::size_t bytes) {
  for (const auto& unit : units) {
    if (bytes != 0 && bytes % unit.bytes == 0) {
      return std::to_string(bytes / unit.bytes) + std::string(unit.name);
    }
  }
  return "0B";
}

}  // namespace culvert::config

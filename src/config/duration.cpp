// SPDX-License-Identifier: Apache-2.0
#include "config/duration.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>

namespace culvert::config {
namespace {

using std::chrono::milliseconds;

struct Unit {
  std::string_view name;
  std::uint64_t ms;
};
constexpr Unit units[] = {
    {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}};
constexpr std::uint64_t longest_ms = 365 * units[0].ms;

std::string no_duration(std::string_view text) {
  return quoted(text) + " is no duration; write whole numbers with units, such as \"10s\", " +
         "\"1h30m\" or \"500ms\"";
}

/// Takes the digits at the front of `text`; a number that is too large becomes longest_ms + 1.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto length = static_cast<std::size_t>(read.ptr - text.data());
  if (length == 0) return std::nullopt;
  text.remove_prefix(length);
  return read.ec == std::errc() ? std::min(number, longest_ms + 1) : longest_ms + 1;
}

/// Takes the unit at the front of `text`, and of `left` what is larger or the same.
std::optional<Unit> take_unit(std::string_view& text, std::span<const Unit>& left) {
  const auto name = text.substr(0, text.find_first_of("0123456789"));
  const auto unit = std::ranges::find(left, name, &Unit::name);
  if (unit == left.end()) return std::nullopt;
  text.remove_prefix(name.size());
  left = {unit + 1, left.end()};
  return *unit;
}

Read<milliseconds> parse(std::string_view text) {
  auto rest = text;
  std::span<const Unit> left = units;
  std::uint64_t total = 0;
  while (!rest.empty()) {
    const auto number = take_number(rest);
    if (!number) return std::unexpected(no_duration(text));
    if (rest.empty()) {
      return std::unexpected(quoted(text) + " has no unit; write \"" + std::string(text) + "s\"");
    }
    const auto unit = take_unit(rest, left);
    if (!unit) return std::unexpected(no_duration(text));
    // Both factors are bounded, so neither product nor sum can overflow.
    total = std::min(total + *number * unit->ms, longest_ms + 1);
  }
  if (total > longest_ms) return std::unexpected(quoted(text) + " is too long; 365d at most");
  return milliseconds(total);
}

Read<milliseconds> parse_number(std::int64_t number) {
  if (number == 0) return milliseconds(0);
  if (number < 0) return std::unexpected("a duration is not negative; write \"10s\"");
  const auto text = std::to_string(number);
  return std::unexpected(text + " has no unit; write \"" + text + "s\"");
}

Read<milliseconds> parse_value(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value.what)) return parse_number(*number);
  const auto* text = std::get_if<std::string>(&value.what);
  if (text == nullptr) return wants("a duration such as \"10s\" or \"1h30m\"", value);
  if (*text == "off" || *text == "0") return milliseconds(0);
  if (text->empty()) return std::unexpected("is empty; write a duration such as \"10s\"");
  return parse(*text);
}

}  // namespace

Read<milliseconds> read_duration(const Value& value, bool may_be_off) {
  auto read = parse_value(value);
  if (read && read->count() == 0 && !may_be_off) {
    return std::unexpected("must be more than 0 and cannot be off; write \"1s\" or more");
  }
  return read;
}

}  // namespace culvert::config

// SPDX-License-Identifier: Apache-2.0
#include "config/value.hpp"

#include <algorithm>

namespace culvert::config {
namespace {

constexpr std::size_t longest_quote = 60;

struct Describe {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(const std::string& value) const { return quoted(value); }
  std::string operator()(const List& /*value*/) const { return "a list"; }
  std::string operator()(const Table& /*value*/) const { return "a table"; }
  std::string operator()(const Other& value) const { return std::string(value.kind); }
};

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80;  // RFC 3629 §3
}

}  // namespace

const Value* find(const Table& table, std::string_view key) {
  const auto entry = std::ranges::find(table, key, &Entry::key);
  return entry == table.end() ? nullptr : &entry->value;
}

std::string quoted(std::string_view text) {
  if (text.size() <= longest_quote) return '"' + std::string(text) + '"';
  auto end = longest_quote;
  while (end > 0 && continues_character(text[end])) --end;
  return '"' + std::string(text.substr(0, end)) + "...\"";
}

std::string described(const Value& value) {
  return std::visit(Describe{}, value.what);
}

std::unexpected<std::string> wants(std::string_view wanted, const Value& value) {
  return std::unexpected("wants " + std::string(wanted) + ", not " + described(value));
}

}  // namespace culvert::config

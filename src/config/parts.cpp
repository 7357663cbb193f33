// SPDX-License-Identifier: Apache-2.0
#include "config/parts.hpp"

#include "config/keys.hpp"
#include "config/listeners.hpp"
#include "config/near.hpp"
#include "config/rules.hpp"

namespace culvert::config {
namespace {

template <class T>
bool has(std::span<const Part<T>> parts, std::string_view name) {
  return std::ranges::find(parts, name, &Part<T>::name) != parts.end();
}

/// "in [timeouts]", when a key of exactly this name stands elsewhere; else empty.
std::string elsewhere(std::string_view name) {
  for (const auto& key : keys()) {
    const auto dot = key.name.rfind('.');
    if (key.name.substr(dot + 1) != name) continue;
    if (dot == std::string_view::npos) return "at the top, before the first [section]";
    return "in [" + std::string(key.name.substr(0, dot)) + "]";
  }
  if (has(listen_parts(), name)) return "in [[listen]]";
  if (has(rule_parts(), name)) return "in [[rule]]";
  return {};
}

std::string joined(std::span<const std::string_view> names) {
  std::string made;
  for (const auto name : names) made += (made.empty() ? "" : ", ") + std::string(name);
  return made;
}

}  // namespace

void unknown_key(const Place& place, const std::string& key, std::string_view name,
                 std::span<const std::string_view> names, Draft& draft) {
  const auto near = nearest(name, names);
  const auto where = elsewhere(name);
  auto what = "unknown key; known here: " + joined(names);
  if (!near.empty()) {
    what = "unknown key; did you mean " + quoted(near) + "?";
  } else if (!where.empty()) {
    what = "unknown key; " + quoted(name) + " stands " + where;
  }
  draft.mistakes.add(place, key, what);
}

std::vector<Element> elements(const Value& value, const std::string& name, Draft& draft) {
  const auto* list = std::get_if<List>(&value.what);
  if (list == nullptr) {
    draft.mistakes.add(value.place, name,
                       "wants tables, each under a line [[" + name + "]], not " + described(value));
    return {};
  }
  std::vector<Element> made;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto& entry = (*list)[i];
    auto key = name + "[" + std::to_string(i + 1) + "]";
    if (const auto* table = std::get_if<Table>(&entry.what)) {
      made.push_back({.table = *table, .place = entry.place, .key = std::move(key)});
    } else {
      draft.mistakes.add(entry.place, key,
                         "wants a table under a line [[" + name + "]], not " + described(entry));
    }
  }
  return made;
}

const List& entries(const Value& value, const std::string& key, Draft& draft, MayBeEmpty empty) {
  static const List none;
  const auto* list = std::get_if<List>(&value.what);
  if (list == nullptr) {
    const auto* text = std::get_if<std::string>(&value.what);
    const auto hint = text == nullptr ? std::string() : "; write [" + quoted(*text) + "]";
    draft.mistakes.add(value.place, key, "wants a list, not " + described(value) + hint);
    return none;
  }
  if (list->empty() && empty == MayBeEmpty::no) {
    draft.mistakes.add(
        value.place, key,
        "is an empty list, which would match nothing; list something, or leave the key out");
  }
  return *list;
}

}  // namespace culvert::config

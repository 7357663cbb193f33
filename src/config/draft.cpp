// SPDX-License-Identifier: Apache-2.0
#include "config/draft.hpp"

#include <algorithm>
#include <tuple>

namespace culvert::config {

namespace {

/// By line and column; what has none comes last.
auto order(const Mistake& mistake) {
  return std::tuple(mistake.line == 0, mistake.line, mistake.column);
}

}  // namespace

void Mistakes::add(const Place& place, std::string key, std::string what) {
  add({.file = std::string(place.source),
       .line = place.line,
       .column = place.column,
       .key = std::move(key),
       .what = std::move(what)});
}

void Mistakes::add(Mistake mistake) {
  const auto behind = std::ranges::upper_bound(found_, order(mistake), {}, order);
  found_.insert(behind, std::move(mistake));
}

bool Mistakes::about(std::string_view key) const {
  const bool prefix = key.ends_with('.') || key.ends_with('[');
  return std::ranges::any_of(found_, [key, prefix](const Mistake& mistake) {
    return prefix ? mistake.key.starts_with(key) : mistake.key == key;
  });
}

}  // namespace culvert::config

// SPDX-License-Identifier: Apache-2.0
#include "proxy/origin_versions.hpp"

#include <iterator>

namespace culvert::proxy {

std::optional<Speaks> OriginVersions::of(const Authority& origin, net::TimePoint now) {
  const auto found = by_name_.find(origin.text());
  if (found == by_name_.end()) return std::nullopt;
  const auto entry = found->second;
  if (entry->until <= now) {
    drop(entry);
    return std::nullopt;
  }
  entries_.splice(entries_.begin(), entries_, entry);
  return entry->what;
}

void OriginVersions::learn(const Authority& origin, Speaks what, net::TimePoint until) {
  forget(origin);
  if (entries_.size() == most) drop(std::prev(entries_.end()));
  entries_.push_front({.name = origin.text(), .what = what, .until = until});
  by_name_.emplace(entries_.front().name, entries_.begin());
}

void OriginVersions::forget(const Authority& origin) {
  if (const auto found = by_name_.find(origin.text()); found != by_name_.end()) drop(found->second);
}

void OriginVersions::forget_all() {
  by_name_.clear();
  entries_.clear();
}

void OriginVersions::drop(Entries::iterator entry) {
  by_name_.erase(entry->name);
  entries_.erase(entry);
}

}  // namespace culvert::proxy

// SPDX-License-Identifier: Apache-2.0
#include "dns/cache.hpp"

namespace culvert::dns {

const Answer* Cache::find(std::string_view name, net::TimePoint now) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return nullptr;
  const auto entry = found->second;
  if (entry->until <= now) {
    drop(entry);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, entry);
  return &entry->answer;
}

void Cache::keep(std::string_view name, Answer answer, net::TimePoint until) {
  if (max_entries_ == 0) return;
  if (const auto found = by_name_.find(name); found != by_name_.end()) drop(found->second);
  if (entries_.size() == max_entries_) drop(std::prev(entries_.end()));
  entries_.push_front({.name = std::string(name), .answer = std::move(answer), .until = until});
  by_name_.emplace(entries_.front().name, entries_.begin());
}

void Cache::drop(Entries::iterator entry) {
  by_name_.erase(entry->name);
  entries_.erase(entry);
}

}  // namespace culvert::dns

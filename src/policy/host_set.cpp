// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <culvert/policy/host_set.hpp>

namespace culvert::policy {

void HostSet::add(const HostPattern& pattern) {
  const auto text = pattern.text();
  if (std::ranges::find(patterns_, text, &HostPattern::text) == patterns_.end()) {
    patterns_.push_back(pattern);
  }
}

bool HostSet::matches(const Host& host) const {
  return std::ranges::any_of(patterns_, [&](const auto& pattern) { return pattern.matches(host); });
}

bool HostSet::matches(const Address& address) const {
  return std::ranges::any_of(patterns_,
                             [&](const auto& pattern) { return pattern.matches(address); });
}

std::optional<std::string> HostSet::matching(const Host& host) const {
  for (const auto& pattern : patterns_) {
    if (pattern.matches(host)) return pattern.text();
  }
  return std::nullopt;
}

std::size_t HostSet::size() const {
  return patterns_.size();
}

bool HostSet::has_networks() const {
  return std::ranges::any_of(patterns_,
                             [](const auto& pattern) { return pattern.network() != nullptr; });
}

bool HostSet::covers(const HostSet& other) const {
  return std::ranges::all_of(other.patterns_, [&](const auto& theirs) {
    return std::ranges::any_of(patterns_,
                               [&](const auto& ours) { return ours.text() == theirs.text(); });
  });
}

void HostSet::each_in_order(const std::function<void(std::string_view)>& sink) const {
  std::vector<std::string> texts;
  for (const auto& pattern : patterns_) texts.push_back(pattern.text());
  std::ranges::sort(texts);
  for (const auto& text : texts) sink(text);
}

}  // namespace culvert::policy

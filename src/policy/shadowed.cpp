// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <culvert/policy.hpp>

namespace culvert::policy {
namespace {

bool matches_all(const Rule& rule) {
  return rule.hosts.empty() && rule.ports.empty() && rule.clients.empty() && !rule.asks_user() &&
         rule.methods.empty() && rule.schemes.empty() && rule.hours.always();
}

}  // namespace

std::vector<Shadowed> shadowed_rules(const Policy& policy) {
  std::vector<Shadowed> made;
  const auto& rules = policy.rules();
  const auto all =
      static_cast<std::size_t>(std::ranges::find_if(rules, matches_all) - rules.begin());
  for (auto rule = all + 1; rule < rules.size(); ++rule) made.push_back({.rule = rule, .by = all});
  return made;
}

}  // namespace culvert::policy

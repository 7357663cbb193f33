// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <culvert/policy.hpp>

#include "policy/fit.hpp"

namespace culvert::policy {
namespace {

bool may_be_private(const Rule& rule, const Address& address) {
  return rule.all_private ||
         std::ranges::any_of(rule.private_networks, [&address](const Network& network) {
           return network.contains(address);
         });
}

/// A block of all addresses selects nobody.
bool is_everyone(const Network& network) {
  return network.prefix_bits() == 0;
}

bool allows_everyone(const Rule& rule) {
  return rule.action == Action::allow && !rule.asks_user() &&
         (rule.clients.empty() || std::ranges::any_of(rule.clients, is_everyone));
}

}  // namespace

Policy Policy::built_in() {
  Rule rule;
  rule.name = "public";
  rule.ports = {
      {.first = 80, .last = 80}, {.first = 443, .last = 443}, {.first = 1024, .last = 65535}};
  rule.tunnel = {Speech::any};
  rule.sni = Sni::off;
  return {{std::move(rule)}, Action::deny};
}

Verdict Policy::decide(const Question& question) const {
  for (const auto& rule : rules_) {
    const auto tried = fit(rule, question);
    if (tried.miss) continue;
    const bool allowed = rule.action == Action::allow && !tried.wants_user;
    return {.allowed = allowed, .rule = &rule, .wants_user = tried.wants_user};
  }
  return {.allowed = default_ == Action::allow, .rule = nullptr};
}

std::vector<Miss> Policy::missed(const Question& question) const {
  std::vector<Miss> made;
  for (const auto& rule : rules_) {
    const auto tried = fit(rule, question);
    if (!tried.miss) break;
    made.push_back({.rule = &rule, .by = *tried.miss});
  }
  return made;
}

Verdict Policy::permits(const Question& question, const Verdict& verdict,
                        const Address& address) const {
  for (const auto& rule : rules_) {
    if (&rule == verdict.rule) break;
    if (rule.action != Action::deny) continue;
    const auto tried = fit(rule, question, &address);
    if (!tried.miss) return {.allowed = false, .rule = &rule, .wants_user = tried.wants_user};
  }
  if (!is_private(address)) return verdict;
  const bool allowed = verdict.rule != nullptr && may_be_private(*verdict.rule, address);
  return {.allowed = allowed, .rule = verdict.rule};
}

bool Policy::open_to_all_clients() const {
  return default_ == Action::allow || mode_ == Mode::report ||
         std::ranges::any_of(rules_, allows_everyone);
}

bool Policy::asks_user() const {
  return std::ranges::any_of(rules_, &Rule::asks_user);
}

}  // namespace culvert::policy

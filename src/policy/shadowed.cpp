// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <span>

#include <culvert/policy.hpp>

#include "policy/normal.hpp"

namespace culvert::policy {
namespace {

template <class T>
bool has(const std::vector<T>& list, const auto& wanted) {
  return std::ranges::find(list, wanted) != list.end();
}

/// Does a list that selects cover another one? An empty one selects all.
template <class T>
bool covers(const std::vector<T>& ours, const std::vector<T>& theirs) {
  return ours.empty() || (!theirs.empty() && std::ranges::all_of(theirs, [&](const T& one) {
           return has(ours, one);
         }));
}

bool covers_ports(const Rule& earlier, const Rule& later) {
  const auto ours = merged(earlier.ports);
  return ours.empty() || std::ranges::all_of(merged_or_all(later.ports), [&](const PortRange& one) {
           return std::ranges::any_of(ours, [&one](const PortRange& range) {
             return range.first <= one.first && one.last <= range.last;
           });
         });
}

/// A rule without `clients` matches Unix sockets, too, and so more than any list of networks.
bool covers_clients(const Rule& earlier, const Rule& later) {
  if (earlier.clients.empty()) return true;
  return !later.clients.empty() && std::ranges::all_of(later.clients, [&](const Network& theirs) {
    return std::ranges::any_of(earlier.clients, [&theirs](const Network& ours) {
      return ours.prefix_bits() <= theirs.prefix_bits() && ours.contains(theirs.address());
    });
  });
}

bool covers_schemes(const Rule& earlier, const Rule& later) {
  constexpr Few<Scheme> all{Scheme::http, Scheme::https, Scheme::ws, Scheme::wss, Scheme::connect};
  return earlier.schemes.empty() ||
         earlier.schemes.covers(later.schemes.empty() ? all : later.schemes);
}

/// A rule that asks nobody matches nobody's user, too: more than any list of users.
bool covers_users(const Rule& earlier, const Rule& later, bool can_ask_user) {
  if (!earlier.asks_user()) return true;
  if (can_ask_user && has(earlier.users, "*")) return true;
  if (!later.asks_user()) return false;
  if (has(earlier.users, "*")) return true;
  const auto within = [](const auto& theirs, const auto& ours) {
    return std::ranges::all_of(theirs, [&ours](const auto& one) { return has(ours, one); });
  };
  return within(later.users, earlier.users) && within(later.groups, earlier.groups);
}

bool matches_all_hosts(const Rule& rule) {
  static const HostSet all(std::vector{HostPattern::parse("*").value()});
  return rule.hosts.empty() || std::ranges::any_of(rule.hosts, [](const RuleHosts& entry) {
           return entry.hosts->covers(all);
         });
}

bool has_networks(const Rule& rule) {
  return std::ranges::any_of(rule.hosts,
                             [](const RuleHosts& entry) { return entry.hosts->has_networks(); });
}

/// A deny rule's networks are asked of each resolved address, too. Only another deny rule is asked
/// in the same way; or one decides by itself on every host, so that nothing behind it is asked.
bool covers_hosts(const Rule& earlier, const Rule& later) {
  if (matches_all_hosts(earlier)) return true;
  if (later.hosts.empty()) return false;
  if (later.action == Action::deny && has_networks(later) && earlier.action != Action::deny) {
    return false;
  }
  // Sets without a host match nothing, and need nobody to be covered by.
  const auto is_empty = [](const RuleHosts& entry) { return entry.hosts->empty(); };
  if (std::ranges::all_of(later.hosts, is_empty)) return false;
  return std::ranges::all_of(later.hosts, [&earlier](const RuleHosts& theirs) {
    return std::ranges::any_of(earlier.hosts, [&theirs](const RuleHosts& ours) {
      return ours.hosts->covers(*theirs.hosts);
    });
  });
}

bool covers(const Rule& earlier, const Rule& later, bool can_ask_user) {
  return covers_ports(earlier, later) && covers_clients(earlier, later) &&
         covers(earlier.methods, later.methods) && covers_schemes(earlier, later) &&
         earlier.hours.covers(later.hours) && covers_users(earlier, later, can_ask_user) &&
         covers_hosts(earlier, later);
}

}  // namespace

bool contradicts_itself(const Rule& rule) {
  if (rule.methods.empty() || rule.schemes.empty()) return false;
  constexpr std::array all{Scheme::http, Scheme::https, Scheme::ws, Scheme::wss, Scheme::connect};
  return std::ranges::none_of(rule.methods, [&](const std::string& method) {
    return std::ranges::any_of(all, [&](Scheme scheme) {
      return rule.schemes.has(scheme) && go_together(method, scheme);
    });
  });
}

std::vector<Shadowed> shadowed_rules(const Policy& policy, bool can_ask_user) {
  const auto& rules = policy.rules();
  std::vector<Shadowed> made;
  for (std::size_t later = 1; later < rules.size(); ++later) {
    const auto before = std::span(rules).first(later);
    const auto found = std::ranges::find_if(
        before, [&](const Rule& earlier) { return covers(earlier, rules[later], can_ask_user); });
    if (found == before.end()) continue;
    made.push_back({.rule = later, .by = static_cast<std::size_t>(found - before.begin())});
  }
  return made;
}

}  // namespace culvert::policy

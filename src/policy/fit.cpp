// SPDX-License-Identifier: Apache-2.0
#include "policy/fit.hpp"

#include <algorithm>
#include <vector>

namespace culvert::policy {
namespace {

bool fits_ports(const Rule& rule, const Question& question) {
  const auto port = question.target.port;
  return rule.ports.empty() || std::ranges::any_of(rule.ports, [port](const PortRange& range) {
           return range.contains(port);
         });
}

bool fits_clients(const Rule& rule, const Question& question) {
  if (rule.clients.empty()) return true;
  const auto* client = question.client;
  return client != nullptr && std::ranges::any_of(rule.clients, [client](const Network& network) {
           return network.contains(*client);
         });
}

bool fits_methods(const Rule& rule, const Question& question) {
  return rule.methods.empty() ||
         std::ranges::find(rule.methods, question.method) != rule.methods.end();
}

bool fits_schemes(const Rule& rule, const Question& question) {
  return rule.schemes.empty() || rule.schemes.has(question.scheme);
}

bool fits_hours(const Rule& rule, const Question& question) {
  return rule.hours.contains(question.when);
}

/// One of the rule's networks holds the address, or an IPv4 address that it carries. Only a deny
/// rule looks inside, so that a network cannot be reached by way of a translator (NAT64, 6to4).
bool names_address(const Rule& rule, const Address& address) {
  const auto carried = rule.action == Action::deny ? carried_v4(address) : std::vector<Address>();
  return std::ranges::any_of(rule.hosts, [&](const RuleHosts& entry) {
    const auto matches = [&entry](const Address& one) { return entry.hosts->matches(one); };
    return matches(address) || std::ranges::any_of(carried, matches);
  });
}

bool is_user(const Rule& rule, const Question& question) {
  const auto is_named = [&question](const std::string& user) {
    return user == "*" || user == question.user;
  };
  const auto is_member = [&question](const std::string& group) {
    return question.groups->in_group(question.user, group);
  };
  return std::ranges::any_of(rule.users, is_named) ||
         (question.groups != nullptr && std::ranges::any_of(rule.groups, is_member));
}

Fit fit_user(const Rule& rule, const Question& question) {
  if (!rule.asks_user()) return {};
  if (question.user.empty() && question.can_ask_user) return {.miss = {}, .wants_user = true};
  if (question.user.empty() || !is_user(rule, question)) return {.miss = Selector::users};
  return {};
}

}  // namespace

bool go_together(std::string_view method, Scheme scheme) {
  switch (scheme) {
    case Scheme::connect: return method == "CONNECT";
    case Scheme::ws:
    case Scheme::wss: return method == "GET";
    case Scheme::http:
    case Scheme::https: break;
  }
  return method != "CONNECT";
}

bool Rule::names_host(const Host& host) const {
  if (hosts.empty()) return true;
  if (host.is_address() && names_address(*this, host.address())) return true;
  return std::ranges::any_of(
      hosts, [&host](const RuleHosts& entry) { return entry.hosts->matches(host); });
}

Fit fit(const Rule& rule, const Question& question, const Address* resolved) {
  if (!fits_ports(rule, question)) return {.miss = Selector::ports};
  if (!fits_clients(rule, question)) return {.miss = Selector::clients};
  if (!fits_methods(rule, question)) return {.miss = Selector::methods};
  if (!fits_schemes(rule, question)) return {.miss = Selector::schemes};
  if (!fits_hours(rule, question)) return {.miss = Selector::hours};
  const bool named =
      resolved == nullptr ? rule.names_host(question.target.host) : names_address(rule, *resolved);
  if (!named) return {.miss = Selector::hosts};
  return fit_user(rule, question);
}

}  // namespace culvert::policy

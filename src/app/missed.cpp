// SPDX-License-Identifier: Apache-2.0
#include "app/missed.hpp"

#include <fmt/format.h>

#include "app/when.hpp"

namespace culvert::app {
namespace {

using policy::Few;
using policy::Question;
using policy::Rule;
using policy::Scheme;
using policy::Selector;
using Words = std::vector<std::string>;

constexpr std::size_t shown = 4;

Words ports_of(const Rule& rule) {
  Words made;
  for (const auto& range : rule.ports) made.push_back(text_of(range));
  return made;
}

Words clients_of(const Rule& rule) {
  Words made;
  for (const auto& network : rule.clients) made.push_back(network.text());
  return made;
}

Words schemes_of(const Rule& rule) {
  Words made;
  for (const auto scheme :
       {Scheme::http, Scheme::https, Scheme::ws, Scheme::wss, Scheme::connect}) {
    if (rule.schemes.has(scheme)) made.emplace_back(policy::word(scheme));
  }
  return made;
}

/// A set by its name, since it may be long; else what stands in the rule.
Words hosts_of(const Rule& rule) {
  Words made;
  for (const auto& [set, hosts] : rule.hosts) {
    if (set.empty()) {
      hosts->each_in_order([&made](std::string_view text) { made.emplace_back(text); });
    } else {
      made.push_back(fmt::format("@{} ({} hosts)", set, hosts->size()));
    }
  }
  return made;
}

std::string client_reason(const Rule& rule, const Address* client) {
  if (client == nullptr) return "over a Unix socket, which is no client's address";
  return fmt::format("{} is in none of {}", client->text(), some_of(clients_of(rule)));
}

std::string user_reason(const Rule& rule, std::string_view user) {
  Words wanted;
  if (!rule.users.empty()) wanted.push_back("users " + some_of(rule.users));
  if (!rule.groups.empty()) wanted.push_back("groups " + some_of(rule.groups));
  return fmt::format("{} is not of {}", user.empty() ? "nobody" : user, fmt::join(wanted, " or "));
}

}  // namespace

std::string text_of(const policy::PortRange& range) {
  return range.first == range.last ? std::to_string(range.first)
                                   : fmt::format("{}-{}", range.first, range.last);
}

std::string some_of(const Words& all) {
  if (all.size() <= shown) return fmt::format("{}", fmt::join(all, ", "));
  const auto end = all.begin() + shown;
  return fmt::format("{} and {} more", fmt::join(all.begin(), end, ", "), all.size() - shown);
}

std::string reason(const policy::Miss& miss, const Question& question) {
  const auto& rule = *miss.rule;
  switch (miss.by) {
    case Selector::ports:
      return fmt::format("{} is none of {}", question.target.port.number(),
                         some_of(ports_of(rule)));
    case Selector::clients: return client_reason(rule, question.client);
    case Selector::methods:
      return fmt::format("{} is none of {}", question.method, some_of(rule.methods));
    case Selector::schemes:
      return fmt::format("{} is none of {}", policy::word(question.scheme),
                         some_of(schemes_of(rule)));
    case Selector::hours:
      return fmt::format("{} is not in {}", text_of(question.when), rule.hours.text());
    case Selector::hosts:
      return fmt::format("{} is none of {}", question.target.host.text(), some_of(hosts_of(rule)));
    case Selector::users: return user_reason(rule, question.user);
  }
  return {};
}

}  // namespace culvert::app

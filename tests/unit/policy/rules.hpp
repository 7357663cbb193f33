// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <culvert/policy.hpp>

/// Rules and questions, from text.
namespace culvert::policy::testing {

inline HostSet set_of(std::initializer_list<const char*> patterns) {
  HostSet made;
  for (const auto* pattern : patterns) made.add(HostPattern::parse(pattern).value());
  return made;
}

inline RuleHosts named(std::string name, std::initializer_list<const char*> patterns) {
  return {.set = std::move(name), .hosts = std::make_shared<const HostSet>(set_of(patterns))};
}

inline std::vector<RuleHosts> hosts(std::initializer_list<const char*> patterns) {
  return {named({}, patterns)};
}

inline std::vector<Network> networks(std::initializer_list<const char*> blocks) {
  std::vector<Network> made;
  for (const auto* block : blocks) made.push_back(Network::parse(block).value());
  return made;
}

inline Rule allow(std::string name) {
  Rule rule;
  rule.name = std::move(name);
  return rule;
}

inline Rule deny(std::string name, std::initializer_list<const char*> patterns) {
  Rule rule;
  rule.name = std::move(name);
  rule.action = Action::deny;
  rule.hosts = hosts(patterns);
  return rule;
}

/// One question to a policy, from a client to a target, both as text. Without a client it came over
/// a Unix socket.
struct Asked {
  std::optional<Address> client;
  Authority target;
  Scheme scheme = Scheme::connect;
  const char* method = "CONNECT";
  const char* user = "";
  bool can_ask_user = false;
  const Membership* groups = nullptr;
  MinuteOfWeek when = 0;

  Asked(const char* from, const std::string& to)
      : client(Address::parse(from).value()), target(Authority::parse(to).value()) {}
  explicit Asked(const std::string& to) : Asked("127.0.0.1", to) {}
  Question question() const {
    return {.client = client ? &*client : nullptr,
            .target = target,
            .scheme = scheme,
            .method = method,
            .user = user,
            .can_ask_user = can_ask_user,
            .groups = groups,
            .when = when};
  }
};

/// "yes", "no", or "who" when the client is to say who it is; and the name of the rule.
inline std::string answer(const Verdict& verdict) {
  const std::string said = verdict.allowed ? "yes " : verdict.wants_user ? "who " : "no ";
  return said + std::string(verdict.name());
}

/// The whole way, for a target that has this address.
inline std::string ask(const Policy& policy, const Asked& asked, const char* address) {
  auto verdict = policy.decide(asked.question());
  if (verdict.allowed) {
    verdict = policy.permits(asked.question(), verdict, Address::parse(address).value());
  }
  return answer(verdict);
}

}  // namespace culvert::policy::testing

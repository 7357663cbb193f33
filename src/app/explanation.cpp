// SPDX-License-Identifier: Apache-2.0
#include "app/explanation.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "app/missed.hpp"

namespace culvert::app {
namespace {

using policy::Policy;
using policy::Question;
using policy::Rule;
using policy::Scheme;
using policy::Verdict;
using Outcome = Explanation::Outcome;

/// The groups that somebody is said to be in.
class SaidGroups final : public policy::Membership {
 public:
  explicit SaidGroups(const std::vector<std::string>& groups) : groups_(groups) {}
  bool in_group(std::string_view /*user*/, std::string_view group) const override {
    return std::ranges::find(groups_, group) != groups_.end();
  }

 private:
  const std::vector<std::string>& groups_;
};

Question question_of(const Request& request, const SaidGroups& groups) {
  return {.client = &request.client,
          .target = request.asked.target,
          .scheme = request.asked.scheme,
          .method = request.asked.method,
          .user = request.user,
          .can_ask_user = request.can_ask_user,
          .groups = &groups,
          .when = request.when};
}

Explanation::Decision decision_of(const Verdict& verdict) {
  return {.rule = verdict.rule, .allowed = verdict.allowed, .wants_user = verdict.wants_user};
}

/// What is asked of what was allowed: nothing in particular where no rule decided.
const Rule& terms_of(const Verdict& verdict) {
  static const Rule unsaid;
  return verdict.rule == nullptr ? unsaid : *verdict.rule;
}

Explanation::Decision decision_on(const Asked& asked, const Verdict& verdict) {
  auto made = decision_of(verdict);
  if (verdict.allowed && asked.is_websocket()) {
    made.handshake = judged_handshake(terms_of(verdict).websocket, asked);
  }
  return made;
}

std::vector<Explanation::Missed> missed(const Policy& policy, const Question& question) {
  std::vector<Explanation::Missed> made;
  for (const auto& miss : policy.missed(question)) {
    made.push_back({.rule = miss.rule, .by = miss.by, .why = reason(miss, question)});
  }
  return made;
}

/// The handshake of a ws URL follows in the clear, that of a wss URL in TLS.
std::optional<Explanation::Decision> for_browsers(const Asked& asked, const Policy& policy,
                                                  Question question) {
  if (question.scheme == Scheme::http || question.scheme == Scheme::connect) return std::nullopt;
  question.scheme = Scheme::connect;
  question.method = "CONNECT";
  const auto verdict = policy.decide(question);
  auto made = decision_of(verdict);
  if (verdict.allowed && asked.scheme == Scheme::ws) {
    made.handshake = judged_in_tunnel(terms_of(verdict), asked);
  }
  return made;
}

/// "loopback", and for an address that carries others: "carries 127.0.0.1, loopback".
std::string block_of(const Address& address) {
  const auto block = private_block(address);
  std::vector<std::string> carried;
  for (const auto& one : carried_v4(address)) carried.push_back(one.text());
  return carried.empty() ? std::string(block)
                         : fmt::format("carries {}, {}", fmt::join(carried, " or "), block);
}

std::string why_private(const policy::Rule* rule, const Address& address) {
  const auto block = block_of(address);
  if (rule == nullptr) return block + ", and no rule says private";
  if (rule->private_networks.empty()) {
    return fmt::format("{}, and rule \"{}\" does not say private", block, rule->name);
  }
  std::vector<std::string> networks;
  for (const auto& network : rule->private_networks) networks.push_back(network.text());
  return fmt::format("{}, and not of private = {} of rule \"{}\"", block, some_of(networks),
                     rule->name);
}

Explanation::Judged judged(const Policy& policy, const Question& question, const Verdict& verdict,
                           const Address& address) {
  if (address.is_unspecified()) {
    return {.address = address, .why = "no destination"};
  }
  const auto answer = policy.permits(question, verdict, address);
  if (answer.allowed) return {.address = address, .allowed = true, .why = {}};
  auto why = answer.rule == verdict.rule
                 ? why_private(verdict.rule, address)
                 : fmt::format("rule \"{}\" denies this address", answer.name());
  return {.address = address, .wants_user = answer.wants_user, .why = std::move(why)};
}

/// What the target is by itself, or was resolved to.
Found addresses_of(const Request& request, const Found& found) {
  const auto& host = request.asked.target.host;
  return host.is_address() ? Found(std::vector{host.address()}) : found;
}

Outcome outcome_of(const Explanation& made, const Found& found) {
  if (made.decision.wants_user) return Outcome::needs_user;
  if (!made.decision.lets_through()) return Outcome::deny;
  if (!found) return Outcome::allow;
  if (!*found) return Outcome::cannot_tell;
  const bool one_passes = std::ranges::any_of(made.addresses, &Explanation::Judged::allowed);
  if (one_passes) return Outcome::allow;
  // The last one decides what is answered (permitted() in proxy/reach).
  const bool wants_user = !made.addresses.empty() && made.addresses.back().wants_user;
  return wants_user ? Outcome::needs_user : Outcome::no_address;
}

}  // namespace

bool wants_addresses(const Policy& policy, const Request& request) {
  const SaidGroups groups(request.groups);
  return !request.asked.target.host.is_address() &&
         decision_on(request.asked, policy.decide(question_of(request, groups))).lets_through();
}

Explanation explained(const Policy& policy, Request request, const Found& found) {
  Explanation made(std::move(request));
  const SaidGroups groups(made.request.groups);
  const auto question = question_of(made.request, groups);
  const auto verdict = policy.decide(question);
  made.missed = missed(policy, question);
  made.decision = decision_on(made.request.asked, verdict);
  made.browsers = for_browsers(made.request.asked, policy, question);
  made.report_mode = policy.mode() == policy::Mode::report;
  const auto addresses = addresses_of(made.request, found);
  const bool goes_on = made.decision.lets_through();
  if (goes_on && addresses && *addresses) {
    for (const auto& address : **addresses) {
      made.addresses.push_back(judged(policy, question, verdict, address));
    }
  } else if (goes_on && addresses) {
    made.lookup_failure = addresses->error().message();
  }
  made.outcome = outcome_of(made, addresses);
  return made;
}

std::string last_word(const Explanation& made) {
  const auto handshake = made.decision.handshake.value_or(JudgedHandshake());
  switch (made.outcome) {
    case Outcome::allow:
      return handshake.conditions.empty() ? "allow" : "allow, " + text_of(handshake.conditions);
    case Outcome::deny: return handshake.allowed() ? "deny" : "deny: websocket: " + handshake.why;
    case Outcome::needs_user: return "deny: needs a user (407)";
    case Outcome::no_address: return "deny: no address is allowed";
    case Outcome::cannot_tell: return "deny: cannot tell the addresses";
  }
  return {};
}

}  // namespace culvert::app

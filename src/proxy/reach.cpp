// SPDX-License-Identifier: Apache-2.0
#include "proxy/reach.hpp"

#include <culvert/error.hpp>

namespace culvert::proxy {
namespace {

std::unexpected<Refusal> refuse(const Request& request, std::error_code why,
                                std::string rule = {}) {
  auto refusal = refused(request, why);
  refusal.rule = std::move(rule);
  return std::unexpected(std::move(refusal));
}

const Authority& target_of(const Request& request) {
  return request.target.authority.value();  // NOLINT(bugprone-unchecked-optional-access)
}

policy::Question question_of(const Request& request, const Authority& target) {
  return {.client = request.record.client.address(),
          .target = target,
          .scheme = request.scheme,
          .method = request.head.method.empty() ? std::string_view(request.record.method)
                                                : request.head.method,
          .user = request.record.user(),
          .can_ask_user = request.config->can_ask_user(),
          .groups = request.config->users.get(),
          .when = request.when};
}

/// The addresses that the policy lets us connect to. When there are none, the last refusal's rule
/// stays in the record, and the address in `resolved`: the log says why, the client does not learn
/// addresses. Errc::destination_ip_prohibited, or credentials_missing when it takes a user to tell.
std::expected<std::vector<Address>, Errc> permitted(const std::vector<Address>& addresses,
                                                    Request& request) {
  const auto question = question_of(request, target_of(request));
  const auto& verdict = request.verdict;
  std::vector<Address> passed;
  std::vector<Address> possible;
  policy::Verdict refusing;
  for (const auto& address : addresses) {
    // 0.0.0.0 and :: are no destinations: the system would take them for itself.
    if (!address.is_unspecified()) possible.push_back(address);
    const auto judged = request.config->policy.permits(question, verdict, address);
    if (judged.allowed && !address.is_unspecified()) {
      passed.push_back(address);
    } else if (passed.empty()) {
      refusing = judged;
      request.record.resolved = address;
    }
  }
  if (!passed.empty()) return passed;
  if (!possible.empty() && report(request, refusing.name(), "its address")) return possible;
  request.record.rule = refusing.name();
  return std::unexpected(refusing.wants_user ? Errc::credentials_missing
                                             : Errc::destination_ip_prohibited);
}

/// Errc::aborted when everything is being ended.
net::Task<Result<std::vector<Address>>> look_up(Worker& worker, const Host& host,
                                                net::TimePoint deadline) {
  while (!worker.ending()) {
    auto found = co_await worker.resolver().look_up(host, deadline);
    // A reload may have put another resolver in the place of the one that was asked.
    if (found || found.error() != Errc::aborted) co_return found;
  }
  co_return fail(Errc::aborted);
}

observe::PhaseTime since(net::TimePoint begun, net::TimePoint now) {
  return now - begun;
}

}  // namespace

std::expected<void, Refusal> decide(Request& request) {
  auto& record = request.record;
  const auto verdict = request.config->policy.decide(question_of(request, target_of(request)));
  request.verdict = verdict;
  record.rule = verdict.name();
  record.allowed = verdict.allowed;
  if (verdict.allowed) return {};
  if (report(request, verdict.name(), verdict.wants_user ? "no user" : "")) {
    request.verdict = {.allowed = true, .rule = nullptr};
    return {};
  }
  const auto why = verdict.wants_user ? Errc::credentials_missing : Errc::http_request_denied;
  return refuse(request, why, record.rule);
}

bool report(Request& request, std::string_view rule, std::string_view reason) {
  if (request.config->policy.mode() != policy::Mode::report) return false;
  auto& record = request.record;
  record.allowed = true;
  auto& more = record.more();
  if (more.would_deny.empty()) more.would_deny = rule.empty() ? record.rule : rule;
  if (more.reason.empty()) more.reason = reason;
  return true;
}

policy::Verdict judge_address(const Request& request, const Address& address) {
  const auto question = question_of(request, target_of(request));
  return request.config->policy.permits(question, request.verdict, address);
}

bool same_rule_allows(const Request& request, const Host& host) {
  const Authority target{.host = host, .port = target_of(request).port};
  const auto verdict = request.config->policy.decide(question_of(request, target));
  return verdict.allowed && verdict.rule == request.verdict.rule;
}

net::Task<std::expected<net::Connected, Refusal>> reach(Worker& worker, net::Connector& connector,
                                                        Request& request) {
  auto& record = request.record;
  const auto& target = target_of(request);
  const auto begun = worker.loop().now();
  const auto deadline = net::after(begun, request.timeouts().connect);
  const auto found = co_await look_up(worker, target.host, deadline);
  const auto resolved = worker.loop().now();
  if (!target.host.is_address()) record.dns = since(begun, resolved);
  if (!found) co_return refuse(request, found.error());

  auto addresses = permitted(*found, request);
  record.allowed = addresses.has_value();
  if (!addresses) co_return refuse(request, addresses.error(), record.rule);

  if (worker.ending()) co_return refuse(request, Errc::aborted);
  auto connected = co_await connector.run(*std::move(addresses), target.port, deadline);
  record.connect = since(resolved, worker.loop().now());
  if (!connected) co_return refuse(request, connected.error());
  record.resolved = connected->address;
  const Endpoint peer{.address = connected->address, .port = target.port.number()};
  const bool loop = worker.listens_on(peer, connected->descriptor.number());
  if (loop || worker.ending()) {
    worker.loop().forget(connected->descriptor.number());
    co_return refuse(request, loop ? Errc::proxy_loop_detected : Errc::aborted);
  }
  co_return std::move(*connected);
}

}  // namespace culvert::proxy

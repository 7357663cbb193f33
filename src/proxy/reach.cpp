// SPDX-License-Identifier: Apache-2.0
#include "proxy/reach.hpp"

#include <culvert/error.hpp>
#include <culvert/http1/hop.hpp>

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

policy::Scheme scheme_of(const Request& request) {
  if (request.target.form == http1::Target::Form::authority) return policy::Scheme::connect;
  const auto upgrade = http1::read_upgrade(request.head);
  const bool handshake = upgrade && *upgrade == http1::Upgrade::websocket;
  switch (request.target.scheme) {
    case http1::Scheme::http: return handshake ? policy::Scheme::ws : policy::Scheme::http;
    case http1::Scheme::https: return handshake ? policy::Scheme::wss : policy::Scheme::https;
    case http1::Scheme::ws: return policy::Scheme::ws;
    case http1::Scheme::wss: return policy::Scheme::wss;
  }
  return policy::Scheme::connect;
}

policy::Question question_of(const Request& request) {
  return {.client = request.record.client.address(), .target = target_of(request)};
  return {.client = &request.record.client.address,
          .target = target_of(request),
          .scheme = scheme_of(request),
          .method = request.head.method};
}

/// The addresses that the policy lets us connect to. When there are none, the last refusal's rule
/// stays in the record, and the address in `resolved`: the log says why, the client does not learn
/// addresses.
std::vector<Address> permitted(const policy::Verdict& verdict,
                               const std::vector<Address>& addresses, Request& request) {
  const auto question = question_of(request);
  std::vector<Address> passed;
  for (const auto& address : addresses) {
    const auto judged = request.config->policy.permits(question, verdict, address);
    // 0.0.0.0 and :: are no destinations: the system would take them for itself.
    if (judged.allowed && !address.is_unspecified()) {
      passed.push_back(address);
    } else if (passed.empty()) {
      request.record.rule = judged.name();
      request.record.resolved = address;
    }
  }
  if (!passed.empty()) request.record.rule = verdict.name();
  return passed;
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

std::expected<policy::Verdict, Refusal> decide(Request& request) {
  auto& record = request.record;
  const auto verdict = request.config->policy.decide(question_of(request));
  record.rule = verdict.name();
  record.allowed = verdict.allowed;
  if (!verdict.allowed) return refuse(request, Errc::http_request_denied, record.rule);
  return verdict;
}

bool permits(const Request& request, const policy::Verdict& verdict, const Address& address) {
  return request.config->policy.permits(question_of(request), verdict, address).allowed;
}

net::Task<std::expected<net::Connected, Refusal>> reach(Worker& worker, net::Connector& connector,
                                                        Request& request,
                                                        const policy::Verdict& verdict) {
  auto& record = request.record;
  const auto& target = target_of(request);
  const auto begun = worker.loop().now();
  const auto deadline = net::after(begun, request.config->timeouts.connect);
  const auto found = co_await look_up(worker, target.host, deadline);
  const auto resolved = worker.loop().now();
  if (!target.host.is_address()) record.dns = since(begun, resolved);
  if (!found) co_return refuse(request, found.error());

  auto addresses = permitted(verdict, *found, request);
  record.allowed = !addresses.empty();
  if (addresses.empty()) co_return refuse(request, Errc::destination_ip_prohibited, record.rule);

  if (worker.ending()) co_return refuse(request, Errc::aborted);
  auto connected = co_await connector.run(std::move(addresses), target.port, deadline);
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

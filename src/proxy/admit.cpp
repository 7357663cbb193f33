// SPDX-License-Identifier: Apache-2.0
// May this request be served? Who sends it, what the policy says, and whether its share is left.
#include <algorithm>
#include <utility>
#include <vector>

#include <culvert/error.hpp>

#include "base/client.hpp"
#include "proxy/authenticate.hpp"
#include "proxy/known.hpp"
#include "proxy/opening.hpp"
#include "proxy/reach.hpp"
#include "proxy/session.hpp"

namespace culvert::proxy {
namespace {

/// Those who have to answer for what the request takes.
std::vector<Holder> holders_of(const Request& request) {
  std::vector<Holder> holders;
  const auto& config = *request.config;
  const auto* rule = request.verdict.rule;
  if (rule != nullptr && rule->quota.limits_anything()) {
    holders.push_back({.kind = Holder::Kind::rule, .key = rule->name, .quota = rule->quota});
  }
  if (config.client_quota.limits_anything()) {
    holders.push_back({.kind = Holder::Kind::client,
                       .key = Client(request.record.client).text(),
                       .quota = config.client_quota});
  }
  if (config.user_quota.limits_anything() && !request.record.user().empty()) {
    holders.push_back({.kind = Holder::Kind::user,
                       .key = std::string(request.record.user()),
                       .quota = config.user_quota});
  }
  return holders;
}

}  // namespace

net::Task<std::expected<void, Refusal>> Session::admit(Request& request, Takes what) {
  if (auto known = co_await identify(request); !known) co_return known;
  if (auto decided = decide(request); !decided) co_return decided;
  if (auto fits = judge_handshake(request); !fits) co_return fits;
  co_return take_share(request, what);
}

/// Credentials go before the client's certificate, and that before the place that a request comes
/// from. Wrong ones are an error even where
/// nobody would have asked for any, so that nobody believes to be somebody.
net::Task<std::expected<void, Refusal>> Session::identify(Request& request) {
  std::string user;
  if (const auto& authenticator = request.authenticator) {
    const auto client = Client(request.record.client).text();
    auto who = co_await authenticator->identify(answer_, request.head, client);
    if (who) user = std::move(who->user);
    if (!who && who.error().why != Errc::credentials_missing) {
      auto refusal = refused(request, who.error().why);
      request.record.more().reason = refusal.why.message();
      refusal.retry_after = who.error().retry_after;
      if (refusal.why == Errc::credentials_wrong) {
        refusal.challenges = authenticator->challenges(who.error().stale);
      }
      co_return std::unexpected(std::move(refusal));
    }
  }
  if (user.empty()) {
    user = known_by_certificate(worker_, *from_.listener, from_.certificate.get());
  }
  if (user.empty()) user = known_by_place(*request.config, request.record.client);
  if (!user.empty()) request.record.more().user = std::move(user);
  co_return std::expected<void, Refusal>();
}

std::expected<void, Refusal> Session::judge_handshake(Request& request) {
  auto objection = objection_to_handshake(request);
  if (!objection || report(request, "", *objection)) return {};
  request.record.allowed = false;
  request.record.more().reason = *objection;
  auto refusal = refused(request, Errc::http_request_denied);
  refusal.rule = objecting_rule(request, *objection);
  refusal.detail = *std::move(objection);
  return std::unexpected(std::move(refusal));
}

std::expected<void, Refusal> Session::take_share(Request& request, Takes what) {
  const auto holders = holders_of(request);
  if (holders.empty()) return {};
  const auto now = worker_.loop().now();
  auto& quotas = worker_.quotas();
  auto admitted = what == Takes::tunnel ? quotas.admit_tunnel(holders, now)
                                        : quotas.admit_exchange(holders, now);
  if (admitted) {
    request.granted = std::move(*admitted);
    return {};
  }
  auto refusal = refused(request, admitted.error());
  if (admitted.error().kind == Holder::Kind::rule) refusal.rule = request.record.rule;
  return std::unexpected(std::move(refusal));
}

}  // namespace culvert::proxy

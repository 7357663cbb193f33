// SPDX-License-Identifier: Apache-2.0
// A new connection to an origin, and which HTTP is spoken on it.
#include <culvert/error.hpp>

#include "proxy/exchange.hpp"
#include "proxy/origin_carrier.hpp"
#include "proxy/origin_http.hpp"
#include "proxy/reach.hpp"
#include "proxy/stream_pool.hpp"

namespace culvert::proxy {

using config::OriginHttp;
using http1::Upgrade;
using net::Alpn;

namespace {

std::unexpected<Refusal> unopened(const Request& request, std::error_code why,
                                  std::string detail = {}) {
  auto refusal = refused(request, why);
  refusal.detail = std::move(detail);
  return std::unexpected(std::move(refusal));
}

/// What the rule leaves to be said.
Alpn offer_for(const Request& request, const Route& route) {
  if (!may_go_on_stream(request)) return Alpn::http11;
  if (request.config->origin_http_of(request.verdict.rule) == OriginHttp::http2) return Alpn::h2;
  return route.tls ? Alpn::h2_or_http11 : Alpn::http11;
}

std::string with_reason(std::string detail, std::string_view reason) {
  if (!detail.empty()) detail += "; ";
  return detail.append(reason);
}

constexpr const char* only_http2 = "origin_http lets it be spoken to by HTTP/2 alone";
constexpr const char* no_websockets =
    "it takes no WebSocket on HTTP/2 (RFC 8441), and origin_http lets it be spoken to by that "
    "alone";
constexpr const char* nothing_for_websockets =
    "it takes no WebSocket on HTTP/2 (RFC 8441), and does not speak HTTP/1.1";

}  // namespace

net::Task<Session::Opened> Session::open_upstream(Request& request, const Route& route,
                                                  const Plan& plan) {
  auto opened = co_await open_suitable(request, route, plan);
  if (!opened) co_return opened;
  // All of this took its time.
  if (worker_.ending()) co_return unopened(request, Errc::aborted);
  if (auto still = ask_again(request); !still) co_return std::unexpected(std::move(still.error()));
  co_return opened;
}

net::Task<Session::Opened> Session::open_suitable(Request& request, const Route& route,
                                                  const Plan& plan) {
  const auto offer = offer_for(request, route);
  if (plan.upgrade == Upgrade::none || offer == Alpn::http11) {
    co_return co_await open_speaking(request, route, offer);
  }
  if (offer == Alpn::h2_or_http11) co_return co_await open_for_websocket(request, route);
  auto opened = co_await open_settled(request, route, offer);
  if (opened && !(*opened)->carrier->takes_websockets()) {
    co_return unopened(request, Errc::http_upgrade_failed, no_websockets);
  }
  co_return opened;
}

/// Over HTTP/2 where the origin takes it, else over HTTP/1.1. The connection by which the one
/// turned out not to do is there for other requests.
net::Task<Session::Opened> Session::open_for_websocket(Request& request, const Route& route) {
  auto& versions = worker_.origin_versions();
  if (versions.of(route.origin, worker_.loop().now()) != Speaks::http2) {
    auto opened = co_await open_settled(request, route, Alpn::h2_or_http11);
    if (!opened || (*opened)->carrier == nullptr) co_return opened;
    const bool takes = (*opened)->carrier->takes_websockets();
    remember(request, route, takes ? Speaks::http2_websockets : Speaks::http2);
    if (takes) co_return opened;
  }
  auto opened = co_await open_speaking(request, route, Alpn::http11);
  if (!opened && opened.error().why == Errc::tls_protocol_error) {
    versions.forget(route.origin);
    co_return unopened(request, Errc::http_upgrade_failed, nothing_for_websockets);
  }
  co_return opened;
}

/// Where HTTP/2 came about: what it can do is known. That has as long as connecting had.
net::Task<Session::Opened> Session::open_settled(Request& request, const Route& route,
                                                 net::Alpn offer) {
  auto opened = co_await open_speaking(request, route, offer);
  if (!opened || (*opened)->carrier == nullptr) co_return opened;
  const auto deadline = net::after(worker_.loop().now(), request.timeouts().connect);
  const auto silent = co_await (*opened)->carrier->settled(deadline);
  if (!silent) co_return opened;
  const auto why = silent == Errc::timed_out ? Errc::connection_timeout : silent;
  co_return unopened(request, why, "it sent no SETTINGS of HTTP/2");
}

net::Task<Session::Opened> Session::open_speaking(Request& request, const Route& route,
                                                  net::Alpn offer) {
  auto reached = co_await reach(worker_, connector_, request);
  if (!reached) co_return std::unexpected(std::move(reached.error()));
  auto upstream = std::make_unique<Upstream>(worker_.loop(), std::move(reached->descriptor), route,
                                             reached->address, request.config);
  if (!route.tls) {
    if (offer == Alpn::h2) upstream = worker_.streams().share(*upstream);
    co_return upstream;
  }
  auto secured = co_await secure(request, *upstream, offer);
  if (!secured) co_return std::unexpected(std::move(secured.error()));
  if (upstream->socket.protocol() == "h2") co_return worker_.streams().share(*upstream);
  if (offer == Alpn::h2) {
    co_return unopened(request, Errc::tls_protocol_error,
                       with_reason("it did not choose HTTP/2", only_http2));
  }
  if (offer == Alpn::h2_or_http11) remember(request, route, Speaks::http11);
  co_return upstream;
}

/// The handshake has as long as connecting had.
net::Task<std::expected<void, Refusal>> Session::secure(Request& request, Upstream& upstream,
                                                        net::Alpn offer) {
  const auto begun = net::Clock::now();  // all of it may happen in one turn of the loop
  const auto deadline = net::after(begun, request.timeouts().connect);
  origin_ = &upstream.socket;
  auto done = co_await upstream.socket.start_tls(worker_.origin_tls(), upstream.route.origin.host,
                                                 deadline, offer);
  origin_ = nullptr;
  request.record.tls = net::Clock::now() - begun;
  if (done) co_return std::expected<void, Refusal>();
  auto refusal = refused(request, done.error().why);
  refusal.detail = std::move(done.error().detail);
  if (refusal.why == Errc::timed_out) refusal.why = Errc::connection_timeout;
  if (refusal.why == Errc::tls_protocol_error && offer == Alpn::h2) {
    refusal.detail = with_reason(std::move(refusal.detail), only_http2);
  }
  co_return std::unexpected(std::move(refusal));
}

void Session::remember(const Request& request, const Route& route, Speaks what) {
  const auto limit = request.config->http.remember_origins;
  if (limit.count() == 0) return;
  worker_.origin_versions().learn(route.origin, what, worker_.loop().now() + limit);
}

}  // namespace culvert::proxy

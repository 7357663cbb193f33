// SPDX-License-Identifier: Apache-2.0
// The plain HTTP hop: absolute-form in, origin-form out, and the answer back.
#include <culvert/error.hpp>

#include "proxy/exchange.hpp"
#include "proxy/handshake.hpp"
#include "proxy/origin_http.hpp"
#include "proxy/reach.hpp"
#include "proxy/stream_pool.hpp"

namespace culvert::proxy {

using http1::Framing;
using http1::Scheme;
using http1::Upgrade;

namespace {

/// What the exchange will be like, or why there is none.
Result<Plan> plan_for(const Request& request, const std::string& via) {
  const auto framing = http1::request_framing(request.head);
  if (!framing) return fail(framing.error());
  const auto upgrade = http1::read_upgrade(request.head);
  if (!upgrade) return fail(upgrade.error());
  const auto hops_left = http1::max_forwards(request.head);
  if (!hops_left) return fail(hops_left.error());
  if (http1::passed_through(request.head, via)) return fail(Errc::proxy_loop_detected);

  Plan plan{.framing = *framing, .upgrade = *upgrade};
  // 0 never comes here: serve_own.
  plan.max_forwards = hops_left->transform([](auto left) { return left - 1; });
  const bool empty =
      framing->kind == Framing::Kind::none || *framing == Framing{.kind = Framing::Kind::length};
  plan.repeatable = empty && *upgrade == Upgrade::none && http1::is_idempotent(request.head.method);
  return plan;
}

bool is_secured(const Request& request) {
  const auto scheme = request.target.scheme;
  return scheme == Scheme::https || scheme == Scheme::wss;
}

/// The rule that decided stands for the policy: two that allow the same origin may differ in all
/// else.
Route route_of(const Request& request) {
  return {.origin = request.target.authority.value(),  // NOLINT(bugprone-unchecked-optional-access)
          .tls = is_secured(request),
          .rule = request.verdict.rule};
}

/// What is asked for, whatever the target's scheme is called: only a handshake is a WebSocket.
policy::Scheme scheme_of(const Request& request, const Plan& plan) {
  const bool tls = is_secured(request);
  if (plan.upgrade == Upgrade::websocket) return tls ? policy::Scheme::wss : policy::Scheme::ws;
  return tls ? policy::Scheme::https : policy::Scheme::http;
}

/// A new connection's address is judged where it is made.
void report_address(Request& request, const Address& address) {
  const auto judged = judge_address(request, address);
  if (!judged.allowed) report(request, judged.name(), "its address");
}

}  // namespace

net::Task<Session::Next> Session::serve_forward(Request& request) {
  request.record.kind = observe::Kind::hop;
  request.record.secured = is_secured(request);
  auto plan = plan_for(request, worker_.via());
  if (!plan) co_return co_await refuse(request, refused(request, plan.error()), Next::close);
  const bool websocket = plan->upgrade == Upgrade::websocket;
  if (websocket) {
    request.record.kind = observe::Kind::websocket;
    request.handshake = kept_handshake(handshake_of(request.head, request.target.path));
  }
  request.scheme = scheme_of(request, *plan);

  auto admitted = co_await admit(request, websocket ? Takes::tunnel : Takes::exchange);
  if (!admitted) {
    const auto then = reusable_when_refused(request) ? Next::request : Next::close;
    co_return co_await refuse(request, std::move(admitted.error()), then);
  }
  co_return co_await forward(request, *plan);
}

/// Over a connection that waits, where the request may be repeated if that one fails, or over a new
/// one.
net::Task<Session::Next> Session::forward(Request& request, Plan plan) {
  const auto route = route_of(request);
  auto upstream = take_upstream(request, route, plan);
  while (true) {
    if (!upstream) {
      auto opened = co_await open_upstream(request, route, plan);
      if (!opened) {
        const auto then = reusable_when_refused(request) ? Next::request : Next::close;
        co_return co_await refuse(request, std::move(opened.error()), then);
      }
      upstream = std::move(*opened);
    }
    request.record.origin_http2 = upstream->carrier != nullptr;
    origin_ = &upstream->socket;
    Exchange exchange(*this, request, *upstream, plan);
    const auto next = co_await exchange.run();
    origin_ = nullptr;
    if (next && exchange.left_reusable()) {
      personal_user_ = request.record.user();
      give_back(std::move(upstream));
    }
    if (next) co_return *next;
    upstream.reset();
    request.record.reused = false;
    plan.repeated = true;
  }
}

/// Null when there is none that this request may go over.
std::unique_ptr<Upstream> Session::take_upstream(Request& request, const Route& route,
                                                 const Plan& plan) {
  const bool reports = request.config->policy.mode() == policy::Mode::report;
  const auto may_reach = [&](const Address& address) {
    return reports || judge_address(request, address).allowed;
  };
  auto upstream = take_personal(request, route, plan);
  if (upstream && !may_reach(upstream->address)) return nullptr;
  if (!upstream) upstream = take_shared(request, route, plan, may_reach);
  if (!upstream) return nullptr;
  if (reports) report_address(request, upstream->address);
  request.record.resolved = upstream->address;
  request.record.reused = true;
  return upstream;
}

/// One that anybody may use whom its rule allows it: best a stream of one that carries others, too.
std::unique_ptr<Upstream> Session::take_shared(const Request& request, const Route& route,
                                               const Plan& plan, const Pool::Judge& may_reach) {
  if (request.config != worker_.config()) return nullptr;
  if (may_go_on_stream(request)) {
    using For = StreamPool::For;
    const auto what = plan.upgrade == Upgrade::none ? For::exchange : For::websocket;
    if (auto stream = worker_.streams().take(route, what, may_reach)) return stream;
  }
  return plan.repeatable ? worker_.pool().take(route, may_reach) : nullptr;
}

/// The connection that is this client's alone. It is closed if the request cannot go over it: a
/// session has one connection to an origin at a time.
std::unique_ptr<Upstream> Session::take_personal(const Request& request, const Route& route,
                                                 const Plan& plan) {
  const auto personal = std::move(personal_);
  if (!personal) return nullptr;
  const auto& upstream = personal->upstream();
  if (personal_user_ != request.record.user()) return nullptr;
  if (plan.upgrade != Upgrade::none) return nullptr;  // it would not come back
  if (upstream.route != route || upstream.config != request.config) return nullptr;
  if (!upstream.authenticated && !plan.repeatable) return nullptr;
  return personal->take();
}

void Session::give_back(std::unique_ptr<Upstream> upstream) {
  if (!upstream->personal) return worker_.pool().keep(std::move(upstream));
  personal_ = std::make_unique<Waiting>(worker_.loop(), std::move(upstream));
  personal_->wait([this] { personal_.reset(); });
}

}  // namespace culvert::proxy

// SPDX-License-Identifier: Apache-2.0
// The plain HTTP hop: absolute-form in, origin-form out, and the answer back.
#include <culvert/error.hpp>

#include "proxy/exchange.hpp"
#include "proxy/reach.hpp"

namespace culvert::proxy {

using http1::Scheme;
using http1::Upgrade;

net::Task<Session::Next> Session::serve_forward(Request& request) {
  request.record.kind = observe::Kind::hop;
  auto refusal = refused(request, {});
  const auto framing = http1::request_framing(request.head);
  const auto upgrade = http1::read_upgrade(request.head);
  if (!framing) {
    refusal.why = framing.error();
  } else if (!upgrade) {
    refusal.why = upgrade.error();
  } else if (request.target.scheme == Scheme::https || request.target.scheme == Scheme::wss) {
    refusal.why = Errc::scheme_unsupported;
    refusal.detail = "use CONNECT for https and wss";
  } else if (http1::passed_through(request.head, worker_.via())) {
    refusal.why = Errc::proxy_loop_detected;
  }
  if (refusal.why) co_return co_await refuse(request, std::move(refusal), Next::close);
  if (*upgrade == Upgrade::websocket) request.record.kind = observe::Kind::websocket;

  auto reached = co_await reach(worker_, connector_, request);
  if (!reached) {
    const auto then = reusable(request) ? Next::request : Next::close;
    co_return co_await refuse(request, std::move(reached.error()), then);
  }
  auto origin = net::Socket::taking_over(worker_.loop(), std::move(reached->descriptor));
  origin_ = &origin;
  Exchange exchange(*this, request, origin, *framing, *upgrade);
  const auto next = co_await exchange.run();
  origin_ = nullptr;
  co_return next;
}

}  // namespace culvert::proxy

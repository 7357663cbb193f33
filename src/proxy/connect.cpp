// SPDX-License-Identifier: Apache-2.0
// CONNECT: a tunnel, and what a tunnel's end says in the log.
#include <culvert/error.hpp>
#include <culvert/http1/hop.hpp>
#include <culvert/websocket/facts.hpp>

#include "proxy/inspection.hpp"
#include "proxy/overheard.hpp"
#include "proxy/reach.hpp"
#include "proxy/session.hpp"
#include "proxy/stall.hpp"
#include "proxy/tunnel_owner.hpp"

namespace culvert::proxy {

using observe::Event;

namespace {

// At once, and with no framing field (RFC 9110 §9.3.6).
constexpr std::string_view established = "HTTP/1.1 200 Connection established\r\n\r\n";

relay::Limits limits_of(const Request& request) {
  const auto& timeouts = request.timeouts();
  return {.idle = timeouts.tunnel_idle,
          .lifetime = timeouts.tunnel_lifetime,
          .half_closed = timeouts.half_closed,
          .heartbeat = request.config->websocket_of(request.verdict.rule).heartbeat};
}

/// Also where nobody has looked.
bool may_be_tls(const observe::AccessRecord& record) {
  using observe::Speech;
  return record.kind == observe::Kind::connect &&
         (record.speech == Speech::tls || record.speech == Speech::opaque);
}

/// Null when it is no WebSocket.
std::unique_ptr<websocket::Watch> watch_of(const Request& request,
                                           std::optional<websocket::Facts> facts,
                                           net::TimePoint now) {
  if (!facts) return nullptr;
  return std::make_unique<websocket::Watch>(request.config->websocket_of(request.verdict.rule),
                                            *std::move(facts), now);
}

/// Where nobody has looked; else null.
std::unique_ptr<relay::Overhearing> overhearing_for(const Request& request) {
  const auto& record = request.record;
  if (record.kind != observe::Kind::connect || record.speech != observe::Speech::opaque) {
    return nullptr;
  }
  return std::make_unique<Overheard>(request.config, request.verdict.rule);
}

}  // namespace

net::Task<Session::Next> Session::serve_connect(Request& request) {
  request.record.kind = observe::Kind::connect;
  if (http1::passed_through(request.head, worker_.via())) {
    co_return co_await refuse(request, refused(request, Errc::proxy_loop_detected), Next::close);
  }
  // What follows a refused CONNECT was meant for the origin and is never read as a request (RFC
  // 9931 §8).
  auto admitted = co_await admit(request, Takes::tunnel);
  if (!admitted) co_return co_await refuse(request, std::move(admitted.error()), Next::close);
  personal_.reset();  // a session has one connection to an origin at a time
  auto reached = co_await reach(worker_, connector_, request);
  if (!reached) co_return co_await refuse(request, std::move(reached.error()), Next::close);
  auto origin = net::Socket::taking_over(worker_.loop(), std::move(reached->descriptor));
  if (auto still = ask_again(request); !still) {
    co_return co_await refuse(request, std::move(still.error()), Next::close);
  }
  Inspection inspection(*this, request, origin);  // from here on a new policy is heard of
  if (co_await client_.write_all(established, longest_stall(request.timeouts()))) {
    if (request.record.closer == nullptr) {
      request.record.closer = worker_.ending() ? "shutdown" : "client";
    }
    worker_.log(request.record, Event::request);
    co_return Next::gone;
  }
  request.record.status = 200;
  if (!co_await inspection.run()) co_return Next::gone;
  co_return begin_tunnel(std::move(request), origin, inspection.take_to_client(),
                         inspection.take_websocket());
}

/// From here on the worker's relay has both connections, and the session is done. What the client
/// has sent behind its request goes first. A policy that came into force since the request was
/// judged is asked before anything moves.
Session::Next Session::begin_tunnel(Request request, net::Socket& origin, std::string to_client,
                                    std::optional<websocket::Facts> websocket) {
  const bool judged = request.config == worker_.config();
  const auto limits = limits_of(request);
  const bool tls = may_be_tls(request.record);
  auto overhears = overhearing_for(request);
  auto watch = watch_of(request, std::move(websocket), worker_.loop().now());
  auto owner = std::make_unique<TunnelOwner>(worker_, std::move(request), std::move(counted_));
  if (!judged && !owner->still_allowed()) {
    owner->ended({.ending = relay::Ending::policy, .error = {}});
    return Next::gone;  // what the owner held is given back, and only then the connections close
  }
  owner->opened(watch ? &watch->facts() : nullptr);
  relay::Ends ends{.client = client_.release(),
                   .origin = origin.release(),
                   .to_origin = inbox_.take_all(),
                   .to_client = std::move(to_client),
                   .websocket = std::move(watch),
                   .overhearing = std::move(overhears),
                   .may_be_tls = tls};
  worker_.relays().start(std::move(ends), limits, std::move(owner));
  return Next::gone;
}

}  // namespace culvert::proxy

// SPDX-License-Identifier: Apache-2.0
// CONNECT: a tunnel, and what a tunnel's end says in the log.
#include <culvert/error.hpp>
#include <culvert/http1/hop.hpp>

#include "proxy/reach.hpp"
#include "proxy/session.hpp"
#include "proxy/stall.hpp"

namespace culvert::proxy {

using observe::Event;

namespace {

// At once, and with no framing field (RFC 9110 §9.3.6).
constexpr std::string_view established = "HTTP/1.1 200 Connection established\r\n\r\n";

const char* closer_of(relay::Ending ending) {
  switch (ending) {
    case relay::Ending::client_finished:
    case relay::Ending::client_reset: return "client";
    case relay::Ending::origin_finished:
    case relay::Ending::origin_reset: return "origin";
    case relay::Ending::idle: return "tunnel_idle";
    case relay::Ending::lifetime: return "tunnel_lifetime";
    case relay::Ending::half_closed: return "half_closed";
    case relay::Ending::stopped: return "shutdown";
    case relay::Ending::policy: return "policy";
    case relay::Ending::budget: return "bytes_per_day";
  }
  return "proxy";
}

/// RFC 9209 names for the ends that are failures.
const char* error_of(relay::Ending ending) {
  switch (ending) {
    case relay::Ending::client_finished:
    case relay::Ending::origin_finished:
    case relay::Ending::lifetime:
    case relay::Ending::stopped: return nullptr;
    case relay::Ending::client_reset:
    case relay::Ending::origin_reset: return "connection_terminated";
    case relay::Ending::idle:
    case relay::Ending::half_closed: return "connection_read_timeout";
    case relay::Ending::policy: return "http_request_denied";
    case relay::Ending::budget: return "connection_limit_reached";
  }
  return nullptr;
}

/// What a tunnel keeps of its session, in one piece.
class Kept final : public relay::Owner {
 public:
  Kept(Worker& worker, Request request, Census::Ticket counted)
      : worker_(worker),
        record_(std::move(request.record)),
        counted_(std::move(counted)),
        granted_(std::move(request.granted)) {}

  relay::Meter* meter() override { return granted_.meter(); }

  void ended(const relay::Outcome& outcome) override {
    record_.bytes_up += outcome.bytes_up;
    record_.bytes_down += outcome.bytes_down;
    record_.closer = closer_of(outcome.ending);
    record_.error = error_of(outcome.ending);
    worker_.log(record_, Event::close);
    worker_.tunnel_ended();
  }

 private:
  Worker& worker_;
  observe::AccessRecord record_;
  Census::Ticket counted_;
  Grant granted_;
};

relay::Limits limits_of(const config::Timeouts& timeouts) {
  return {.idle = timeouts.tunnel_idle,
          .lifetime = timeouts.tunnel_lifetime,
          .half_closed = timeouts.half_closed};
}

}  // namespace

net::Task<Session::Next> Session::serve_connect(Request& request) {
  request.record.kind = observe::Kind::connect;
  if (http1::passed_through(request.head, worker_.via())) {
    co_return co_await refuse(request, refused(request, Errc::proxy_loop_detected), Next::close);
  }
  // What follows a refused CONNECT was meant for the origin and is never read as a request (RFC
  // 9931 §8).
  auto verdict = decide(request);
  if (!verdict) co_return co_await refuse(request, std::move(verdict.error()), Next::close);
  personal_.reset();  // a session has one connection to an origin at a time
  auto reached = co_await reach(worker_, connector_, request, *verdict);
  if (!reached) co_return co_await refuse(request, std::move(reached.error()), Next::close);

  auto origin = net::Socket::taking_over(worker_.loop(), std::move(reached->descriptor));
  if (co_await client_.write_all(established, longest_stall(request.config->timeouts))) {
    request.record.closer = "client";
    worker_.log(request.record, Event::request);
    co_return Next::gone;
  }
  request.record.status = 200;
  begin_tunnel(std::move(request), origin, inbox_.take_all(), {});
  co_return Next::gone;
}

/// From here on the worker's relay has both connections, and the session is done.
void Session::begin_tunnel(Request request, net::Socket& origin, std::string to_origin,
                           std::string to_client) {
  worker_.log(request.record, Event::open);
  relay::Ends ends{.client = client_.release(),
                   .origin = origin.release(),
                   .to_origin = std::move(to_origin),
                   .to_client = std::move(to_client),
                   .websocket = request.record.kind == observe::Kind::websocket};
  const auto limits = limits_of(request.config->timeouts);
  worker_.relays().start(std::move(ends), limits,
                         std::make_unique<Kept>(worker_, std::move(request), std::move(counted_)));
}

}  // namespace culvert::proxy

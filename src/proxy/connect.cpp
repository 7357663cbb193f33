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
  }
  return nullptr;
}

/// What a tunnel keeps of its session, in one piece.
struct Kept {
  observe::AccessRecord record;
  Census::Ticket counted;
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
                   .to_client = std::move(to_client)};
  auto kept = std::make_unique<Kept>(std::move(request.record), std::move(counted_));
  auto done = [&worker = worker_, kept = std::move(kept)](const relay::Outcome& outcome) {
    auto* record = &kept->record;
    record->bytes_up += outcome.bytes_up;
    record->bytes_down += outcome.bytes_down;
    record->closer = closer_of(outcome.ending);
    record->error = error_of(outcome.ending);
    worker.log(*record, Event::close);
    worker.tunnel_ended();
  };
  worker_.relays().start(std::move(ends), limits_of(request.config->timeouts), std::move(done));
}

}  // namespace culvert::proxy

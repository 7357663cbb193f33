// SPDX-License-Identifier: Apache-2.0
#include "proxy/tunnel_owner.hpp"

#include <utility>

#include "proxy/handshake.hpp"
#include "proxy/known.hpp"
#include "proxy/opening.hpp"
#include "proxy/worker.hpp"

namespace culvert::proxy {
namespace {

/// The setting that a frame went against.
const char* limit_of(websocket::Flaw flaw) {
  if (flaw == websocket::Flaw::max_frame) return "max_frame";
  return flaw == websocket::Flaw::max_message ? "max_message" : "strict";
}

const char* closer_of(const relay::Outcome& outcome) {
  switch (outcome.ending) {
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
    case relay::Ending::websocket_idle: return "websocket_idle";
    case relay::Ending::client_dead:
    case relay::Ending::origin_dead: return "pong_timeout";
    case relay::Ending::client_flaw:
    case relay::Ending::origin_flaw: return limit_of(outcome.flaw);
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
    case relay::Ending::half_closed:
    case relay::Ending::websocket_idle:
    case relay::Ending::client_dead:
    case relay::Ending::origin_dead: return "connection_read_timeout";
    case relay::Ending::client_flaw: return "http_request_error";
    case relay::Ending::origin_flaw: return "http_protocol_error";
    case relay::Ending::policy: return "http_request_denied";
    case relay::Ending::budget: return "connection_limit_reached";
  }
  return nullptr;
}

/// For people, where the closer alone does not tell.
std::string reason_of(const relay::Outcome& outcome) {
  switch (outcome.ending) {
    case relay::Ending::client_dead:
    case relay::Ending::origin_dead:
    case relay::Ending::client_flaw:
    case relay::Ending::origin_flaw: return relay::reason_of(outcome.ending, outcome.flaw);
    case relay::Ending::client_finished:
    case relay::Ending::origin_finished:
    case relay::Ending::client_reset:
    case relay::Ending::origin_reset:
    case relay::Ending::idle:
    case relay::Ending::lifetime:
    case relay::Ending::half_closed:
    case relay::Ending::stopped:
    case relay::Ending::policy:
    case relay::Ending::budget:
    case relay::Ending::websocket_idle: break;
  }
  return {};
}

}  // namespace

std::optional<Request> asked_again(Worker& worker, const observe::AccessRecord& record,
                                   policy::Scheme scheme, const std::string& handshake,
                                   const ShownCertificate& certificate) {
  const auto host = Host::parse(record.host);
  if (!host || record.port == 0) return std::nullopt;
  Request again;
  again.config = worker.config();
  again.when = worker.minute_of_week();
  again.scheme = scheme;
  again.handshake = handshake;
  again.target.authority = Authority{.host = *host, .port = Port::of(record.port)};
  again.record.client = record.client;
  again.record.listener = record.listener;
  again.listener_takes_websocket = worker.takes_websocket(*record.listener);
  again.record.method = record.method;
  // A user who is none any more is nobody.
  const auto user = record.user();
  const auto* shown = certificate.get();
  if (!user.empty() && (is_still_known(*again.config, user, record.client) ||
                        known_by_certificate(worker, *record.listener, shown) == user)) {
    again.record.more().user = user;
  }
  return again;
}

TunnelOwner::TunnelOwner(Worker& worker, Request request, Census::Ticket counted)
    : worker_(worker),
      record_(std::move(request.record)),
      counted_(std::move(counted)),
      grant_(std::move(request.granted)),
      handshake_(small_enough(std::move(request.handshake))),
      certificate_(std::move(request.certificate)),
      scheme_(request.scheme) {}

void TunnelOwner::opened(const websocket::Facts* websocket) {
  worker_.log(record_, observe::Event::open, {.websocket = websocket, .inferred_heartbeat = {}});
}

void TunnelOwner::leaving() {
  counted_ = {};
  grant_.not_a_tunnel();
}

void TunnelOwner::ended(const relay::Outcome& outcome) {
  record_.bytes_up += outcome.bytes_up;
  record_.bytes_down += outcome.bytes_down;
  record_.closer = closer_of(outcome);
  record_.error = error_of(outcome.ending);
  if (auto reason = reason_of(outcome); !reason.empty()) {
    auto& said = record_.more().reason;  // by report mode
    said = said.empty() ? std::move(reason) : said + "; " + reason;
  }
  worker_.log(record_, observe::Event::close,
              {.websocket = outcome.websocket, .inferred_heartbeat = outcome.inferred_heartbeat});
  worker_.tunnel_ended();
}

bool TunnelOwner::still_allowed() {
  auto again = asked_again(worker_, record_, scheme_, handshake_, certificate_);
  auto objection = again ? objection_to_tunnel(*again, record_) : "its target is lost";
  if (objection.empty()) return true;
  record_.more().reason = "after a reload: " + objection;
  return false;
}

}  // namespace culvert::proxy

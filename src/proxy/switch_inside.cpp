// SPDX-License-Identifier: Apache-2.0
// A WebSocket's handshake inside a tunnel. It goes on as it came, and the answer comes back as it
// is. A 101 makes a WebSocket of the tunnel, whose frames can be followed from there on. Whatever
// else follows is HTTP, and goes on as long as the rule allows that.
#include <cassert>

#include <culvert/error.hpp>
#include <culvert/http1/flaw.hpp>
#include <culvert/http1/hop.hpp>

#include "proxy/handshake.hpp"
#include "proxy/inspection.hpp"
#include "proxy/reach.hpp"
#include "proxy/stall.hpp"

namespace culvert::proxy {
namespace {

// Of an answer that must not become a tunnel: what is passed on behind its head.
constexpr std::size_t most_of_refusal = 1UL << 20;
constexpr net::milliseconds refusal_time{5000};
constexpr const char* no_switch =
    "the origin did not switch to WebSocket, and the rule allows nothing else";

}  // namespace

/// True when the tunnel may go on.
net::Task<bool> Inspection::pass_handshake(std::size_t head_bytes) {
  const auto text = inbox_.take(head_bytes);
  const auto head = http1::parse_request(text, request_.config->http.limits);
  const auto target = head ? http1::read_target(*head) : fail(head.error());
  assert(target);  // both were sound a moment ago
  request_.handshake = kept_handshake(handshake_of(*head, target->path));

  const auto key = head->fields.first("Sec-WebSocket-Key").value_or("");
  const auto ended = co_await switch_watched(text, key);
  websocket_ = ended == Switched::yes;
  const auto& may_be = request_.terms().tunnel;
  const bool may_be_http = may_be.has(policy::Speech::http) || may_be.has(policy::Speech::any);
  if (websocket_) co_return true;
  if (ended == Switched::no && (may_be_http || report(request_, "", no_switch))) co_return true;
  co_await end_handshake(ended);
  co_return false;
}

/// A client that goes is noticed meanwhile.
net::Task<Inspection::Switched> Inspection::switch_watched(std::string_view head,
                                                           std::string_view key) {
  bool client_gone = false;
  client_.when_broken([&] {
    client_gone = true;
    origin_.abort();
  });
  const auto ended = co_await switch_protocols(head, key);
  client_.when_broken({});
  co_return client_gone ? Switched::client_gone : ended;
}

net::Task<Inspection::Switched> Inspection::switch_protocols(std::string_view head,
                                                             std::string_view key) {
  const auto& limits = request_.config->http.limits;
  const auto stall = longest_stall(request_.timeouts());
  if (co_await origin_.write_all(head, stall)) co_return Switched::failed;
  request_.record.bytes_up += head.size();
  const auto asked = worker_.loop().now();
  const Patience patience{.limit = request_.timeouts().response_head, .since = asked};
  // Interim answers do not begin the time anew, even if they come so thick that nobody ever waits.
  while (worker_.loop().now() < patience.until()) {
    const auto answer = co_await receive_head(worker_, origin_, from_origin_, limits, patience);
    // What is no head of ours to read may still be something for the client.
    if (!answer) {
      const bool readable = answer.error().category() == http1::flaw_category();
      co_return readable ? Switched::no : Switched::failed;
    }
    if (co_await client_.write_all(*answer, stall)) co_return Switched::client_gone;
    request_.record.bytes_down += answer->size();
    if (!charge(answer->size())) co_return Switched::failed;
    const auto response = http1::parse_response(*answer, limits);
    if (response && response->status == 101) {
      co_return http1::verify_upgrade(*response, key) ? Switched::yes : Switched::no;
    }
    if (!response || response->status >= 200) co_return Switched::no;
    co_await net::yield(worker_.loop());
  }
  co_return Switched::failed;
}

/// The rule allows WebSockets alone, and this has become none.
net::Task<void> Inspection::end_handshake(Switched how) {
  const auto closer = [how] {
    switch (how) {
      case Switched::failed: return "origin";
      case Switched::client_gone: return "client";
      case Switched::yes:
      case Switched::no: break;
    }
    return "policy";
  };
  auto& record = request_.record;
  const bool judged_anew = record.closer != nullptr;  // judge() has said why
  if (!judged_anew) record.closer = worker_.ending() ? "shutdown" : closer();
  if (!judged_anew && how != Switched::client_gone && !worker_.ending()) {
    record.error = "http_upgrade_failed";
    record.more().reason = no_switch;
  }
  request_.granted.not_a_tunnel();
  if (how == Switched::no) co_await pass_rest();
  worker_.log(record, observe::Event::close);
  co_await session_.linger(Session::Linger::briefly);
}

/// The client hears the rest of the answer, but says no more.
net::Task<void> Inspection::pass_rest() {
  std::string rest = from_origin_.take_all();
  std::size_t passed = 0;
  const auto stall = longest_stall(request_.timeouts());
  const auto until = worker_.loop().now() + refusal_time;
  while (passed < most_of_refusal && worker_.loop().now() < until) {
    if (!rest.empty() && co_await client_.write_all(rest, stall)) break;
    passed += rest.size();
    if (!charge(rest.size())) break;
    rest.clear();
    co_await net::yield(worker_.loop());
    if (co_await origin_.wait_readable(until)) break;
    const auto got = origin_.try_read(worker_.scratch());
    if (!got && net::is_would_block(got.error())) continue;
    if (!got || *got == 0) break;
    rest.assign(worker_.scratch().data(), *got);
  }
  request_.record.bytes_down += passed;
}

/// What moves before the relay begins. False when no more may today.
bool Inspection::charge(std::size_t bytes) {
  auto* meter = request_.granted.meter();
  return meter == nullptr || !meter->charge(bytes, net::Clock::now()).used_up;
}

}  // namespace culvert::proxy

// SPDX-License-Identifier: Apache-2.0
// A WebSocket's handshake inside a tunnel. It goes on as it came, and the answer comes back as it
// is. A 101 makes a WebSocket of the tunnel, whose frames can be followed from there on. Whatever
// else follows is HTTP, and goes on as long as the rule allows that.
#include <cassert>
#include <optional>
#include <utility>

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

/// What an answer to a handshake comes to.
struct Answer {
  bool is_interim = false;                         ///< another one follows
  std::optional<websocket::Facts> websocket = {};  ///< it switches to that
};

Answer read_answer(const std::string& text, std::string_view key, const http1::HeadLimits& limits) {
  const auto response = http1::parse_response(text, limits);
  if (!response || response->status >= 200) return {};
  if (response->status != 101) return {.is_interim = true};
  if (!http1::verify_upgrade(*response, key)) return {};
  return {.websocket = facts_of(*response)};
}

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
  const auto& may_be = request_.terms().tunnel;
  const bool may_be_http = may_be.has(policy::Speech::http) || may_be.has(policy::Speech::any);
  if (ended == Switched::yes) co_return true;
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
  const auto failed = co_await writer_to(origin_).write(head);
  if (!failed || failed == Errc::budget_used_up) request_.record.bytes_up += head.size();
  if (failed) co_return write_failed(failed, Switched::failed);
  auto to_client = writer_to(client_);
  const auto begun = worker_.loop().now();
  auto asked = begun;
  const Patience patience{.limit = request_.timeouts().response_head, .since = asked};
  // Interim answers do not begin the time anew, even if they come so thick that nobody ever waits.
  while (worker_.loop().now() < patience.until()) {
    auto answer = co_await receive_head(worker_, origin_, from_origin_, limits, patience);
    // What is no head of ours to read may still be something for the client.
    if (!answer) {
      const bool readable = answer.error().category() == http1::flaw_category();
      co_return readable ? Switched::no : Switched::failed;
    }
    auto said = read_answer(*answer, key, limits);
    // What came with a refusal goes with it: who hears one may leave at once, and answer the rest
    // by a reset, which the origin would not have seen without us.
    if (!said.is_interim && !said.websocket) answer->append(from_origin_.take_all());
    const auto error = co_await to_client.write(*answer);
    asked = begun + to_client.waited();
    if (!error || error == Errc::budget_used_up) request_.record.bytes_down += answer->size();
    if (error) co_return write_failed(error, Switched::client_gone);
    websocket_ = std::move(said.websocket);
    if (!said.is_interim) co_return websocket_ ? Switched::yes : Switched::no;
    co_await net::yield(worker_.loop());
  }
  co_return Switched::failed;
}

/// What it comes to that something could not be written: `otherwise`, unless it is the day's
/// budget.
Inspection::Switched Inspection::write_failed(std::error_code why, Switched otherwise) {
  if (why != Errc::budget_used_up) return otherwise;
  request_.record.closer = "bytes_per_day";
  request_.record.error = "connection_limit_reached";
  return Switched::failed;
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
  const bool is_said = record.closer != nullptr;  // by judge(), or a budget
  if (!is_said) record.closer = worker_.ending() ? "shutdown" : closer();
  if (!is_said && how != Switched::client_gone && !worker_.ending()) {
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
  auto writer = writer_to(client_);
  const auto begun = worker_.loop().now();
  const auto until = [&] { return begun + refusal_time + writer.waited(); };
  while (passed < most_of_refusal && worker_.loop().now() < until()) {
    const auto error = co_await writer.write(rest);
    if (!error || error == Errc::budget_used_up) passed += rest.size();
    if (error) break;
    rest.clear();
    co_await net::yield(worker_.loop());
    if (co_await origin_.wait_readable(until())) break;
    const auto got = origin_.try_read(worker_.scratch());
    if (!got && net::is_would_block(got.error())) continue;
    if (!got || *got == 0) break;
    rest.assign(worker_.scratch().data(), *got);
  }
  request_.record.bytes_down += passed;
}

/// For what moves before the relay begins.
MeteredWriter Inspection::writer_to(net::Socket& sink) {
  return MeteredWriter({.sink = sink,
                        .held_at = origin_,
                        .meter = request_.granted.meter(),
                        .stall = longest_stall(request_.timeouts())});
}

}  // namespace culvert::proxy

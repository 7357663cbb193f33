// SPDX-License-Identifier: Apache-2.0
// What runs in a CONNECT tunnel: the client's first bytes are looked at before any goes on.
#include <algorithm>
#include <cassert>
#include <utility>

#include <culvert/error.hpp>
#include <culvert/http1/flaw.hpp>
#include <culvert/http1/hop.hpp>

#include "inspect/alert.hpp"
#include "inspect/first_bytes.hpp"
#include "proxy/handshake.hpp"
#include "proxy/opening.hpp"
#include "proxy/reach.hpp"
#include "proxy/session.hpp"
#include "proxy/stall.hpp"

namespace culvert::proxy {
namespace {

// Of an answer that must not become a tunnel: what is passed on behind its head.
constexpr std::size_t most_of_refusal = 1UL << 20;
constexpr net::milliseconds refusal_time{5000};
constexpr const char* no_switch =
    "the origin did not switch to WebSocket, and the rule allows nothing else";

/// Of what moves before the relay begins. False when no more may today.
bool charge(const Request& request, std::size_t bytes) {
  auto* meter = request.granted.meter();
  return meter == nullptr || !meter->charge(bytes, net::Clock::now()).used_up;
}

struct Judge {
  const Request& request;
  std::string_view received;

  Opening operator()(const inspect::ClientHello& hello) const { return judge(request, hello); }
  Opening operator()(const inspect::OtherSpeech& other) const { return judge(request, other); }
  Opening operator()(const inspect::HttpRequest& http) const {
    const auto head =
        http1::parse_request(received.substr(0, http.head_bytes), request.config->http.limits);
    return head ? judge(request, *head) : judge(request, inspect::OtherSpeech());
  }
};

}  // namespace

/// Reads until it is clear what the client speaks, or the time for that is over.
net::Task<Result<std::optional<inspect::Speech>>> Session::first_speech(const Request& request) {
  const auto& timeouts = request.timeouts();
  const auto now = worker_.loop().now();
  const auto deadline =
      std::min(net::after(now, timeouts.tunnel_first_bytes), net::after(now, timeouts.tunnel_idle));
  inspect::FirstBytes reader(request.config->http.limits);
  while (true) {
    if (!inbox_.empty()) {
      if (auto speech = reader.read(inbox_.view())) co_return speech;
    }
    if (!client_.may_read()) {
      const auto error = co_await client_.wait_readable(deadline);
      if (error == Errc::timed_out) co_return std::nullopt;
      if (error) co_return fail(error);
    }
    const auto got = client_.try_read(worker_.scratch());
    if (!got && net::is_would_block(got.error())) continue;
    if (!got) co_return fail(got.error());
    // Who says nothing more may still wait for what the server says.
    const bool waits = request.terms().tunnel.has(policy::Speech::any);
    if (*got == 0 && waits) co_return std::nullopt;
    if (*got == 0) co_return fail(Errc::connection_terminated);
    inbox_.append({worker_.scratch().data(), *got});
  }
}

/// True when the tunnel may go on. Else it has been ended, and logged.
net::Task<bool> Session::look_into(Request& request, Passage& passage) {
  if (request.terms().opaque()) {
    request.record.speech = observe::Speech::opaque;
    co_return true;
  }
  auto speech = co_await first_speech(request);
  if (!speech) {
    // A client that is gone, or says no more, before it has said what it speaks.
    if (request.record.closer == nullptr) {
      request.record.closer = worker_.ending() ? "shutdown" : "client";
    }
    worker_.log(request.record, observe::Event::close);
    co_return false;
  }
  const bool silent = !speech->has_value();
  const auto opening =
      silent ? judge_silence(request, inbox_.view())
             : std::visit(Judge{.request = request, .received = inbox_.view()}, **speech);
  request.record.speech = opening.speech;
  if (!opening.server_name.empty()) request.record.note_server_name(opening.server_name);
  if (!opening.objection.empty() && !report(request, "", opening.objection)) {
    co_await end_opening(request, opening);
    co_return false;
  }
  const auto* http = silent ? nullptr : std::get_if<inspect::HttpRequest>(&**speech);
  if (http != nullptr && opening.speech == observe::Speech::websocket) {
    co_return co_await pass_handshake(request, passage, http->head_bytes);
  }
  co_return true;
}

/// Tells a client why, in a way that it understands, and closes.
net::Task<void> Session::end_opening(Request& request, const Opening& opening) {
  auto& record = request.record;
  record.allowed = false;
  record.error = "http_request_denied";
  record.closer = "policy";
  record.more().reason = opening.objection;
  std::string last_word;
  if (opening.hears_alert) last_word = inspect::alert_for_denial();
  if (opening.speech == observe::Speech::http || opening.speech == observe::Speech::websocket) {
    auto refusal = refused(request, Errc::http_request_denied);
    refusal.rule = record.rule;
    refusal.detail = opening.objection;
    last_word = write_reply(refusal, {.date = worker_.date()});
  }
  if (!co_await client_.write_all(last_word, longest_stall(request.timeouts()))) {
    record.bytes_down += last_word.size();
  }
  worker_.log(record, observe::Event::close);
  co_await linger(Linger::briefly);
}

/// The handshake goes on as it came, and the answer comes back as it is. A 101 makes a WebSocket of
/// the tunnel, whose frames can be followed from there on. Whatever else follows is HTTP, and goes
/// on as long as the rule allows that.
net::Task<bool> Session::pass_handshake(Request& request, Passage& passage,
                                        std::size_t head_bytes) {
  const auto text = inbox_.take(head_bytes);
  const auto head = http1::parse_request(text, request.config->http.limits);
  const auto target = head ? http1::read_target(*head) : fail(head.error());
  assert(target);  // both were sound a moment ago
  request.handshake = kept_handshake(handshake_of(*head, target->path));

  auto& origin = passage.origin;
  bool client_gone = false;
  client_.when_broken([&] {
    client_gone = true;
    origin.abort();
  });
  const auto key = head->fields.first("Sec-WebSocket-Key").value_or("");
  auto ended = co_await switch_inside(request, passage, text, key);
  client_.when_broken({});
  if (client_gone) ended = Switched::client_gone;
  if (ended == Switched::yes) passage.websocket = true;
  const bool may_be_http = request.terms().tunnel.has(policy::Speech::http) ||
                           request.terms().tunnel.has(policy::Speech::any);
  if (ended == Switched::yes) co_return true;
  if (ended == Switched::no && (may_be_http || report(request, "", no_switch))) co_return true;
  co_await end_handshake(request, passage, ended);
  co_return false;
}

net::Task<Session::Switched> Session::switch_inside(Request& request, Passage& passage,
                                                    std::string_view head, std::string_view key) {
  const auto& limits = request.config->http.limits;
  const auto stall = longest_stall(request.timeouts());
  if (co_await passage.origin.write_all(head, stall)) co_return Switched::failed;
  request.record.bytes_up += head.size();
  const auto asked = worker_.loop().now();
  const Patience patience{.limit = request.timeouts().response_head, .since = asked};
  // Interim answers do not begin the time anew, even if they come so thick that nobody ever waits.
  while (worker_.loop().now() < patience.until()) {
    const auto answer =
        co_await receive_head(worker_, passage.origin, passage.from_origin, limits, patience);
    // What is no head of ours to read may still be something for the client.
    if (!answer) {
      const bool readable = answer.error().category() == http1::flaw_category();
      co_return readable ? Switched::no : Switched::failed;
    }
    if (co_await client_.write_all(*answer, stall)) co_return Switched::client_gone;
    request.record.bytes_down += answer->size();
    if (!charge(request, answer->size())) co_return Switched::failed;
    const auto response = http1::parse_response(*answer, limits);
    if (response && response->status == 101) {
      co_return http1::verify_upgrade(*response, key) ? Switched::yes : Switched::no;
    }
    if (!response || response->status >= 200) co_return Switched::no;
    co_await net::yield(worker_.loop());
  }
  co_return Switched::failed;
}

const char* Session::closer_of(Switched how) {
  switch (how) {
    case Switched::failed: return "origin";
    case Switched::client_gone: return "client";
    case Switched::yes:
    case Switched::no: break;
  }
  return "policy";
}

/// The rule allows WebSockets alone, and this has become none: the client hears the rest of the
/// answer, but says no more.
net::Task<void> Session::end_handshake(Request& request, Passage& passage, Switched how) {
  auto& record = request.record;
  const bool judged_anew = record.closer != nullptr;  // judge() has said why
  if (!judged_anew) record.closer = worker_.ending() ? "shutdown" : closer_of(how);
  if (!judged_anew && how != Switched::client_gone && !worker_.ending()) {
    record.error = "http_upgrade_failed";
    record.more().reason = no_switch;
  }
  std::string rest = passage.from_origin.take_all();
  std::size_t passed = 0;
  const auto stall = longest_stall(request.timeouts());
  const auto until = worker_.loop().now() + refusal_time;
  while (how == Switched::no && passed < most_of_refusal && worker_.loop().now() < until) {
    if (!rest.empty() && co_await client_.write_all(rest, stall)) break;
    passed += rest.size();
    if (!charge(request, rest.size())) break;
    rest.clear();
    co_await net::yield(worker_.loop());
    if (co_await passage.origin.wait_readable(until)) break;
    const auto got = passage.origin.try_read(worker_.scratch());
    if (!got && net::is_would_block(got.error())) continue;
    if (!got || *got == 0) break;
    rest.assign(worker_.scratch().data(), *got);
  }
  record.bytes_down += passed;
  worker_.log(record, observe::Event::close);
  co_await linger(Linger::briefly);
}

}  // namespace culvert::proxy

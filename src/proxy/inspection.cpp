// SPDX-License-Identifier: Apache-2.0
#include "proxy/inspection.hpp"

#include <algorithm>
#include <variant>

#include <culvert/error.hpp>

#include "inspect/alert.hpp"
#include "proxy/reach.hpp"
#include "proxy/stall.hpp"

namespace culvert::proxy {

using observe::Event;

namespace {

/// Judges what the first bytes, which were `received`, turned out to be.
struct Judge {
  const Request& request;
  std::string_view received;

  Opening operator()(const inspect::ClientHello& hello) const {
    return proxy::judge(request, hello);
  }
  Opening operator()(const inspect::OtherSpeech& other) const {
    return proxy::judge(request, other);
  }
  Opening operator()(const inspect::HttpRequest& http) const {
    const auto head =
        http1::parse_request(received.substr(0, http.head_bytes), request.config->http.limits);
    return head ? proxy::judge(request, *head) : proxy::judge(request, inspect::OtherSpeech());
  }
};

}  // namespace

Inspection::Inspection(Session& session, Request& request, net::Socket& origin)
    : worker_(session.worker_),
      session_(session),
      request_(request),
      client_(session.client_),
      inbox_(session.inbox_),
      origin_(origin) {
  session_.inspection_ = this;
}

Inspection::~Inspection() {
  session_.inspection_ = nullptr;
}

net::Task<bool> Inspection::run() {
  auto& record = request_.record;
  if (is_opaque(request_)) {
    record.speech = observe::Speech::opaque;
    co_return true;
  }
  const auto speech = co_await first_speech();
  if (!speech) {
    // A client that is gone, or says no more, before it has said what it speaks.
    if (record.closer == nullptr) record.closer = worker_.ending() ? "shutdown" : "client";
    worker_.log(record, Event::close);
    co_return false;
  }
  const auto opening = judge(*speech);
  record.speech = opening.speech;
  if (!opening.server_name.empty()) record.note_server_name(opening.server_name);
  if (!opening.objection.empty() && !report(request_, "", opening.objection)) {
    co_await end(opening);
    co_return false;
  }
  if (opening.speech != observe::Speech::websocket) co_return true;
  const auto& spoken = **speech;  // NOLINT(bugprone-unchecked-optional-access): or no WebSocket
  co_return co_await pass_handshake(std::get<inspect::HttpRequest>(spoken).head_bytes);
}

/// Reads until it is clear what the client speaks; nullopt when the time for that is over.
net::Task<Result<std::optional<inspect::Speech>>> Inspection::first_speech() {
  const auto& timeouts = request_.timeouts();
  const auto now = worker_.loop().now();
  const auto deadline =
      std::min(net::after(now, timeouts.tunnel_first_bytes), net::after(now, timeouts.tunnel_idle));
  inspect::FirstBytes reader(request_.config->http.limits);
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
    if (*got == 0 && may_be_silent()) co_return std::nullopt;
    if (*got == 0) co_return fail(Errc::connection_terminated);
    inbox_.append({worker_.scratch().data(), *got});
  }
}

/// Who says nothing more may still wait for what the server says.
bool Inspection::may_be_silent() const {
  return request_.terms().tunnel.has(policy::Speech::any);
}

Opening Inspection::judge(const std::optional<inspect::Speech>& speech) const {
  if (!speech) return judge_silence(request_, inbox_.view());
  return std::visit(Judge{.request = request_, .received = inbox_.view()}, *speech);
}

/// Tells a client why, in a way that it understands, and closes.
net::Task<void> Inspection::end(const Opening& opening) {
  auto& record = request_.record;
  record.allowed = false;
  record.error = "http_request_denied";
  record.closer = "policy";
  record.more().reason = opening.objection;
  request_.granted.not_a_tunnel();
  std::string last_word;
  if (opening.hears_alert) last_word = inspect::alert_for_denial();
  if (opening.speech == observe::Speech::http || opening.speech == observe::Speech::websocket) {
    auto refusal = refused(request_, Errc::http_request_denied);
    refusal.rule = objecting_rule(request_, opening.objection);
    refusal.detail = opening.objection;
    last_word = write_reply(refusal, {.date = worker_.date()});
  }
  if (!co_await client_.write_all(last_word, longest_stall(request_.timeouts()))) {
    record.bytes_down += last_word.size();
  }
  worker_.log(record, Event::close);
  co_await session_.linger(Session::Linger::briefly);
}

void Inspection::judge() {
  auto& record = request_.record;
  const auto objection = session_.objection_by_now(request_);
  if (objection.empty()) return;
  record.closer = "policy";
  record.error = "http_request_denied";
  record.more().reason = "after a reload: " + objection;
  session_.abort();
}

}  // namespace culvert::proxy

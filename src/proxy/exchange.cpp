// SPDX-License-Identifier: Apache-2.0
#include "proxy/exchange.hpp"

#include <algorithm>
#include <utility>

#include <asio/experimental/awaitable_operators.hpp>

#include <culvert/error.hpp>
#include <culvert/http1/flaw.hpp>

#include "net/waiter.hpp"
#include "proxy/metered_writer.hpp"
#include "proxy/origin_carrier.hpp"
#include "proxy/origin_http.hpp"
#include "proxy/stall.hpp"

namespace culvert::proxy {

using http1::Framing;
using http1::Upgrade;
using observe::Event;

namespace {

/// How a body is written for this client: HTTP/1.0 knows no chunks (RFC 9112 §6.1).
Framing framing_for(http1::Version client, const Framing& from) {
  if (client == http1::Version::http10 && from.kind == Framing::Kind::chunked) {
    return {.kind = Framing::Kind::until_close};
  }
  return from;
}

/// True when the client holds its body back until it hears that it may go on. One of HTTP/1.0 could
/// not hear it (RFC 9110 §10.1.1).
bool expects_continue(const http1::RequestHead& head) {
  return head.version == http1::Version::http11 && head.fields.has_token("Expect", "100-continue");
}

Pace pace_for(const Request& request) {
  const auto& limits = request.config->limits;
  return {limits.min_body_rate, limits.body_grace,
          expects_continue(request.head) ? Pace::Begins::later : Pace::Begins::at_once};
}

/// Less is soon delivered, to whomever; most requests are less.
constexpr std::size_t much_on_the_way = 16UL * 1024;

}  // namespace

Exchange::Exchange(Session& session, Request& request, Upstream& upstream, const Plan& plan)
    : worker_(session.worker_),
      session_(session),
      request_(request),
      upstream_(upstream),
      origin_(upstream.socket),
      plan_(plan),
      activity_({.last = worker_.loop().now()}),
      asked_(activity_.last),
      upload_(worker_,
              {.source = session.client_,
               .inbox = session.inbox_,
               .sink = origin_,
               .way = BodyPump::Way::up},
              {.head = request_head(),
               .fields = request.head.fields,
               .limits = request.config->http.limits,
               .from = plan.framing,
               .to = plan.framing},
              activity_, request.timeouts(), pace_for(request), request.granted.meter()) {
  // It waits for the origin then, who has response_head for that.
  const bool origin_has_limit = request.timeouts().response_head.count() != 0;
  if (expects_continue(request.head) && origin_has_limit) upload_.hold_back();
}

Exchange::~Exchange() {
  session_.client_.when_broken({});
}

/// A connection that was asked to switch protocols is not asked anything else, whatever it said.
std::string Exchange::request_head() const {
  const auto& http = request_.config->http;
  const auto* address = request_.record.client.address();
  const std::string client = http.forwarded == http1::Forwarded::add && address != nullptr
                                 ? address->text()
                                 : "unknown";  // RFC 7239 §6.2
  const http1::RequestHop hop{
      .via = worker_.via(),
      .framing = plan_.framing,
      .upgrade = plan_.upgrade,
      .keep_alive = http.pool > 0 && !worker_.draining(),
      .forwarded = http.forwarded,
      .client = client,
      .max_forwards = plan_.max_forwards,
  };
  return http1::write_request(request_.head, request_.target, hop);
}

net::Task<std::optional<Session::Next>> Exchange::run() {
  session_.client_.when_broken([this] {
    client_failed_ = true;
    origin_.abort();
  });
  note_identity();
  if (has_body()) {
    upstream_.personal = true;
    using asio::experimental::awaitable_operators::operator&&;
    ended_ = co_await (upload() && download_beside_upload());
  } else {
    co_await upload();
    ended_ = upload_complete_ ? co_await download() : closed_early(upload_failure_);
  }
  if (ended_ == Ended::stale) co_return std::nullopt;
  co_return co_await conclude(ended_);
}

bool Exchange::has_body() const {
  return plan_.framing.kind != Framing::Kind::none &&
         plan_.framing != Framing{.kind = Framing::Kind::length};
}

bool Exchange::left_reusable() const {
  return upstream_.carrier == nullptr && ended_ == Ended::complete && upload_complete_ &&
         !answered_early_ && !client_failed_ && plan_.upgrade == Upgrade::none &&
         upstream_.inbox.empty() && response_framing_.kind != Framing::Kind::until_close &&
         http1::keeps_alive(response_) && !worker_.draining() && request_.config->http.pool > 0 &&
         (!origin_.may_read() || origin_.quiet());
}

/// NTLM and Negotiate: from now on the connection is this client's.
void Exchange::note_identity() {
  if (authenticates_connection(request_.head.fields, "Authorization") ||
      authenticates_connection(response_.fields, "WWW-Authenticate")) {
    upstream_.personal = upstream_.authenticated = true;
  }
}

net::Task<void> Exchange::upload() {
  const auto moved = co_await upload_.run();
  upload_ended_ = true;
  upload_complete_ = moved.has_value();
  asked_ = worker_.loop().now();
  if (upload_.written() > much_on_the_way) on_the_way_ = origin_.unacknowledged();
  request_.record.bytes_up = upload_.written();
  if (!moved) judge_upload(moved.error());
}

/// An origin that takes no more may still answer (413, say): only the client's failures end the
/// exchange.
void Exchange::judge_upload(const BodyFailure& failure) {
  if (failure.at == BodyFailure::At::sink) upload_failure_ = failure.why;
  if (failure.at == BodyFailure::At::sink || failure.why == Errc::aborted) return;
  client_failed_ = true;
  if (failure.why.category() == http1::flaw_category()) {
    refuse(failure.why);
  } else if (failure.why == Errc::timed_out) {
    refuse(Errc::request_timeout);
  } else if (failure.why == Errc::budget_used_up) {
    refuse(failure.why);
  }
  origin_.reset_on_close();
  origin_.abort();
  if (answering_) session_.client_.abort();  // it is cut off, and may take nothing any more
}

/// Once there is no answer to come, or the origin has said all and closes, nobody wants the rest of
/// the request.
net::Task<Exchange::Ended> Exchange::download_beside_upload() {
  const auto ended = co_await download();
  const bool wanted = ended == Ended::complete && keep_alive_ && http1::keeps_alive(response_);
  if (!upload_ended_ && !wanted) {
    session_.client_.abort_reads();
    origin_.abort();
  }
  co_return ended;
}

net::Task<Exchange::Ended> Exchange::download() {
  while (true) {
    const auto ended = co_await take_head();
    if (ended) co_return *ended;
    if (response_.status == 101) co_return co_await switch_protocols();
    if (response_.status >= 200) break;
    // Interim answers pass on; HTTP/1.0 knows none (RFC 9110 §15.2).
    if (response_.status == 100) continue_upload();
    const auto begun = worker_.loop().now();
    if (request_.head.version == http1::Version::http11 &&
        co_await pass_head({.via = worker_.via(), .framing = {}})) {
      co_return Ended::broken;
    }
    asked_ += worker_.loop().now() - begun;
    co_await net::yield(worker_.loop());  // there may be no end of them
  }
  co_return co_await take_body();
}

/// From now on it is the client who is waited for.
void Exchange::continue_upload() {
  continued_ = true;
  upload_.go_ahead();
}

/// The origin's time begins when it has all of the request, however long that took. Interim answers
/// do not begin it anew, even if they come so thick that nobody ever has to wait for one; but the
/// time that the client took for them is not the origin's.
net::Task<Result<std::string>> Exchange::receive_answer() {
  const auto& limits = request_.config->http.limits;
  const Patience patience{.limit = request_.timeouts().response_head, .since = asked_};
  while (true) {
    Result<std::string> text = fail(Errc::timed_out);
    if (worker_.loop().now() < patience.until()) {
      text = co_await receive_head(worker_, origin_, upstream_.inbox, limits, patience);
    }
    if (text || text.error() != Errc::timed_out || !still_asking()) co_return text;
    asked_ = worker_.loop().now();
  }
}

/// True while the request is on its way and moves: the system may hold megabytes of it for an
/// origin that takes them slowly, and a meter its head.
bool Exchange::still_asking() {
  if (!upload_ended_) return !client_is_waiting() || upload_.held_until() > asked_;
  const auto before = std::exchange(on_the_way_, origin_.unacknowledged());
  return before > much_on_the_way && on_the_way_ < before;
}

/// Reads one response head. A value is how the answer ended instead.
net::Task<std::optional<Exchange::Ended>> Exchange::take_head() {
  const auto& limits = request_.config->http.limits;
  auto text = co_await receive_answer();
  if (!text) co_return head_failed(text.error());
  response_text_ = std::move(*text);
  auto head = http1::parse_response(response_text_, limits);
  if (!head) co_return refuse(Errc::http_protocol_error);
  response_ = std::move(*head);
  const auto framing = http1::response_framing(response_, request_.head.method);
  if (!framing) co_return refuse(Errc::http_protocol_error);
  response_framing_ = *framing;
  note_identity();
  if (request_.record.first_byte < observe::PhaseTime::zero()) {
    request_.record.first_byte = worker_.loop().now() - asked_;
  }
  co_return std::nullopt;
}

Exchange::Ended Exchange::head_failed(std::error_code why) {
  if (why == Errc::timed_out && upstream_.carrier != nullptr) upstream_.carrier->doubt();
  if (why == Errc::timed_out) return refuse(Errc::http_response_timeout);
  if (why == Errc::aborted) return client_failed_ && refusal_.why ? Ended::refused : Ended::broken;
  if (why.category() == http1::flaw_category() || why == Errc::http_protocol_error) {
    return refuse(Errc::http_protocol_error);
  }
  return closed_early(why);
}

/// The origin closed before it answered. One that was kept may have been closing while we wrote
/// (RFC 9112 §9.3.1). Of a stream that it refused it has not looked at the request; but a body was
/// perhaps read from the client, and is gone.
Exchange::Ended Exchange::closed_early(std::error_code why) {
  if (client_failed_ || worker_.ending()) return Ended::broken;
  const bool said_nothing = response_text_.empty() && upstream_.inbox.empty();
  if (why == Errc::stream_refused && said_nothing && !has_body() && !plan_.repeated) {
    return Ended::stale;
  }
  if (plan_.repeatable && upstream_.reused && said_nothing) return Ended::stale;
  return refuse(Errc::connection_terminated);
}

net::Task<Exchange::Ended> Exchange::take_body() {
  const auto to = framing_for(request_.head.version, response_framing_);
  answered_early_ = !upload_ended_;
  keep_alive_ = http1::keeps_alive(request_.head) && to.kind != Framing::Kind::until_close &&
                session_.may_go_on() && !client_is_waiting();
  request_.record.status = static_cast<std::uint16_t>(response_.status);
  request_.granted.not_a_tunnel();
  const http1::ResponseHop hop{.via = worker_.via(),
                               .framing = to,
                               .upgrade = false,
                               .keep_alive = keep_alive_,
                               .date = worker_.date()};
  upload_.go_ahead();
  answering_ = true;
  activity_.last = worker_.loop().now();  // an interim answer does not: it is no response yet

  BodyPump body(worker_, {.source = origin_, .inbox = upstream_.inbox, .sink = session_.client_},
                {.head = http1::write_response(response_, hop),
                 .fields = response_.fields,
                 .limits = request_.config->http.limits,
                 .from = response_framing_,
                 .to = to},
                activity_, request_.timeouts(), Pace::any(), request_.granted.meter());
  const auto moved = co_await body.run();
  answering_ = false;
  request_.record.bytes_down += body.written();
  if (moved) co_return Ended::complete;
  const bool malformed = moved.error().why.category() == http1::flaw_category();
  if (malformed && body.written() == 0) co_return refuse(Errc::http_protocol_error);
  blame(moved.error());
  co_return Ended::broken;
}

/// Who ended an answer before its end, for the log.
void Exchange::blame(const BodyFailure& failure) {
  auto& record = request_.record;
  if (refusal_.why) {  // what is wrong with the request's body came too late to be answered
    record.closer = refusal_.why == Errc::request_timeout ? "body_idle" : "proxy";
    record.error = answer_for(refusal_.why).error;
  } else if (failure.why == Errc::timed_out) {
    record.closer = "body_idle";
    record.error = "connection_read_timeout";
  } else if (failure.why == Errc::budget_used_up) {
    record.closer = "bytes_per_day";
    record.error = answer_for(failure.why).error;
  } else if (failure.why == Errc::aborted && !client_failed_) {
    record.closer = "shutdown";
  } else if (client_failed_ || failure.at == BodyFailure::At::sink) {
    record.closer = "client";
    record.error = "connection_terminated";
  } else {
    record.closer = "origin";
    record.error = "http_response_incomplete";
  }
}

/// True when the client holds its body back until it hears 100, and hears a final answer instead:
/// whether it will send the body now is anyone's guess, so the connection cannot go on (RFC 9110
/// §10.1.1).
bool Exchange::client_is_waiting() const {
  return !upload_ended_ && !continued_ && !upload_.started() && expects_continue(request_.head);
}

net::Task<std::error_code> Exchange::pass_head(const http1::ResponseHop& hop) {
  const auto head = http1::write_response(response_, hop);
  auto* const meter = request_.granted.meter();
  MeteredWriter writer({.sink = session_.client_,
                        .held_at = origin_,
                        .meter = meter,
                        .stall = longest_stall(request_.timeouts())});
  const int held = meter == nullptr ? 0 : 1;  // the client may wait for what waits for its turn
  activity_.at_sinks += held;
  const auto error = co_await writer.write(head);
  activity_.at_sinks -= held;
  activity_.last = std::min(worker_.loop().now(), activity_.last + writer.waited());
  auto& record = request_.record;
  const bool used_up = error == Errc::budget_used_up;
  if (!error || used_up) record.bytes_down += head.size();
  if (used_up) record.closer = "bytes_per_day";
  if (error && record.closer == nullptr && !worker_.ending()) record.closer = "client";
  co_return error;
}

Exchange::Ended Exchange::refuse(std::error_code why) {
  if (!refusal_.why)
    refusal_ = why == Errc::budget_used_up ? over_budget() : refused(request_, why);
  return Ended::refused;
}

/// Whose budget it is decides the answer.
Refusal Exchange::over_budget() const {
  const auto excess = request_.granted.used_up(worker_.loop().now());
  return excess ? refused(request_, *excess) : refused(request_, Errc::budget_used_up);
}

net::Task<Session::Next> Exchange::conclude(Ended ended) {
  switch (ended) {
    case Ended::switched:
    case Ended::stale: co_return Session::Next::gone;
    case Ended::refused: {
      const bool goes_on =
          upload_complete_ && http1::keeps_alive(request_.head) && session_.may_go_on();
      const auto then = goes_on ? Session::Next::request : Session::Next::close;
      co_return co_await session_.refuse(request_, refusal_, then);
    }
    case Ended::broken:
      session_.client_.reset_on_close();
      if (request_.record.closer == nullptr) {
        request_.record.closer = client_failed_ ? "client" : "shutdown";
      }
      worker_.log(request_.record, Event::request);
      co_return Session::Next::gone;
    case Ended::complete: break;
  }
  request_.record.closer = keep_alive_ ? nullptr : "proxy";
  worker_.log(request_.record, Event::request);
  co_return keep_alive_&& upload_complete_ ? Session::Next::request : Session::Next::close;
}

}  // namespace culvert::proxy

// SPDX-License-Identifier: Apache-2.0
#include "proxy/session.hpp"

#include <algorithm>
#include <utility>

#include <culvert/error.hpp>
#include <culvert/http1/body.hpp>
#include <culvert/http1/flaw.hpp>
#include <culvert/http1/hop.hpp>

#include "proxy/inspection.hpp"
#include "proxy/stall.hpp"
#include "proxy/tunnel_owner.hpp"

namespace culvert::proxy {

using observe::Event;

namespace {

// After a last answer, what the client still sends is read for this long and this much: closing at
// once would reset the connection, and the client would lose the answer (RFC 9112 §9.6).
constexpr net::milliseconds linger_time{2000};
constexpr std::size_t linger_bytes = 1UL << 20;

// A method is any token, of any length; the log needs no more of it.
constexpr std::size_t logged_method_bytes = 32;

}  // namespace

Session::Session(Worker& worker, Arrived client, Came from, Census::Ticket counted)
    : worker_(worker),
      client_(worker.loop(), std::move(client.connection), client.start),
      connector_(worker.loop()),
      answer_(worker.loop()),
      from_(std::move(from)),
      counted_(std::move(counted)) {
  worker_.add(*this);
  if (client.start == net::Socket::Start::hand_over) client_.quiet();  // is anything there yet?
}

Session::~Session() {
  worker_.remove(*this);
}

net::Task<void> Session::run() {
  auto next = Next::request;
  if (from_.carrier == 0 && worker_.terms_of(*from_.listener).h2c) {
    const auto over = co_await await_request();
    if (over) next = *over;
    if (!over && co_await begins_http2()) co_return become_carrier();
  }
  while (next == Next::request) {
    // A client that pipelines without end has its turn like all others.
    if (!inbox_.empty()) co_await net::yield(worker_.loop());
    const auto over = co_await await_request();
    if (over) next = *over;
    if (!over) next = co_await serve_next();
  }
  if (next == Next::close) co_await linger(Linger::patiently);
}

void Session::drain() {
  if (idle_) client_.abort_reads();
}

void Session::abort() {
  client_.abort();
  connector_.abort();
  answer_.abort();
  if (origin_ != nullptr) origin_->abort();
  if (inspection_ != nullptr) inspection_->abort();
  personal_.reset();
}

std::string Session::objection_by_now(const Request& request) {
  if (request.config == worker_.config()) return {};
  auto again =
      asked_again(worker_, request.record, request.scheme, request.handshake, from_.certificate);
  if (!again) return "its target is lost";
  auto objection = objection_to_target(*again, request.record);
  if (again->config->policy.mode() == policy::Mode::report) return {};
  return objection.empty() ? objection_to_handshake(*again).value_or("") : objection;
}

std::expected<void, Refusal> Session::ask_again(Request& request) {
  auto objection = objection_by_now(request);
  if (objection.empty()) return {};
  auto refusal = refused(request, Errc::http_request_denied);
  request.record.allowed = false;
  request.record.more().reason = refusal.detail = "after a reload: " + objection;
  return std::unexpected(std::move(refusal));
}

void Session::judge() {
  if (inspection_ != nullptr) inspection_->judge();
}

Request Session::new_request() {
  ++requests_;
  Request request;
  request.config = worker_.config();
  request.record.id = worker_.next_id();
  request.record.client = from_.peer;
  request.record.listener = from_.listener;
  request.record.carrier = from_.carrier;
  request.certificate = from_.certificate;
  request.record.begun = worker_.loop().now();
  request.when = worker_.minute_of_week();
  return request;
}

/// Waits until there is something of a request. A value is what to do when none follows. (It waits
/// by itself, so that an idle connection holds no Request.)
net::Task<std::optional<Session::Next>> Session::await_request() {
  if (body_to_drop_ && !co_await drop_body()) co_return Next::close;
  if (!inbox_.empty()) co_return std::nullopt;
  // A stream has its request with it, which may have been on its way when the drain began.
  const bool is_on_its_way = from_.carrier != 0 && requests_ == 0 && !worker_.ending();
  if (worker_.draining() && !is_on_its_way) co_return part();
  const auto begun = worker_.loop().now();
  const Patience keep_alive{.limit = worker_.config()->timeouts.keep_alive, .since = begun};
  idle_ = true;
  std::error_code silent;
  if (!client_.may_read()) silent = co_await wait_readable(client_, keep_alive);
  idle_ = false;
  if (silent) co_return worker_.draining() ? part() : Next::gone;
  co_return std::nullopt;
}

net::Task<Session::Next> Session::serve_next() {
  auto request = new_request();
  const Patience patience{.limit = request.config->timeouts.request_head,
                          .since = request.record.begun};
  auto text =
      co_await receive_head(worker_, client_, inbox_, request.config->http.limits, patience);
  if (!text) co_return co_await refuse_head(request, text.error());
  request.text = std::move(*text);
  // It is judged as of its end: one that began before a reload is not served as before it.
  request.config = worker_.config();
  request.when = worker_.minute_of_week();
  request.authenticator = worker_.authenticator();
  request.listener_takes_websocket = worker_.takes_websocket(*from_.listener);
  co_return co_await serve(request);
}

/// No request was begun, so there is nothing to answer. But the client may have sent one just now,
/// and a close that leaves it unread would reset the connection, and with it the end of the last
/// answer.
Session::Next Session::part() {
  const bool was_answered = requests_ > 0;
  const bool at_rest = client_.quiet() && client_.unacknowledged() == 0;
  return was_answered && !at_rest ? Next::close : Next::gone;
}

/// A head that did not come, or cannot become one.
net::Task<Session::Next> Session::refuse_head(Request& request, std::error_code why) {
  // An empty line behind a body (RFC 9112 §2.2) is no request yet.
  const bool nothing_came = inbox_.view().find_first_not_of("\r\n") == std::string_view::npos;
  if (nothing_came && (why == Errc::connection_terminated || why == Errc::timed_out)) {
    co_return Next::gone;
  }
  if (why == Errc::aborted || why.category() == std::system_category()) co_return Next::gone;
  auto refusal = refused(request, why);
  if (why == Errc::timed_out) refusal.why = Errc::request_timeout;
  if (why == Errc::connection_terminated) {
    refusal.why = http1::Flaw::bad_request_line;
    refusal.detail = "the request ended before its head did";
  }
  co_return co_await refuse(request, std::move(refusal), Next::close);
}

net::Task<Session::Next> Session::serve(Request& request) {
  auto head = http1::parse_request(request.text, request.config->http.limits);
  if (!head) {
    co_return co_await refuse(request, refused(request, head.error()), Next::close);
  }
  request.head = std::move(*head);
  request.record.method = request.head.method.substr(0, logged_method_bytes);

  auto target = http1::read_target(request.head);
  if (!target) {
    co_return co_await refuse(request, refused(request, target.error()), Next::close);
  }
  request.target = std::move(*target);
  if (request.target.authority) {
    request.record.host = request.target.authority->host.text();
    request.record.port = request.target.authority->port.number();
  }
  if (ends_here(request)) co_return co_await serve_own(request);
  switch (request.target.form) {
    case http1::Target::Form::authority: co_return co_await serve_connect(request);
    case http1::Target::Form::absolute: co_return co_await serve_forward(request);
    case http1::Target::Form::origin:
    case http1::Target::Form::asterisk: break;
  }
  co_return co_await refuse(request, refused(request, Errc::not_a_proxy_request), Next::close);
}

net::Task<Session::Next> Session::refuse(Request& request, Refusal refusal, Next then) {
  auto& record = request.record;
  if (refusal.why == Errc::credentials_missing && request.authenticator) {
    refusal.challenges = request.authenticator->challenges(false);
  }
  const auto failure = answer_for(refusal.why);
  record.status = static_cast<std::uint16_t>(failure.status);
  record.error = failure.error;
  record.closer = "proxy";
  if (!may_go_on()) then = Next::close;
  request.granted.not_a_tunnel();
  const ReplyOptions options{.page = page_kind_for(request.head.fields),
                             .keep_alive = then == Next::request,
                             .without_body = request.head.method == "HEAD",
                             .date = worker_.date()};
  co_return co_await answer(request, write_reply(refusal, options), then);
}

/// Writes an answer of our own, and the log line.
net::Task<Session::Next> Session::answer(Request& request, std::string reply, Next then) {
  auto& record = request.record;
  if (co_await client_.write_all(reply, longest_stall(request.config->timeouts))) {
    then = Next::gone;
    record.status = 0;
    record.closer = worker_.ending() ? "shutdown" : "client";
    if (worker_.ending()) record.error = nullptr;
  } else {
    record.bytes_down += reply.size();
  }
  worker_.log(record, Event::request);
  co_return then;
}

bool Session::may_go_on() const {
  const auto most = worker_.config()->limits.requests_per_connection;
  return !worker_.draining() && (most == 0 || requests_ < most);
}

bool Session::reusable(const Request& request) const {
  const auto framing = http1::request_framing(request.head);
  return framing && framing->length == 0 && framing->kind != http1::Framing::Kind::chunked &&
         http1::keeps_alive(request.head) && may_go_on();
}

bool Session::reusable_when_refused(const Request& request) {
  if (reusable(request)) return true;
  if (!http1::keeps_alive(request.head) || !may_go_on()) return false;
  body_to_drop_ = RefusedBody::of(request.head, request.config->http.limits);
  return body_to_drop_ != nullptr;
}

/// Reads the rest of a refused request, so that the next one can be told from it. False when that
/// cannot be.
net::Task<bool> Session::drop_body() {
  const auto body = std::move(body_to_drop_);
  const auto until = net::after(worker_.loop().now(), worker_.config()->timeouts.body_idle);
  while (true) {
    const auto taken = body->take(inbox_.view());
    if (!taken) co_return false;
    inbox_.take(*taken);
    if (body->complete()) co_return true;
    if (!client_.may_read() && co_await client_.wait_readable(until)) co_return false;
    const auto room = worker_.scratch();
    const auto got = client_.try_read(room.first(std::min(room.size(), RefusedBody::most_bytes)));
    if (!got && net::is_would_block(got.error())) continue;
    if (!got || *got == 0) co_return false;
    inbox_.append({room.data(), *got});
  }
}

/// A client that still takes what was said has as long as it needs, unless it was turned away.
net::Task<void> Session::linger(Linger how) {
  personal_.reset();
  client_.finish();
  client_.allow_reads();
  std::size_t untaken = client_.unacknowledged();
  auto until = worker_.loop().now() + linger_time;
  std::size_t dropped = 0;
  while (dropped < linger_bytes) {
    const auto error = co_await client_.wait_readable(until);
    if (error == Errc::timed_out) {
      const auto before = std::exchange(untaken, client_.unacknowledged());
      const bool taking = untaken > 0 && untaken < before;
      if (how == Linger::briefly || !taking) co_return;
      until = worker_.loop().now() + linger_time;
      continue;
    }
    if (error) co_return;
    const auto got = client_.try_read(worker_.scratch());
    if (!got && net::is_would_block(got.error())) continue;
    if (!got || *got == 0) co_return;
    dropped += *got;
  }
}

net::Task<void> serve_client(Worker& worker, Arrived client, Came from, Census::Ticket counted) {
  Session session(worker, std::move(client), std::move(from), std::move(counted));
  co_await session.run();
}

}  // namespace culvert::proxy

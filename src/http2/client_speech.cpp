// SPDX-License-Identifier: Apache-2.0
#include "http2/client_speech.hpp"

#include <algorithm>

#include <culvert/error.hpp>
#include <culvert/http1/flaw.hpp>

#include "http1/framing.hpp"
#include "http2/request_text.hpp"
#include "http2/section.hpp"

namespace culvert::http2 {

using http1::Flaw;
using http1::Framing;
using Kind = RequestFields::Kind;

namespace {

constexpr bool is_success(int status) {
  return status >= 200 && status < 300;
}

/// Methods whose request has a body as a rule (RFC 9110 §8.6): without one it says so.
bool usually_has_body(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

/// A tunnel has no body; its data is nobody's message (RFC 9113 §8.5).
Result<Framing> tunnel_framing(const RequestFields& request, bool ended) {
  if (request.fields.count("content-length") > 0) return fail(Flaw::body_on_connect);
  if (request.kind == Kind::websocket && ended) return fail(Flaw::bad_upgrade);
  return Framing{};
}

/// How the body is framed over HTTP/1, where the end of a stream is nothing to go by.
Result<Framing> framing_of(const RequestFields& request, bool ended) {
  if (request.kind != Kind::ordinary) return tunnel_framing(request, ended);
  const auto length = http1::content_length(request.fields);
  if (!length) return fail(length.error());
  if (const auto bytes = *length) {
    if (ended && *bytes > 0) return fail(Flaw::bad_content_length);
    return Framing{.kind = Framing::Kind::length, .length = *bytes};
  }
  if (!ended) return Framing{.kind = Framing::Kind::chunked};
  const bool says_so = usually_has_body(request.method);
  return Framing{.kind = says_so ? Framing::Kind::length : Framing::Kind::none};
}

/// What the head of a tunnel has no use for: its bytes are not framed (RFC 9113 §8.5), and the
/// answer to a key is the business of HTTP/1 (RFC 8441 §5).
bool goes_on_with_tunnel(std::string_view name) {
  return !http1::same_token(name, "Content-Length") &&
         !http1::same_token(name, "Sec-WebSocket-Accept");
}

FieldSection section_of(int status, const http1::Fields& fields, bool tunnels) {
  FieldSection section{{":status", std::to_string(status)}};
  section.reserve(fields.size() + 1);
  for (const auto& field : fields) {
    if (!goes_on(field.name) || (tunnels && !goes_on_with_tunnel(field.name))) continue;
    section.push_back(lowered(field));
  }
  return section;
}

/// In place of a success that is no switch. Over HTTP/1 a client tells the two apart; here every
/// 2xx would mean that the WebSocket is open, and a page would be read as its frames.
FieldSection not_switched(int status) {
  return {{":status", "502"},
          {"content-length", "0"},
          {"proxy-status", "culvert; error=http_upgrade_failed; details=\"the origin answered " +
                               std::to_string(status) + " and did not switch to websocket\""}};
}

}  // namespace

ClientSpeech::ClientSpeech(const http1::HeadLimits& limits)
    : limits_(limits),
      head_text_(limits_of_written(limits)),
      outgoing_(limits_of_written(limits)) {}

Result<void> ClientSpeech::head(const FieldSection& fields, bool ended, std::string_view key,
                                std::string& out) {
  const auto request = read_request(fields);
  if (!request) return fail(request.error());
  const auto framing = framing_of(*request, ended);
  if (!framing) return fail(framing.error());
  const auto target = target_of(*request);
  const auto text = write_request(*request, target, *framing, key);
  if (auto fits = check_size(text, target.size(), limits_); !fits) return fits;

  kind_ = request->kind;
  asked_head_ = request->method == "HEAD";
  incoming_.begin(*framing);
  if (kind_ != Kind::ordinary) incoming_.begin_raw();
  out += text;
  return {};
}

Result<void> ClientSpeech::data(std::string_view bytes, std::string& out) {
  return incoming_.data(bytes, out);
}

Result<void> ClientSpeech::end(const FieldSection& trailers, std::string& out) {
  return incoming_.end(trailers, out);
}

Result<void> ClientSpeech::write(std::string_view http1, Outgoing& to) {
  while (phase_ == Phase::heads && !http1.empty()) {
    const auto taken = head_text_.take(http1);
    if (!taken) return fail(taken.error());
    const auto& text = *taken;
    if (!text) return {};
    if (auto passed = pass_head(*text, to); !passed) return passed;
  }
  switch (phase_) {
    case Phase::body: return outgoing_.write(http1, to);
    case Phase::raw:
      if (!http1.empty()) to.data(http1);
      break;
    case Phase::heads:
    case Phase::replaced: break;
  }
  return {};
}

bool ClientSpeech::switches(int status) const {
  switch (kind_) {
    case Kind::ordinary: break;
    case Kind::connect: return is_success(status);
    case Kind::websocket: return status == 101;
  }
  return false;
}

Result<void> ClientSpeech::pass_head(std::string_view text, Outgoing& to) {
  const auto head = http1::parse_response(text, limits_of_written(limits_));
  if (!head) return fail(head.error());
  if (switches(head->status)) {
    to.head(section_of(200, head->fields, true), false);
    phase_ = Phase::raw;
    return {};
  }
  if (head->status == 101) return fail(Errc::http_upgrade_failed);
  return pass_answer(*head, to);
}

Result<void> ClientSpeech::pass_answer(const http1::ResponseHead& head, Outgoing& to) {
  const auto framing = http1::response_framing(head, asked_head_ ? "HEAD" : "");
  if (!framing) return fail(framing.error());
  const bool interim = head.status < 200;
  if (!interim && kind_ != Kind::ordinary) incoming_.drop();
  if (kind_ == Kind::websocket && is_success(head.status)) {
    to.head(not_switched(head.status), true);
    phase_ = Phase::replaced;
    return {};
  }
  to.head(section_of(head.status, head.fields, false), !interim && !http1::has_body(*framing));
  if (interim) return {};
  outgoing_.begin(*framing);
  phase_ = Phase::body;
  return {};
}

bool ClientSpeech::finish(Outgoing& to) {
  switch (phase_) {
    case Phase::heads: break;
    case Phase::body: return outgoing_.finish(to);
    case Phase::raw: to.end({}); return true;
    case Phase::replaced: return true;
  }
  return false;
}

bool ClientSpeech::complete() const {
  return phase_ == Phase::replaced || (phase_ == Phase::body && outgoing_.complete());
}

}  // namespace culvert::http2

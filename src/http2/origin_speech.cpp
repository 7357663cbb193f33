// SPDX-License-Identifier: Apache-2.0
#include "http2/origin_speech.hpp"

#include <algorithm>
#include <initializer_list>

#include <culvert/error.hpp>
#include <culvert/http1/flaw.hpp>
#include <culvert/http1/hop.hpp>
#include <culvert/websocket/accept.hpp>

#include "http1/framing.hpp"
#include "http1/grammar.hpp"
#include "http1/write.hpp"
#include "http2/reason.hpp"
#include "http2/response_fields.hpp"
#include "http2/section.hpp"

namespace culvert::http2 {

using http1::Flaw;
using http1::Framing;

namespace {

/// What an extended CONNECT has no use for (RFC 8441 §5).
bool goes_on_with_upgrade(std::string_view name) {
  return !http1::same_token(name, "Sec-WebSocket-Key") &&
         !http1::same_token(name, "Content-Length");
}

/// The exchange writes for an origin: a path, or `*`, and one Host.
Result<void> check_form(const http1::RequestHead& head) {
  if (!head.target.starts_with('/') && head.target != "*") return fail(Flaw::bad_target);
  if (http1::only(head.fields, "Host").value_or("").empty()) return fail(Flaw::missing_host);
  return {};
}

void write_status_line(std::string& out, int status) {
  out.append("HTTP/1.1 ").append(std::to_string(status)).append(" ");
  out.append(reason_of(status)).append("\r\n");
}

/// The fields of an answer, without those that `left_out` names.
void write_fields(std::string& out, const http1::Fields& fields,
                  std::initializer_list<std::string_view> left_out) {
  for (const auto& field : fields) {
    const bool left = std::ranges::find(left_out, field.name) != left_out.end();
    if (left || !goes_on(field.name)) continue;
    http1::write_field(out, field.name, field.value);
  }
}

/// How the body of an answer is framed over HTTP/1, where the end of a stream is nothing to go by.
Result<Framing> framing_of(const http1::ResponseHead& head, bool ended) {
  const auto length = http1::content_length(head.fields);
  if (!length) return fail(length.error());
  if (!*length && !ended) return Framing{.kind = Framing::Kind::chunked};
  const auto bytes = length->value_or(0);
  if (ended && bytes > 0) return fail(Flaw::bad_content_length);
  return Framing{.kind = Framing::Kind::length, .length = bytes};
}

}  // namespace

OriginSpeech::OriginSpeech(const http1::HeadLimits& limits, bool tls)
    : limits_(limits),
      head_text_(limits_of_written(limits)),
      outgoing_(limits_of_written(limits)),
      tls_(tls) {}

Result<void> OriginSpeech::write(std::string_view http1, Outgoing& to) {
  if (http1.empty()) return {};
  if (phase_ == Phase::head) {
    const auto taken = head_text_.take(http1);
    if (!taken) return fail(taken.error());
    const auto& text = *taken;
    if (!text) return {};
    if (auto passed = pass_head(*text, to); !passed) return passed;
    if (http1.empty()) return {};
  }
  switch (phase_) {
    case Phase::body: return outgoing_.write(http1, to);
    case Phase::raw: to.data(http1); return {};
    case Phase::head:
    case Phase::handshake:
    case Phase::finished: break;
  }
  return fail(Flaw::bad_upgrade);  // whether these are a tunnel's is not known yet
}

Result<void> OriginSpeech::pass_head(std::string_view text, Outgoing& to) {
  const auto head = http1::parse_request(text, limits_of_written(limits_));
  if (!head) return fail(head.error());
  if (auto sound = check_form(*head); !sound) return sound;
  const auto upgrade = http1::read_upgrade(*head);
  if (!upgrade) return fail(upgrade.error());
  if (*upgrade == http1::Upgrade::websocket) {
    pass_handshake(*head, to);
    return {};
  }
  const auto framing = http1::request_framing(*head);
  if (!framing) return fail(framing.error());
  to.head(section_of(*head, false), !http1::has_body(*framing));
  outgoing_.begin(*framing);
  asked_head_ = head->method == "HEAD";
  phase_ = Phase::body;
  return {};
}

void OriginSpeech::pass_handshake(const http1::RequestHead& head, Outgoing& to) {
  key_ = head.fields.first("Sec-WebSocket-Key").value_or("");
  phase_ = Phase::handshake;
  to.head(section_of(head, true), false);
}

FieldSection OriginSpeech::section_of(const http1::RequestHead& head, bool upgrades) const {
  FieldSection section;
  section.reserve(head.fields.size() + 5);
  section.push_back({":method", upgrades ? "CONNECT" : std::string(head.method)});
  if (upgrades) section.push_back({":protocol", "websocket"});
  section.push_back({":scheme", tls_ ? "https" : "http"});
  section.push_back({":authority", std::string(head.fields.first("Host").value_or(""))});
  section.push_back({":path", std::string(head.target)});
  for (const auto& field : head.fields) {
    if (!goes_on(field.name) || http1::same_token(field.name, "Host")) continue;
    if (upgrades && !goes_on_with_upgrade(field.name)) continue;
    section.push_back(lowered(field));
  }
  if (!upgrades && head.fields.has_token("TE", "trailers")) section.push_back({"te", "trailers"});
  return section;
}

bool OriginSpeech::finish(Outgoing& to) {
  switch (phase_) {
    case Phase::head: break;
    case Phase::body: return outgoing_.finish(to);
    case Phase::handshake:
    case Phase::raw:
      to.end({});
      phase_ = Phase::finished;
      return true;
    case Phase::finished: return true;
  }
  return false;
}

bool OriginSpeech::request_complete() const {
  return phase_ != Phase::head && (phase_ != Phase::body || outgoing_.complete());
}

Result<void> OriginSpeech::head(const FieldSection& fields, bool ended, std::string& out) {
  const auto head = read_response(fields);
  if (!head) return fail(head.error());
  const bool interim = head->status < 200;
  if (answered_ || (interim && ended)) return fail(Errc::http_protocol_error);
  std::string text;
  text.reserve(http1::room_for(head->fields));
  const bool switches = phase_ == Phase::handshake && head->status >= 200 && head->status < 300;
  if (switches) {
    write_switch(*head, text);
  } else if (auto taken = take_answer(*head, ended, text); !taken) {
    return taken;
  }
  if (auto fits = check_size(text, 0, limits_); !fits) return fits;
  answered_ = !interim;
  if (switches) pass_raw();
  out += text;
  return {};
}

/// An answer that is over with its head, whatever it announces (RFC 9110 §6.4.1).
bool OriginSpeech::has_no_body(int status) const {
  return asked_head_ || status < 200 || status == 204 || status == 304;
}

Result<void> OriginSpeech::take_answer(const http1::ResponseHead& head, bool ended,
                                       std::string& out) {
  write_status_line(out, head.status);
  if (has_no_body(head.status)) {
    write_fields(out, head.fields, {});
    incoming_.begin({});
  } else {
    const auto framing = framing_of(head, ended);
    if (!framing) return fail(framing.error());
    write_fields(out, head.fields, {"content-length"});
    http1::write_framing(out, *framing);
    incoming_.begin(*framing);
  }
  out.append("\r\n");
  return {};
}

/// The success of an extended CONNECT is the 101 of a handshake (RFC 8441 §5), whose accept value
/// is made here: the origin was asked without a key.
void OriginSpeech::write_switch(const http1::ResponseHead& head, std::string& out) const {
  write_status_line(out, 101);
  write_fields(out, head.fields, {"content-length", "sec-websocket-accept"});
  http1::write_field(out, "Upgrade", "websocket");
  http1::write_field(out, "Connection", "Upgrade");
  http1::write_field(out, "Sec-WebSocket-Accept", websocket::accept_for(key_));
  out.append("\r\n");
}

void OriginSpeech::pass_raw() {
  incoming_.begin_raw();
  phase_ = Phase::raw;
}

Result<void> OriginSpeech::data(std::string_view bytes, std::string& out) {
  return incoming_.data(bytes, out);
}

Result<void> OriginSpeech::end(const FieldSection& trailers, std::string& out) {
  return incoming_.end(trailers, out);
}

}  // namespace culvert::http2

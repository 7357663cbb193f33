// SPDX-License-Identifier: Apache-2.0
#include "observe/access_record.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "observe/milliseconds.hpp"
#include "observe/websocket_json.hpp"

namespace culvert::observe {
namespace {

const char* text_of(Kind kind) {
  switch (kind) {
    case Kind::connect: return "connect";
    case Kind::hop: return "hop";
    case Kind::websocket: return "ws";
    case Kind::own: return "own";
    case Kind::none: return "none";
  }
  return "none";
}

const char* text_of(Speech speech) {
  switch (speech) {
    case Speech::tls: return "tls";
    case Speech::websocket: return "websocket";
    case Speech::http: return "http";
    case Speech::opaque: return "opaque";
    case Speech::unknown: break;
  }
  return "";
}

const char* text_of(Event event) {
  switch (event) {
    case Event::open: return "open";
    case Event::close: return "close";
    case Event::request: return "request";
  }
  return "request";
}

/// Of what was asked for by a URL; "" for all else.
std::string scheme_of(const AccessRecord& record) {
  if (record.kind == Kind::hop) return record.secured ? "https" : "http";
  if (record.kind == Kind::websocket) return record.secured ? "wss" : "ws";
  return "";
}

/// RFC 3339 in UTC with milliseconds.
std::string timestamp() {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto days = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss time(now - days);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count(),
                     time.subseconds().count());
}

void add_text(nlohmann::ordered_json& line, const char* name, std::string_view text) {
  if (!text.empty()) line[name] = text;
}

void add_time(nlohmann::ordered_json& line, const char* name, PhaseTime time) {
  if (time >= PhaseTime::zero()) line[name] = in_milliseconds(time);
}

/// What the handshake of a WebSocket agreed on.
void add_agreed(nlohmann::ordered_json& line, const Live& live) {
  if (live.websocket == nullptr) return;
  add_text(line, "subprotocol", live.websocket->subprotocol);
  add_text(line, "extensions", live.websocket->extensions);
}

/// In one place for both: a tunnel whose heartbeat is inferred need not be a WebSocket.
void add_heartbeat(nlohmann::ordered_json& line, const Live& live) {
  if (live.websocket != nullptr && heartbeat_seen(*live.websocket)) {
    line["heartbeat"] = "seen";
  } else if (live.inferred_heartbeat.count() > 0) {
    line["heartbeat"] = "inferred";
    line["heartbeat_ms"] = live.inferred_heartbeat.count();
  }
}

}  // namespace

std::string json_line(const AccessRecord& record, Event event,
                      std::chrono::steady_clock::time_point now, const Live& live) {
  nlohmann::ordered_json line;
  line["ts"] = timestamp();
  line["id"] = fmt::format("{:016x}", record.id);
  line["event"] = text_of(event);
  line["client"] = record.client.text();
  if (record.listener) line["listener"] = record.listener->text();
  line["proto"] = record.carrier == 0 ? "h1" : "h2";
  if (record.carrier != 0) line["connection"] = fmt::format("{:016x}", record.carrier);
  line["kind"] = text_of(record.kind);
  add_text(line, "scheme", scheme_of(record));
  const auto* more = record.rare.get();
  if (more != nullptr) add_text(line, "user", more->user);
  add_text(line, "method", record.method);
  add_text(line, "host", record.host);
  if (record.port != 0) line["port"] = record.port;
  if (!record.resolved.is_unspecified()) line["resolved"] = record.resolved.text();
  if (!record.rule.empty()) {
    line["rule"] = record.rule;
    line["verdict"] = record.allowed ? "allow" : "deny";
  }
  if (more != nullptr) add_text(line, "would_deny", more->would_deny);
  if (more != nullptr) add_text(line, "reason", more->reason);
  if (record.speech != Speech::unknown) line["tunnel"] = text_of(record.speech);
  add_text(line, record.speech == Speech::tls ? "sni" : "inner_host", record.server_name());
  add_agreed(line, live);
  if (record.origin_http2) line["origin_proto"] = "h2";
  if (record.reused) line["reused"] = true;
  if (record.status != 0) line["status"] = record.status;
  if (record.error != nullptr) line["error"] = record.error;
  add_time(line, "dns_ms", record.dns);
  add_time(line, "connect_ms", record.connect);
  add_time(line, "tls_ms", record.tls);
  add_time(line, "first_byte_ms", record.first_byte);
  if (event != Event::open) {
    line["bytes_up"] = record.bytes_up;
    line["bytes_down"] = record.bytes_down;
    line["dur_ms"] = in_milliseconds(now - record.begun);
    if (record.closer != nullptr) line["closer"] = record.closer;
  }
  if (event == Event::close) {
    add_heartbeat(line, live);
    if (live.websocket != nullptr) line["websocket"] = websocket_json(*live.websocket, now);
  }
  // What a client sent may be no UTF-8.
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace culvert::observe

// SPDX-License-Identifier: Apache-2.0
#include "http2/request_text.hpp"

#include "http1/write.hpp"
#include "http2/section.hpp"

namespace culvert::http2 {

using Kind = RequestFields::Kind;

namespace {

/// Fields that are written otherwise than one by one, or not at all.
bool is_written_apart(std::string_view name, Kind kind) {
  if (name == "host" || name == "content-length" || name == "cookie") return true;
  const bool is_key = name == "sec-websocket-key" || name == "sec-websocket-accept";
  return kind == Kind::websocket && is_key;
}

/// HTTP/2 may split the one Cookie field for compression (RFC 9113 §8.2.3).
void write_cookies(std::string& out, const http1::Fields& fields) {
  std::string_view before = "cookie: ";
  for (const auto& field : fields) {
    if (field.name != "cookie" || field.value.empty()) continue;
    out.append(before).append(field.value);
    before = "; ";
  }
  if (before == "; ") out.append("\r\n");
}

void write_handshake(std::string& out, const http1::Fields& fields, std::string_view key) {
  http1::write_field(out, "Upgrade", "websocket");
  http1::write_field(out, "Sec-WebSocket-Key", key);
  if (fields.count("sec-websocket-version") == 0) {
    http1::write_field(out, "Sec-WebSocket-Version", "13");
  }
}

}  // namespace

std::string target_of(const RequestFields& request) {
  if (request.kind == Kind::connect) return std::string(request.authority);
  std::string target(request.scheme);
  target.append("://").append(request.authority);
  if (request.path != "*") target.append(request.path);  // RFC 9112 §3.2.4
  return target;
}

std::string write_request(const RequestFields& request, std::string_view target,
                          const http1::Framing& framing, std::string_view key) {
  const bool tunnels = request.kind != Kind::ordinary;
  const bool upgrades = request.kind == Kind::websocket;
  const bool trailers = !tunnels && request.fields.count("te") > 0;

  std::string out;
  out.reserve(http1::room_for(request.fields) + 2 * target.size());
  out.append(upgrades ? "GET" : request.method).append(" ").append(target);
  out.append(" HTTP/1.1\r\n");
  http1::write_field(out, "Host", request.authority);
  for (const auto& field : request.fields) {
    if (!goes_on(field.name) || is_written_apart(field.name, request.kind)) continue;
    http1::write_field(out, field.name, field.value);
  }
  write_cookies(out, request.fields);
  http1::write_framing(out, framing);
  if (upgrades) write_handshake(out, request.fields, key);
  if (trailers) http1::write_field(out, "TE", "trailers");
  http1::write_options(out,
                       {upgrades ? "Upgrade" : "", tunnels ? "close" : "", trailers ? "TE" : ""});
  return out.append("\r\n");
}

}  // namespace culvert::http2

// SPDX-License-Identifier: Apache-2.0
#include <cassert>

#include <culvert/http1/hop.hpp>

#include "http1/forwarded.hpp"
#include "http1/grammar.hpp"
#include "http1/hop_fields.hpp"
#include "http1/write.hpp"

namespace culvert::http1 {
namespace {

/// Path and query as an origin wants them. An OPTIONS for a whole server is `*` again at the last
/// proxy (RFC 9112 §3.2.4).
void write_request_line(std::string& out, std::string_view method, std::string_view path) {
  out.append(method).append(" ");
  if (path.empty() && method == "OPTIONS") {
    out.append("*");
  } else {
    if (!path.starts_with('/')) out.append("/");
    out.append(path);
  }
  out.append(" HTTP/1.1\r\n");
}

/// The host as the policy saw it, and its port unless that goes without saying.
void write_host(std::string& out, const Authority& authority, Scheme scheme) {
  const bool usual = authority.port == default_port(scheme);
  write_field(out, "Host", usual ? authority.host.text() : authority.text());
}

bool goes_on(const RequestHead& head, std::string_view name, const RequestHop& hop) {
  if (head.version == Version::http10 && same_token(name, "Expect")) return false;
  return !is_made_anew(name) && !ends_here(head.fields, name) &&
         (hop.forwarded == Forwarded::off || !is_about_client(name));
}

/// The received fields that go on.
void write_fields(std::string& out, const RequestHead& head, const RequestHop& hop) {
  for (const auto& field : head.fields) {
    if (!goes_on(head, field.name, hop)) continue;
    if (hop.max_forwards && same_token(field.name, "Max-Forwards")) {
      write_field(out, field.name, std::to_string(*hop.max_forwards));
    } else {
      write_field(out, field.name, field.value);
    }
  }
}

/// Connection, and the fields that it names.
void write_request_connection(std::string& out, const RequestHead& head, const RequestHop& hop) {
  const bool upgrades = hop.upgrade == Upgrade::websocket;
  const bool closes = !upgrades && !hop.keep_alive;
  const bool trailers = head.version == Version::http11 && head.fields.has_token("TE", "trailers");
  if (upgrades) write_field(out, "Upgrade", "websocket");
  if (trailers) write_field(out, "TE", "trailers");
  write_options(out, {upgrades ? "Upgrade" : "", closes ? "close" : "", trailers ? "TE" : ""});
}

}  // namespace

std::string write_request(const RequestHead& head, const Target& target, const RequestHop& hop) {
  assert(target.authority);
  std::string out;
  out.reserve(room_for(head.fields) + head.target.size());
  write_request_line(out, head.method, target.path);
  write_host(out, *target.authority, target.scheme);
  write_fields(out, head, hop);
  if (hop.forwarded == Forwarded::add) write_forwarded(out, head.fields, hop.client);
  write_framing(out, hop.framing);
  write_via(out, head.version, hop.via);
  write_request_connection(out, head, hop);
  return out.append("\r\n");
}

}  // namespace culvert::http1

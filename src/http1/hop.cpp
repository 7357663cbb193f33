// SPDX-License-Identifier: Apache-2.0
#include <cassert>
#include <initializer_list>

#include <culvert/http1/hop.hpp>

#include "http1/forwarded.hpp"
#include "http1/framing.hpp"
#include "http1/grammar.hpp"
#include "http1/hop_fields.hpp"
#include "http1/write_field.hpp"

namespace culvert::http1 {
namespace {

constexpr std::size_t room_for_ours = 256;  // start line and hop fields, so that we allocate once

std::size_t size_of(const Fields& fields) {
  std::size_t bytes = 0;
  for (const auto& field : fields) bytes += field.name.size() + field.value.size() + 4;
  return bytes;
}

void write_length(std::string& out, std::uint64_t length) {
  write_field(out, "Content-Length", std::to_string(length));
}

/// The one place that says how a body is framed.
void write_framing(std::string& out, const Framing& framing) {
  switch (framing.kind) {
    case Framing::Kind::none:
    case Framing::Kind::until_close: break;
    case Framing::Kind::length: write_length(out, framing.length); break;
    case Framing::Kind::chunked: write_field(out, "Transfer-Encoding", "chunked"); break;
  }
}

/// The version is that of the message as it came to us.
void write_via(std::string& out, Version received, std::string_view pseudonym) {
  out.append(received == Version::http11 ? "Via: 1.1 " : "Via: 1.0 ");
  out.append(pseudonym).append("\r\n");
}

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
         !is_about_client(name, hop.forwarded);
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

/// Connection with those of these options that are not empty; nothing if all are.
void write_options(std::string& out, std::initializer_list<std::string_view> options) {
  std::string_view before = "Connection: ";
  for (const auto option : options) {
    if (option.empty()) continue;
    out.append(before).append(option);
    before = ", ";
  }
  if (before == ", ") out.append("\r\n");
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

/// A 426 says what it wants in Upgrade (RFC 9110 §15.5.22). Nothing is switched by that: the client
/// may ask for it in its next request. True when there was something to say.
bool write_wanted_upgrade(std::string& out, const ResponseHead& head) {
  if (head.status != 426) return false;
  const auto before = out.size();
  for (const auto& field : head.fields) {
    if (same_token(field.name, "Upgrade") && !field.value.empty()) {
      write_field(out, field.name, field.value);
    }
  }
  return out.size() > before;
}

/// A 1xx that is not a switch says nothing of the connection: the answer proper is still to come.
void write_response_connection(std::string& out, const ResponseHead& head, const ResponseHop& hop) {
  if (hop.upgrade) {
    out.append("Upgrade: websocket\r\nConnection: Upgrade\r\n");
    return;
  }
  if (head.status < 200) return;
  const bool wants = write_wanted_upgrade(out, head);
  const auto* stays = hop.client == Version::http10 ? "keep-alive" : "";
  write_options(out, {wants ? "Upgrade" : "", hop.keep_alive ? stays : "close"});
}

/// An answer without a body may still say how long it would have been (RFC 9110 §8.6); 1xx and 204
/// may not.
void write_response_framing(std::string& out, const ResponseHead& head, const Framing& framing) {
  write_framing(out, framing);
  if (framing.kind != Framing::Kind::none || head.status < 200 || head.status == 204) return;
  const auto length = content_length(head.fields).value_or(std::nullopt);
  if (length) write_length(out, *length);
}

void write_status_line(std::string& out, int status, std::string_view reason) {
  out.append("HTTP/1.1 ").append(std::to_string(status)).append(" ").append(reason).append("\r\n");
}

}  // namespace

std::string write_request(const RequestHead& head, const Target& target, const RequestHop& hop) {
  assert(target.authority);
  std::string out;
  out.reserve(size_of(head.fields) + head.target.size() + room_for_ours);
  write_request_line(out, head.method, target.path);
  write_host(out, *target.authority, target.scheme);
  write_fields(out, head, hop);
  if (hop.forwarded == Forwarded::add) write_forwarded(out, head.fields, hop.client);
  write_framing(out, hop.framing);
  write_via(out, head.version, hop.via);
  write_request_connection(out, head, hop);
  return out.append("\r\n");
}

std::string write_response(const ResponseHead& head, const ResponseHop& hop) {
  std::string out;
  out.reserve(size_of(head.fields) + head.reason.size() + room_for_ours);
  write_status_line(out, head.status, head.reason);
  for (const auto& field : head.fields) {
    if (is_made_anew(field.name) || ends_here(head.fields, field.name)) continue;
    write_field(out, field.name, field.value);
  }
  write_response_framing(out, head, hop.framing);
  write_via(out, head.version, hop.via);
  write_response_connection(out, head, hop);
  return out.append("\r\n");
}

}  // namespace culvert::http1

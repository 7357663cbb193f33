// SPDX-License-Identifier: Apache-2.0
#include <culvert/http1/hop.hpp>

#include "http1/framing.hpp"
#include "http1/grammar.hpp"
#include "http1/hop_fields.hpp"
#include "http1/write.hpp"

namespace culvert::http1 {
namespace {

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
  write_options(out, {wants ? "Upgrade" : "", hop.keep_alive ? "" : "close"});
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

std::string write_response(const ResponseHead& head, const ResponseHop& hop) {
  std::string out;
  out.reserve(room_for(head.fields) + head.reason.size());
  write_status_line(out, head.status, head.reason);
  bool dated = head.status < 200;
  for (const auto& field : head.fields) {
    if (is_made_anew(field.name) || ends_here(head.fields, field.name)) continue;
    write_field(out, field.name, field.value);
    dated = dated || same_token(field.name, "Date");
  }
  if (hop.date && !dated) write_field(out, "Date", *hop.date);
  write_response_framing(out, head, hop.framing);
  write_via(out, head.version, hop.via);
  write_response_connection(out, head, hop);
  return out.append("\r\n");
}

}  // namespace culvert::http1

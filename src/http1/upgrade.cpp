// SPDX-License-Identifier: Apache-2.0
#include <culvert/error.hpp>
#include <culvert/http1/flaw.hpp>
#include <culvert/http1/hop.hpp>
#include <culvert/websocket/accept.hpp>

#include "http1/framing.hpp"
#include "http1/grammar.hpp"

namespace culvert::http1 {
namespace {

/// `websocket`, or with a version behind it, which nobody understands (RFC 9110 §7.8).
bool names_websocket(const Fields& fields) {
  return any_element(fields, "Upgrade", [](std::string_view element) {
    return same_token(element.substr(0, element.find('/')), "websocket");
  });
}

/// Whether anybody could take it for a handshake.
bool resembles_handshake(const RequestHead& head) {
  return head.version == Version::http11 && head.fields.has_token("Connection", "upgrade") &&
         names_websocket(head.fields);
}

bool is_handshake(const RequestHead& head) {
  return head.method == "GET" && head.fields.has_token("Upgrade", "websocket");
}

bool has_one_key(const Fields& fields) {
  return websocket::is_key(only(fields, "Sec-WebSocket-Key").value_or(""));
}

}  // namespace

Result<Upgrade> read_upgrade(const RequestHead& head) {
  if (!resembles_handshake(head)) return Upgrade::none;
  const auto framing = request_framing(head);
  if (!framing) return fail(framing.error());
  if (has_body(*framing)) return fail(Flaw::bad_upgrade);
  if (!is_handshake(head)) return Upgrade::none;
  if (!has_one_key(head.fields)) return fail(Flaw::bad_upgrade);
  return Upgrade::websocket;
}

Result<void> verify_upgrade(const ResponseHead& head, std::string_view key) {
  const auto& fields = head.fields;
  const bool answers = head.status == 101 && head.version == Version::http11 &&
                       same_token(only(fields, "Upgrade").value_or(""), "websocket") &&
                       fields.has_token("Connection", "upgrade") &&
                       only(fields, "Sec-WebSocket-Accept") == websocket::accept_for(key);
  if (!answers) return fail(Errc::http_upgrade_failed);
  return {};
}

}  // namespace culvert::http1

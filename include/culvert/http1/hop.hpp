// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <culvert/http1/body.hpp>
#include <culvert/http1/head.hpp>
#include <culvert/http1/target.hpp>
#include <culvert/result.hpp>

/// What ends at this hop and what goes on (RFC 9110 §7.6). A message that is forwarded gets hop
/// fields of our own: the client's hop and the origin's are two connections that know nothing of
/// each other.
namespace culvert::http1 {

/// What a request's Upgrade and Connection fields ask for.
enum class Upgrade : std::uint8_t {
  none,       ///< no upgrade, or one that is not forwarded (h2c, unknown tokens, Upgrade without
              ///< Connection: upgrade, HTTP/1.0): ordinary HTTP
  websocket,  ///< a WebSocket handshake: GET, HTTP/1.1, both fields (RFC 6455 §4.2.1)
};

/// Reads them. A request that asks for `websocket`, by whatever method, and has a body, or a
/// handshake whose Sec-WebSocket-Key is missing, repeated or not 16 bytes in base64, is
/// Flaw::bad_upgrade. (`Content-Length: 0` is no body: Java sends it.) The version of the protocol
/// is the origin's to judge.
Result<Upgrade> read_upgrade(const RequestHead& head);

/// True when the connection may go on behind a request: HTTP/1.1 without `close` in Connection or
/// Proxy-Connection (old clients send that to proxies). Never with a client of HTTP/1.0, whatever
/// it says: a proxy must not (RFC 9112 §9.3), since `keep-alive` may have been meant for an origin
/// and have come through a proxy that knows nothing of it.
bool keeps_alive(const RequestHead& head);
/// True when the sender of this response would keep the connection: HTTP/1.1 without `close`, or
/// HTTP/1.0 with `keep-alive`.
bool keeps_alive(const ResponseHead& head);

/// True for the methods that may be tried a second time when nobody knows whether the first try was
/// acted on (RFC 9110 §9.2.2): GET, HEAD, OPTIONS, TRACE, PUT, DELETE.
bool is_idempotent(std::string_view method);

/// What Max-Forwards says in a TRACE or OPTIONS request (RFC 9110 §7.6.2); nullopt without the
/// field or with another method. Flaw::bad_max_forwards when it is not one number; one that is too
/// large for us is our largest.
Result<std::optional<std::uint64_t>> max_forwards(const RequestHead& head);

/// What becomes of the fields that tell an origin who the client is: Forwarded (RFC 7239),
/// X-Forwarded-For and X-Real-IP.
enum class Forwarded : std::uint8_t {
  off,     ///< they go on as they came
  add,     ///< the client is added to Forwarded and X-Forwarded-For, behind what is there; each
           ///< becomes one line, since some recipients read only the first or only the last.
           ///< X-Real-IP has no list to add to: what a client says there does not go on
  remove,  ///< none goes on: an egress proxy does not tell who is behind it
};

/// How a request is written for the origin.
struct RequestHop {
  std::string_view via;             ///< pseudonym: `Via: 1.1 <via>` is added behind others, 1.0
                                    ///< when the message came as HTTP/1.0 (RFC 9110 §7.6.3)
  Framing framing;                  ///< of the body, as it will be written
  Upgrade upgrade = Upgrade::none;  ///< websocket: a fresh Connection and Upgrade
  bool keep_alive = false;          ///< else `Connection: close`
  Forwarded forwarded = Forwarded::remove;
  /// Address of the client, no brackets, for Forwarded::add. One that came over a Unix socket has
  /// none: `unknown` (RFC 7239 §6.2), or empty, which is written so.
  std::string_view client = "unknown";
  /// What is written in place of the received Max-Forwards; nullopt leaves it as it came.
  std::optional<std::uint64_t> max_forwards = std::nullopt;
};

/// The head for the origin: origin-form, Host from the target and first, hop-by-hop fields gone
/// (those named by Connection too, unless they are for the recipient: Host, Content-*,
/// Authorization, Cookie, Cache-Control, Via, Forwarded, X-Forwarded-*, X-Real-IP, Sec-WebSocket-*,
/// Expect, Max-Forwards), proxy credentials gone, all other fields in order, case and number as
/// they were. `TE: trailers` is made anew when the client said it. ws and wss targets are written
/// as http ones. An HTTP/1.0 client's Expect stays here, since it could not read a 100 (RFC 9110
/// §10.1.1). `target` must be in absolute-form.
std::string write_request(const RequestHead& head, const Target& target, const RequestHop& hop);

/// How a response is written for the client.
struct ResponseHop {
  std::string_view via;
  Framing framing;         ///< of the body, as it will be written
  bool upgrade = false;    ///< a 101 that was verified: a fresh Connection and Upgrade: websocket
  bool keep_alive = true;  ///< else `Connection: close`
  /// When it was received (imf_fixdate), for one that does not say when it was made: whoever
  /// forwards it must (RFC 9110 §6.6.1). nullopt adds none; a 1xx needs none.
  std::optional<std::string_view> date = std::nullopt;
};

/// The head for the client, always HTTP/1.1 in its status line. Status, reason and all end-to-end
/// fields are the origin's; Content-Length stays also on an answer to HEAD and on a 304. A 1xx or
/// 204 has neither Content-Length nor, unless it is the 101, a Connection field. A 426 keeps its
/// Upgrade, which is all that it says (RFC 9110 §15.5.22), with `Connection: Upgrade`.
std::string write_response(const ResponseHead& head, const ResponseHop& hop);

/// The lines of a trailer section that go on, each with its CRLF, out of ChunkedReader::trailers():
/// those that neither frame, route, modify, authenticate nor control a message or say how its
/// content is to be taken (RFC 9110 §6.5.1), are no hop fields, and are not named by Connection in
/// `head`, the fields of the message's head. Content-Digest may go on: it is made for here.
std::string trailers_to_forward(std::string_view trailers, const Fields& head);

/// The body of our own answer to a TRACE (RFC 9110 §9.3.8), type message/http: the head as
/// received, without the fields that hold credentials (Authorization, Proxy-Authorization, Cookie).
std::string trace_body(const RequestHead& head);

/// Does this 101 answer the upgrade with this Sec-WebSocket-Key? It must name the single token
/// `websocket` in Upgrade, `upgrade` in Connection, and exactly one right Sec-WebSocket-Accept
/// (RFC 6455 §4.1). Else Errc::http_upgrade_failed.
Result<void> verify_upgrade(const ResponseHead& head, std::string_view key);

/// True when a Via field names this pseudonym: the request has been here before.
bool passed_through(const RequestHead& head, std::string_view pseudonym);

}  // namespace culvert::http1

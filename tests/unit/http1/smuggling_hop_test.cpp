// SPDX-License-Identifier: Apache-2.0
// Published attacks by means of hop-by-hop fields and of upgrades that are none.
#include <culvert/error.hpp>

#include "unit/http1/reading.hpp"

using namespace culvert;
using namespace culvert::http1;

namespace {

constexpr auto good_key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==";

}  // namespace

// CVE-2022-1388, CVE-2021-33193, CVE-2022-31813: a proxy that does as Connection says takes away
// what a front added, or what the origin would have checked.
TEST_CASE("smuggling: Connection cannot make us drop what the origin decides by", "[http1]") {
  CHECK(passed_on(lines({"POST http://h/ HTTP/1.1", "Host: h", "Content-Length: 5",
                         "Authorization: a", "Cookie: c", "X-Forwarded-For: 1.2.3.4",
                         "X-Forwarded-Host: i", "Forwarded: for=1.2.3.4", "X-Real-IP: 1.2.3.4",
                         "Connection: keep-alive, Host, Content-Length, Authorization, Cookie",
                         "Connection: X-Forwarded-For, X-Forwarded-Host, Forwarded, X-Real-IP, Via",
                         "Connection: Transfer-Encoding, Connection"})) ==
        lines({"POST / HTTP/1.1", "Host: h", "Authorization: a", "Cookie: c",
               "X-Forwarded-For: 1.2.3.4", "X-Forwarded-Host: i", "Forwarded: for=1.2.3.4",
               "X-Real-IP: 1.2.3.4", "Content-Length: 5", "Via: 1.1 me"}));
}

TEST_CASE("smuggling: what Connection may take away is gone in every spelling", "[http1]") {
  const auto* connection =
      GENERATE("Connection: X-Own", "connection:x-own", "Connection: close, X-OWN",
               "Connection: ,,\tX-Own ,", "Connection: a\r\nConnection: X-Own");
  CAPTURE(connection);
  CHECK_FALSE(contains(
      passed_on(lines({"GET http://h/ HTTP/1.1", "Host: h", connection, "X-Own: 1", "x-own: 2"})),
      "own"));
}

TEST_CASE("smuggling: credentials for us and fields of this hop do not leak", "[http1]") {
  const auto* field =
      GENERATE("Proxy-Authorization: Basic eA==", "proxy-authorization: a", "Proxy-Connection: a",
               "Keep-Alive: 5", "TE: chunked", "Transfer-Encoding: chunked", "Upgrade: TLS/1.0",
               "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA", "Proxy-Authenticate: Basic");
  CAPTURE(field);
  const auto out = passed_on(lines({"GET http://h/ HTTP/1.1", "Host: h", field}));
  const std::string name(field, std::string_view(field).find(':'));
  CHECK((name == "Transfer-Encoding") == contains(out, name + ": chunked"));
  CHECK(request(out).fields.count(name) == (name == "Transfer-Encoding" ? 1 : 0));
}

// A back end that agrees to h2c would read what follows past all rules of a front.
TEST_CASE("smuggling: an upgrade to h2c goes no further", "[http1]") {
  auto [upgrade, connection] = GENERATE(table<const char*, const char*>({
      {"Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings"},
      {"Upgrade: h2c", "Connection: Upgrade"},
      {"Upgrade: H2C", "connection: upgrade"},
      {"Upgrade: h2", "Connection: Upgrade"},
      {"Upgrade: foo, h2c", "Connection: Upgrade"},
      {"Upgrade: h2c", "Connection: HTTP2-Settings"},
      {"Upgrade: h2c,websocket", "Connection: keep-alive"},
      {"Upgrade: websocket-x", "Connection: Upgrade"},
  }));
  CAPTURE(upgrade, connection);
  CHECK(passed_on(lines({"GET http://h/ HTTP/1.1", "Host: h", upgrade, connection,
                         "HTTP2-Settings: AAMAAABk"})) ==
        lines({"GET / HTTP/1.1", "Host: h", "Via: 1.1 me"}));
}

TEST_CASE("smuggling: h2c beside websocket is left out", "[http1]") {
  CHECK(passed_on(lines({"GET http://h/ HTTP/1.1", "Host: h", "Upgrade: h2c, websocket",
                         "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABk",
                         good_key})) == lines({"GET / HTTP/1.1", "Host: h", good_key, "Via: 1.1 me",
                                               "Upgrade: websocket", "Connection: Upgrade"}));
}

// A handshake that the origin refuses (a wrong version, say), while the front believes in a tunnel.
TEST_CASE("smuggling: an answer that is no switch opens no tunnel", "[http1]") {
  const auto* accept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
  const auto* line =
      GENERATE("HTTP/1.1 426 Upgrade Required", "HTTP/1.1 400 Bad Request", "HTTP/1.1 200 OK",
               "HTTP/1.1 100 Continue", "HTTP/1.1 404 Not Found", "HTTP/1.0 101 Switching");
  CAPTURE(line);
  const std::string text =
      lines({line, "Upgrade: websocket", "Connection: Upgrade", accept, "Content-Length: 0"});
  const auto head = response(text);
  CHECK(error_of(verify_upgrade(head, key)) == Errc::http_upgrade_failed);
  CHECK(response_framing(head, "GET").has_value());  // so HTTP goes on
}

// An origin that can be made to say 101 (by a status that the client chooses) to what was no
// handshake, or to one for another protocol.
TEST_CASE("smuggling: a 101 that answers no handshake is refused", "[http1]") {
  const auto* fields =
      GENERATE("Content-Type: text/html", "Upgrade: websocket",
               "Upgrade: h2c\r\nConnection: Upgrade", "Upgrade: websocket\r\nConnection: Upgrade",
               "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: a");
  CAPTURE(fields);
  const std::string text = lines({"HTTP/1.1 101 Switching Protocols", fields});
  CHECK(error_of(verify_upgrade(response(text), key)) == Errc::http_upgrade_failed);
}

TEST_CASE("smuggling: behind a handshake with a body nothing is read", "[http1]") {
  const auto* framing = GENERATE("Content-Length: 42", "Transfer-Encoding: chunked");
  CAPTURE(framing);
  CHECK(read_requests(lines({"GET http://h/ HTTP/1.1", "Host: h", "Upgrade: websocket",
                             "Connection: Upgrade", good_key, framing}) +
                      lines({"GET http://evil/ HTTP/1.1", "Host: evil"})) ==
        Reading{"", Flaw::bad_upgrade});
}

TEST_CASE("smuggling: nothing that resembles a handshake has a body", "[http1]") {
  auto [method, protocol] = GENERATE(table<const char*, const char*>({
      {"POST", "websocket"},
      {"PUT", "h2c, WebSocket"},
      {"GET", "websocket/13"},
  }));
  CAPTURE(method, protocol);
  CHECK(read_requests(lines({method + std::string(" http://h/ HTTP/1.1"), "Host: h",
                             "Upgrade: " + std::string(protocol), "Connection: Upgrade", good_key,
                             "Content-Length: 2"}) +
                      "hi" + lines({"GET http://evil/ HTTP/1.1", "Host: evil"})) ==
        Reading{"", Flaw::bad_upgrade});
}

TEST_CASE("smuggling: behind a handshake that is none HTTP goes on", "[http1]") {
  const auto* protocol = GENERATE("h2c", "websockets", "web/socket");
  CHECK(read_requests(
            lines({"POST http://h/ HTTP/1.1", "Host: h", "Upgrade: " + std::string(protocol),
                   "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Content-Length: 2"}) +
            "hi" + lines({"GET http://evil/ HTTP/1.1", "Host: evil"})) ==
        Reading{"[POST http://h/ hi][GET http://evil/]", {}});
}

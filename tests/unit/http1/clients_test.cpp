// SPDX-License-Identifier: Apache-2.0
// What real clients send to a proxy, and what an origin then sees.
#include <culvert/http1/hop.hpp>

#include "unit/http1/heads.hpp"

using namespace culvert;
using namespace culvert::http1;

namespace {

std::string forwarded(std::string_view text) {
  const auto head = request(text);
  const auto target = read_target(head);
  REQUIRE(target);
  const auto framing = request_framing(head);
  REQUIRE(framing);
  const auto upgrade = read_upgrade(head);
  REQUIRE(upgrade);
  return write_request(
      head, *target,
      {.via = "me", .framing = *framing, .upgrade = *upgrade, .keep_alive = keeps_alive(head)});
}

}  // namespace

TEST_CASE("clients: each one's CONNECT is taken", "[http1]") {
  auto [text, authority] = GENERATE(table<std::string, const char*>({
      // Chromium
      {lines({"CONNECT ws.test:8001 HTTP/1.1", "Host: ws.test:8001", "Proxy-Connection: keep-alive",
              "User-Agent: Mozilla/5.0"}),
       "ws.test:8001"},
      // curl
      {lines({"CONNECT h:443 HTTP/1.1", "Host: h:443", "User-Agent: curl/7.88.1",
              "Proxy-Connection: Keep-Alive"}),
       "h:443"},
      // curl with a user
      {lines({"CONNECT h:443 HTTP/1.1", "Host: h:443", "Proxy-Authorization: Basic dTpw",
              "User-Agent: curl/7.88.1", "Proxy-Connection: Keep-Alive"}),
       "h:443"},
      // undici
      {lines({"CONNECT h:443 HTTP/1.1", "host: h", "connection: close",
              "proxy-connection: keep-alive"}),
       "h:443"},
      // Java HttpClient
      {lines({"CONNECT h:80 HTTP/1.1", "User-Agent: Java-http-client/17", "Host: h"}), "h:80"},
      // python urllib and requests
      {lines({"CONNECT h:443 HTTP/1.0"}), "h:443"},
      // node https-proxy-agent
      {lines({"CONNECT h:80 HTTP/1.1", "Host: h:80", "Proxy-Connection: close"}), "h:80"},
      // websocket-client
      {lines({"CONNECT h:80 HTTP/1.1", "Host: h:80"}), "h:80"},
      // wget
      {lines({"CONNECT h:443 HTTP/1.1", "User-Agent: Wget/1.21.3", "Host: h:443"}), "h:443"},
      // httpx
      {lines({"CONNECT h:443 HTTP/1.1", "Host: h:443", "Accept: */*"}), "h:443"},
  }));
  CAPTURE(text);
  REQUIRE(HeadScanner().scan(text) == text.size());
  const auto target = read_target(request(text));
  REQUIRE(target);
  CHECK(target->form == Target::Form::authority);
  CHECK(target->authority->text() == authority);
}

TEST_CASE("clients: curl's offer of h2c ends at the proxy", "[http1]") {
  CHECK(forwarded(lines({"GET http://h:8000/ HTTP/1.1", "Host: h:8000", "User-Agent: curl/7.88.1",
                         "Accept: */*", "Proxy-Connection: Keep-Alive",
                         "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c",
                         "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA"})) ==
        lines({"GET / HTTP/1.1", "Host: h:8000", "User-Agent: curl/7.88.1", "Accept: */*",
               "Via: 1.1 me"}));
}

TEST_CASE("clients: aiohttp writes ws:// and is upgraded", "[http1]") {
  CHECK(forwarded(lines({"GET ws://ws.test:8001/a HTTP/1.1", "Host: ws.test:8001",
                         "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Accept: */*"})) ==
        lines({"GET /a HTTP/1.1", "Host: ws.test:8001", "Sec-WebSocket-Version: 13",
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Accept: */*", "Via: 1.1 me",
               "Upgrade: websocket", "Connection: Upgrade"}));
}

TEST_CASE("clients: ws behind http-proxy-agent says close and is upgraded", "[http1]") {
  CHECK(forwarded(lines({"GET http://ws.test/n HTTP/1.1", "Sec-WebSocket-Version: 13",
                         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Connection: Upgrade",
                         "Upgrade: websocket",
                         "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
                         "Host: ws.test", "Proxy-Connection: close"})) ==
        lines({"GET /n HTTP/1.1", "Host: ws.test", "Sec-WebSocket-Version: 13",
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
               "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
               "Via: 1.1 me", "Upgrade: websocket", "Connection: Upgrade"}));
}

TEST_CASE("clients: Java's GET has a Content-Length of 0", "[http1]") {
  CHECK(forwarded(lines({"GET http://h:8000/j HTTP/1.1", "Content-Length: 0", "Host: h:8000",
                         "User-Agent: Java-http-client/17"})) ==
        lines({"GET /j HTTP/1.1", "Host: h:8000", "User-Agent: Java-http-client/17",
               "Content-Length: 0", "Via: 1.1 me"}));
}

TEST_CASE("clients: Java upgrades in origin-form on a used proxy connection", "[http1]") {
  const std::string text =
      lines({"GET /j HTTP/1.1", "Host: ws.test:8001", "Connection: Upgrade", "Upgrade: websocket",
             "Content-Length: 0", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="});
  CHECK(read_target(request(text))->form == Target::Form::origin);
  CHECK(read_upgrade(request(text)) == Upgrade::websocket);
}

TEST_CASE("clients: wget and urllib ask for one exchange", "[http1]") {
  CHECK(forwarded(lines({"GET http://h/ HTTP/1.1", "User-Agent: Wget/1.21.3", "Accept: */*",
                         "Accept-Encoding: identity", "Host: h", "Connection: close",
                         "Proxy-Connection: close"})) ==
        lines({"GET / HTTP/1.1", "Host: h", "User-Agent: Wget/1.21.3", "Accept: */*",
               "Accept-Encoding: identity", "Via: 1.1 me", "Connection: close"}));
}

TEST_CASE("clients: an old WebSocket handshake without a key is refused", "[http1]") {
  const std::string text =
      lines({"GET http://h/ HTTP/1.1", "Host: h", "Upgrade: WebSocket", "Connection: Upgrade",
             "Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5", "Sec-WebSocket-Key2: 12998 5 Y3 1  .P00"});
  CHECK(error_of(read_upgrade(request(text))) == Flaw::bad_upgrade);
}

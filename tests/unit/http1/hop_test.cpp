// SPDX-License-Identifier: Apache-2.0
#include <culvert/http1/hop.hpp>

#include "unit/http1/heads.hpp"

using namespace culvert;
using namespace culvert::http1;
using Kind = Framing::Kind;

namespace {

std::string forwarded(std::initializer_list<std::string_view> all, const RequestHop& hop) {
  const std::string text = lines(all);
  const auto head = request(text);
  const auto target = read_target(head);
  REQUIRE(target);
  return write_request(head, *target, hop);
}

std::string forwarded(std::initializer_list<std::string_view> all) {
  return forwarded(all, {.via = "me", .framing = {}, .keep_alive = true});
}

std::string answered(std::initializer_list<std::string_view> all, const ResponseHop& hop) {
  const std::string text = lines(all);
  return write_response(response(text), hop);
}

std::string answered(std::initializer_list<std::string_view> all) {
  return answered(all, {.via = "me", .framing = {}});
}

}  // namespace

TEST_CASE("hop: a request goes on in origin-form with what belongs to the origin", "[http1]") {
  CHECK(forwarded({"GET http://Example.com:8080/a?b=c HTTP/1.1", "Accept: a", "Host: liar",
                   "X-Y: 1", "via: 1.0 fred", "x-y:  2 ", "Cookie: c", "Authorization: Basic x",
                   "Proxy-Authorization: Basic secret", "Proxy-Connection: keep-alive"}) ==
        lines({"GET /a?b=c HTTP/1.1", "Host: example.com:8080", "Accept: a", "X-Y: 1",
               "via: 1.0 fred", "x-y: 2", "Cookie: c", "Authorization: Basic x", "Via: 1.1 me"}));
}

TEST_CASE("hop: the target becomes a path and a Host", "[http1]") {
  auto [line, expected, host] = GENERATE(table<const char*, const char*, const char*>({
      {"GET http://h/ HTTP/1.1", "GET / HTTP/1.1", "Host: h"},
      {"GET http://h HTTP/1.1", "GET / HTTP/1.1", "Host: h"},
      {"GET http://h?q HTTP/1.1", "GET /?q HTTP/1.1", "Host: h"},
      {"GET http://h:80/a HTTP/1.1", "GET /a HTTP/1.1", "Host: h"},
      {"GET http://h:443/a HTTP/1.1", "GET /a HTTP/1.1", "Host: h:443"},
      {"GET https://h:443/a HTTP/1.1", "GET /a HTTP/1.1", "Host: h"},
      {"GET https://h:80/a HTTP/1.1", "GET /a HTTP/1.1", "Host: h:80"},
      {"GET ws://h:8001/a HTTP/1.1", "GET /a HTTP/1.1", "Host: h:8001"},
      {"GET wss://h/a HTTP/1.1", "GET /a HTTP/1.1", "Host: h"},
      {"GET http://[2001:DB8::1]/ HTTP/1.1", "GET / HTTP/1.1", "Host: [2001:db8::1]"},
      {"GET http://0x7f.1:81/ HTTP/1.1", "GET / HTTP/1.1", "Host: 127.0.0.1:81"},
      {"OPTIONS http://h HTTP/1.1", "OPTIONS * HTTP/1.1", "Host: h"},
      {"OPTIONS http://h/ HTTP/1.1", "OPTIONS / HTTP/1.1", "Host: h"},
      {"OPTIONS http://h?q HTTP/1.1", "OPTIONS /?q HTTP/1.1", "Host: h"},
      {"PURGE http://h//a//b HTTP/1.1", "PURGE //a//b HTTP/1.1", "Host: h"},
  }));
  CAPTURE(line);
  CHECK(forwarded({line, "Host: liar"}) == lines({expected, host, "Via: 1.1 me"}));
}

TEST_CASE("hop: hop-by-hop fields end here, both ways", "[http1]") {
  const auto* field =
      GENERATE("Connection: close", "Connection: keep-alive", "Connection:", "Connection: ,, ,",
               "Proxy-Connection: close", "PROXY-CONNECTION: keep-alive",
               "Keep-Alive: timeout=5, max=300", "keep-alive: 300", "TE: gzip", "te: deflate;q=0.5",
               "Upgrade: websocket", "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk",
               "HTTP2-Settings: AAMAAABk", "Transfer-Encoding: chunked", "transfer-encoding: gzip",
               "Proxy-Authenticate: Basic", "proxy-authenticate: Basic",
               "Proxy-Authorization: Basic eA==", "Proxy-Authentication-Info: nextnonce=x",
               "Connection: x-secret, close\r\nX-Secret: 1",
               "X-Secret: 1\r\nconnection: y\r\nConnection: ,X-SECRET",
               "X-Secret: 1\r\nConnection: Keep-Alive,\tx-secret\t,Host\r\nx-secret: 2",
               "Connection: Connection, Keep-Alive\r\nKeep-Alive: 5");
  CAPTURE(field);
  CHECK(forwarded({"GET http://h/ HTTP/1.1", "Host: h", "A: b", field, "C: d"}) ==
        lines({"GET / HTTP/1.1", "Host: h", "A: b", "C: d", "Via: 1.1 me"}));
  CHECK(answered({"HTTP/1.1 200 OK", "A: b", field, "C: d"}) ==
        lines({"HTTP/1.1 200 OK", "A: b", "C: d", "Via: 1.1 me"}));
}

TEST_CASE("hop: Connection cannot take away what the recipient must see, both ways", "[http1]") {
  const auto* field =
      GENERATE("Authorization: a", "Cookie: a", "Set-Cookie: a", "Cache-Control: a", "Via: 1.1 a",
               "Forwarded: for=a", "X-Forwarded-For: a", "X-Forwarded-Proto: a",
               "X-Forwarded-Host: a", "X-Real-IP: a", "Content-Type: a", "Content-Encoding: a",
               "Content-Security-Policy: a", "Sec-WebSocket-Key: a", "Sec-WebSocket-Protocol: a",
               "Sec-WebSocket-Extensions: a", "Expect: 100-continue", "Max-Forwards: 5");
  const auto* connection = GENERATE("Connection: ", "connection: close, ", "Connection: x,");
  CAPTURE(field, connection);
  const std::string name(field, std::string_view(field).find(':'));
  const auto named = connection + name;
  CHECK(forwarded({"GET http://h/ HTTP/1.1", "Host: h", named, field},
                  {.via = "me", .framing = {}, .keep_alive = true, .forwarded = Forwarded::off}) ==
        lines({"GET / HTTP/1.1", "Host: h", field, "Via: 1.1 me"}));
  CHECK(answered({"HTTP/1.1 200 OK", field, named}) ==
        lines({"HTTP/1.1 200 OK", field, "Via: 1.1 me"}));
}

TEST_CASE("hop: Connection takes away no more than it names", "[http1]") {
  const auto* option =
      GENERATE("x-a", "X-Ab;q=1", "\"X-Ab\"", "X Ab", "X-Ab:", "X-Ab=1", "*", "X-");
  CAPTURE(option);
  const auto connection = "Connection: " + std::string(option);
  CHECK(forwarded({"GET http://h/ HTTP/1.1", "Host: h", connection, "X-Ab: 1", "x-ab: 2"}) ==
        lines({"GET / HTTP/1.1", "Host: h", "X-Ab: 1", "x-ab: 2", "Via: 1.1 me"}));
}

TEST_CASE("hop: Connection cannot take away Host or the framing", "[http1]") {
  CHECK(forwarded({"POST http://h/ HTTP/1.1", "Host: h", "Content-Length: 5",
                   "Connection: Host, Content-Length, Transfer-Encoding"},
                  {.via = "me", .framing = {Kind::length, 5}, .keep_alive = true}) ==
        lines({"POST / HTTP/1.1", "Host: h", "Content-Length: 5", "Via: 1.1 me"}));
}

TEST_CASE("hop: a request is framed as its hop says, once", "[http1]") {
  auto [framing, expected] = GENERATE(table<Framing, std::string>({
      {{Kind::none, 0}, ""},
      {{Kind::length, 0}, "Content-Length: 0\r\n"},
      {{Kind::length, 123}, "Content-Length: 123\r\n"},
      {{Kind::chunked, 0}, "Transfer-Encoding: chunked\r\n"},
  }));
  const auto* announced = GENERATE("Content-Length: 7", "Content-Length: 7\r\ncontent-length: 7",
                                   "transfer-encoding: chunked");
  CHECK(forwarded({"POST http://h/ HTTP/1.1", "Host: h", announced},
                  {.via = "me", .framing = framing, .keep_alive = true}) ==
        "POST / HTTP/1.1\r\nHost: h\r\n" + expected + "Via: 1.1 me\r\n\r\n");
}

TEST_CASE("hop: Connection is made anew for the origin", "[http1]") {
  constexpr auto websocket = Upgrade::websocket;
  auto [te, hop, expected] = GENERATE(table<const char*, RequestHop, std::string>({
      {"A: b", {.via = "me", .framing = {}}, "Connection: close\r\n"},
      {"A: b", {.via = "me", .framing = {}, .keep_alive = true}, ""},
      {"A: b",
       {.via = "me", .framing = {}, .upgrade = websocket},
       "Upgrade: websocket\r\nConnection: Upgrade\r\n"},
      {"TE: trailers",
       {.via = "me", .framing = {}, .keep_alive = true},
       "TE: trailers\r\nConnection: TE\r\n"},
      {"TE: gzip;q=0.5, Trailers",
       {.via = "me", .framing = {}},
       "TE: trailers\r\nConnection: close, TE\r\n"},
      {"TE: trailers",
       {.via = "me", .framing = {}, .upgrade = websocket, .keep_alive = true},
       "Upgrade: websocket\r\nTE: trailers\r\nConnection: Upgrade, TE\r\n"},
  }));
  CAPTURE(te);
  const auto out = forwarded({"GET http://h/ HTTP/1.1", "Host: h", "Connection: TE, x", te}, hop);
  CHECK(out.ends_with("Via: 1.1 me\r\n" + expected + "\r\n"));
  CHECK(contains(out, "TE: ") == contains(expected, "TE: "));
}

TEST_CASE("hop: Expect and Trailer go on", "[http1]") {
  const auto out =
      forwarded({"POST http://h/ HTTP/1.1", "Host: h", "Expect: 100-continue", "Trailer: Digest"},
                {.via = "me", .framing = {Kind::chunked, 0}, .keep_alive = true});
  CHECK(contains(out, "Expect: 100-continue\r\n"));
  CHECK(contains(out, "Trailer: Digest\r\n"));
}

TEST_CASE("hop: an HTTP/1.0 client is spoken for", "[http1]") {
  CHECK(forwarded({"POST http://h/ HTTP/1.0", "Expect: 100-continue", "TE: trailers",
                   "Content-Length: 3"},
                  {.via = "me", .framing = {Kind::length, 3}, .keep_alive = true}) ==
        lines({"POST / HTTP/1.1", "Host: h", "Content-Length: 3", "Via: 1.0 me"}));
}

TEST_CASE("hop: a response goes on with what belongs to the client", "[http1]") {
  CHECK(answered({"HTTP/1.0 404 Not  Here", "Date: d", "Set-Cookie: a", "set-cookie: b",
                  "Connection: close, X-Hop", "X-Hop: 1", "Keep-Alive: 5", "Upgrade: h2c",
                  "Proxy-Authenticate: Basic", "Proxy-Authentication-Info: x",
                  "Transfer-Encoding: chunked", "Proxy-Status: o", "Via: 1.1 a"}) ==
        lines({"HTTP/1.1 404 Not  Here", "Date: d", "Set-Cookie: a", "set-cookie: b",
               "Proxy-Status: o", "Via: 1.1 a", "Via: 1.0 me"}));
}

TEST_CASE("hop: a response is framed as its hop says, once", "[http1]") {
  auto [status, field, framing, expected] =
      GENERATE(table<const char*, const char*, Framing, std::string>({
          {"200 OK", "Content-Length: 7, 7", {Kind::length, 7}, "Content-Length: 7\r\n"},
          {"200 OK", "Content-Length: 7", {Kind::chunked, 0}, "Transfer-Encoding: chunked\r\n"},
          {"200 OK", "Transfer-Encoding: chunked", {Kind::until_close, 0}, ""},
          {"200 OK", "Content-Length: 7", {Kind::until_close, 0}, ""},
          // an answer to HEAD, and a 304
          {"200 OK", "Content-Length: 7\r\ncontent-length: 7", {}, "Content-Length: 7\r\n"},
          {"304 Not Modified", "Content-Length: 7", {}, "Content-Length: 7\r\n"},
          {"304 Not Modified", "Content-Length: 7, 8", {}, ""},
          {"200 OK", "Transfer-Encoding: chunked", {}, ""},
          {"204 No Content", "Content-Length: 7", {}, ""},
          {"103 Early Hints", "Content-Length: 7", {}, ""},
      }));
  CAPTURE(status, field);
  CHECK(answered({"HTTP/1.1 " + std::string(status), field}, {.via = "me", .framing = framing}) ==
        "HTTP/1.1 " + std::string(status) + "\r\n" + expected + "Via: 1.1 me\r\n\r\n");
}

TEST_CASE("hop: Connection is made anew for the client", "[http1]") {
  auto [status, hop, expected] = GENERATE(table<const char*, ResponseHop, std::string>({
      {"200 OK", {.via = "me", .framing = {}}, ""},
      {"200 OK", {.via = "me", .framing = {}, .keep_alive = false}, "Connection: close\r\n"},
      {"100 Continue", {.via = "me", .framing = {}, .keep_alive = false}, ""},
      {"101 Switching Protocols",
       {.via = "me", .framing = {}, .upgrade = true, .keep_alive = false},
       "Upgrade: websocket\r\nConnection: Upgrade\r\n"},
  }));
  CAPTURE(status);
  CHECK(answered({"HTTP/1.1 " + std::string(status), "Connection: Upgrade, x", "Upgrade: WebSocket",
                  "Sec-WebSocket-Accept: a", "Sec-WebSocket-Protocol: chat"},
                 hop) ==
        "HTTP/1.1 " + std::string(status) +
            "\r\nSec-WebSocket-Accept: a\r\nSec-WebSocket-Protocol: chat\r\nVia: 1.1 me\r\n" +
            expected + "\r\n");
}

TEST_CASE("hop: a 426 keeps its Upgrade, and no other answer does", "[http1]") {
  const std::string wanted = "Upgrade: websocket, IRC/6.9\r\nupgrade: x\r\n";
  auto [status, hop, expected] = GENERATE_COPY(table<const char*, ResponseHop, std::string>({
      {"426 Upgrade Required", {.via = "me", .framing = {}}, wanted + "Connection: Upgrade\r\n"},
      {"426 Upgrade Required",
       {.via = "me", .framing = {}, .keep_alive = false},
       wanted + "Connection: Upgrade, close\r\n"},
      {"400 Bad Request", {.via = "me", .framing = {}}, ""},
      {"200 OK", {.via = "me", .framing = {}}, ""},
      {"101 Switching Protocols", {.via = "me", .framing = {}}, ""},
  }));
  CAPTURE(status);
  const auto out = answered({"HTTP/1.1 " + std::string(status), "Upgrade: websocket, IRC/6.9",
                             "Connection: upgrade, Keep-Alive, X-Hop", "Keep-Alive: 5", "X-Hop: 1",
                             "Upgrade:", "Sec-WebSocket-Version: 13", "upgrade: x"},
                            hop);
  CHECK(out == "HTTP/1.1 " + std::string(status) +
                   "\r\nSec-WebSocket-Version: 13\r\nVia: 1.1 me\r\n" + expected + "\r\n");
}

TEST_CASE("hop: a 426 without Upgrade gets none", "[http1]") {
  CHECK(answered({"HTTP/1.1 426 Upgrade Required", "Connection: Upgrade"}) ==
        lines({"HTTP/1.1 426 Upgrade Required", "Via: 1.1 me"}));
}

TEST_CASE("hop: a response without a reason keeps the space before it", "[http1]") {
  CHECK(answered({"HTTP/1.1 200"}) == lines({"HTTP/1.1 200 ", "Via: 1.1 me"}));
}

TEST_CASE("hop: a response that does not say when it was made gets the time when it came",
          "[http1]") {
  const ResponseHop hop{.via = "me", .framing = {}, .date = "now"};
  const std::string_view made = "Date: then";
  CHECK(answered({"HTTP/1.1 200 OK", "A: 1"}, hop) ==
        lines({"HTTP/1.1 200 OK", "A: 1", "Date: now", "Via: 1.1 me"}));
  CHECK(answered({"HTTP/1.1 200 OK", made, "A: 1"}, hop) ==
        lines({"HTTP/1.1 200 OK", made, "A: 1", "Via: 1.1 me"}));
  CHECK(answered({"HTTP/1.1 200 OK", "Connection: Date", made}, hop) ==
        lines({"HTTP/1.1 200 OK", "Date: now", "Via: 1.1 me"}));
  CHECK(answered({"HTTP/1.1 103 Early Hints"}, hop) ==
        lines({"HTTP/1.1 103 Early Hints", "Via: 1.1 me"}));
}

// SPDX-License-Identifier: Apache-2.0
// Exchanges: which fields end at this hop, and which go through it, both ways.
#include <catch2/catch.hpp>

#include "support/script.hpp"

using namespace culvert::test;

namespace {

using enum Do;

const std::string get = "GET http://{origin}/ HTTP/1.1";
const std::string none = "Content-Length: 0\r\n";

/// These fields of a request arrive as those.
Row request_fields(const std::string& sent, const std::string& arrives, const Heard& heard = {}) {
  return {.says = sent,
          .steps = {{client_sends, asks(get, sent)},
                    {origin_gets, arrived("GET / HTTP/1.1", arrives, "", heard)},
                    {origin_sends, answers("200 OK", none)},
                    {client_gets, got("200 OK", none)}}};
}

/// These fields of an answer are received as those.
Row answer_fields(const std::string& sent, const std::string& received,
                  Upstream upstream = Upstream::kept) {
  return {.says = sent,
          .steps = {{client_sends, asks(get)},
                    {origin_gets, arrived("GET / HTTP/1.1")},
                    {origin_sends, answers("200 OK", sent + none)},
                    {client_gets, got("200 OK", received + none)}},
          .upstream = upstream};
}

}  // namespace

TEST_CASE("exchange: fields of one hop end here, both ways", "[exchange]") {
  const std::string field = GENERATE(
      "Connection: keep-alive\r\n", "Connection:\r\n", "Connection: ,, ,\r\n",
      "Keep-Alive: timeout=5\r\n", "keep-alive: max=5\r\n", "Proxy-Connection: keep-alive\r\n",
      "TE: gzip\r\n", "Upgrade: h2c\r\n", "Connection: Upgrade\r\nUpgrade: h2c, TLS/1.0\r\n",
      "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
      "HTTP2-Settings: AAMAAABk\r\n",
      "HTTP2-Settings: AAMAAABk\r\n", "Proxy-Authenticate: Basic\r\n",
      "Proxy-Authorization: Basic eDp5\r\n", "Proxy-Authentication-Info: nextnonce=\"a\"\r\n");
  CAPTURE(field);
  CHECK_NOTHROW(play(request_fields("A: 1\r\n" + field + "B: 2\r\n", "A: 1\r\nB: 2\r\n")));
  CHECK_NOTHROW(play(answer_fields("A: 1\r\n" + field + "B: 2\r\n", "A: 1\r\nB: 2\r\n")));
}

TEST_CASE("exchange: what Connection names ends here, both ways", "[exchange]") {
  const std::string fields = GENERATE(
      "Connection: X-Hop\r\nX-Hop: 1\r\n", "X-Hop: 1\r\nConnection: X-Hop\r\n",
      "connection: x-hop\r\nX-HOP: 1\r\nx-Hop: 2\r\n",
      "Connection: a ,\tX-Hop\t, b\r\nX-Hop: 1\r\n",
      "Connection: a\r\nConnection: X-Hop\r\nX-Hop: 1\r\n", "Connection: ,X-Hop,\r\nX-Hop:\r\n",
      "Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\n", "Connection: X-Hop, X-Hop\r\nX-Hop: 1\r\n");
  CAPTURE(fields);
  CHECK_NOTHROW(
      play(request_fields("X-Ho: 1\r\n" + fields + "X-Hop2: 2\r\n", "X-Ho: 1\r\nX-Hop2: 2\r\n")));
  CHECK_NOTHROW(
      play(answer_fields("X-Ho: 1\r\n" + fields + "X-Hop2: 2\r\n", "X-Ho: 1\r\nX-Hop2: 2\r\n")));
}

// The class of CVE-2022-1388: a client has the proxy remove what the origin relies on.
TEST_CASE("exchange: Connection does not take away what is for the recipient", "[exchange]") {
  const std::string name =
      GENERATE("Authorization", "Cookie", "Cache-Control", "Content-Type", "Content-Encoding",
               "Content-Language", "Content-Location", "Content-Range", "Content-Disposition",
               "Content-Security-Policy", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions",
               "Sec-WebSocket-Version", "Sec-WebSocket-Key", "Expect");
  const auto spelling = GENERATE(false, true);
  CAPTURE(name, spelling);
  const auto option =
      spelling ? "cONNECTION: close-not, " + name + "\r\n" : "Connection: " + name + "\r\n";
  const auto field = name + ": kept\r\n";
  CHECK_NOTHROW(play(request_fields(option + field, field)));
  CHECK_NOTHROW(play(answer_fields(field + option, field)));
}

TEST_CASE("exchange: nor Host, length and Via, which are written here", "[exchange]") {
  const std::string post = "POST http://{origin}/ HTTP/1.1";
  const std::string all = "Connection: Host, Content-Length, Via\r\n";
  const std::string before = "Via: 1.0 far\r\n";
  const std::string length = "Content-Length: 3\r\n";
  CHECK_NOTHROW(play({.says = all,
                      .steps = {{client_sends, asks(post, all + before + length, "abc")},
                                {origin_gets, arrived("POST / HTTP/1.1", before + length, "abc")},
                                {origin_sends, answers("200 OK", all + before + length, "def")},
                                {client_gets, got("200 OK", before + length, "def")}}}));
}

TEST_CASE("exchange: nor what the origin says of its forwarding", "[exchange]") {
  const std::string name = GENERATE("Forwarded", "X-Forwarded-For", "X-Forwarded-Host",
                                    "X-Forwarded-Proto", "Set-Cookie");
  CAPTURE(name);
  const auto field = name + ": kept\r\n";
  CHECK_NOTHROW(play(answer_fields("Connection: " + name + "\r\n" + field, field)));
}

TEST_CASE("exchange: trailers are the one thing that TE may ask the origin for", "[exchange]") {
  auto [sent, trailers] = GENERATE(table<std::string, bool>({
      {"TE: trailers\r\nConnection: TE\r\n", true},
      {"te: gzip, Trailers;q=0.5\r\n", false},
      {"TE: gzip;q=0.5, trailers\r\nConnection: TE\r\n", true},
      {"TE: trailers, deflate\r\nTE: gzip\r\nConnection: TE\r\n", true},
      {"TE: gzip\r\nConnection: TE\r\n", false},
      {"TE:\r\nConnection: TE\r\n", false},
      {"TE: xtrailers\r\nConnection: TE\r\n", false},
  }));
  CAPTURE(sent);
  CHECK_NOTHROW(play(request_fields(sent, "", {.trailers = trailers})));
}

TEST_CASE("exchange: all other fields keep order, case and repeats", "[exchange]") {
  const std::string fields =
      "x-LOWER: 1\r\nAccept: a\r\nCookie: b\r\nACCEPT: c\r\nX-Empty:\r\nx-lower:  \t2 , 3 \r\n"
      "Cookie: d\r\nX-Bytes: \xc3\xa9\xff\tx\r\nA!#$%&'*+-.^_`|~z: \"q, \\\"\"\r\n";
  const std::string passed =
      "x-LOWER: 1\r\nAccept: a\r\nCookie: b\r\nACCEPT: c\r\nX-Empty: \r\nx-lower: 2 , 3\r\n"
      "Cookie: d\r\nX-Bytes: \xc3\xa9\xff\tx\r\nA!#$%&'*+-.^_`|~z: \"q, \\\"\"\r\n";
  CHECK_NOTHROW(play(request_fields(fields, passed)));
  CHECK_NOTHROW(play(answer_fields(fields, passed)));
}

TEST_CASE("exchange: Via grows at its end, both ways", "[exchange]") {
  const std::string before = "Via: 1.0 far (x, y)\r\nX: 1\r\nVia: HTTP/1.1 near, 2 nearer\r\n";
  CHECK_NOTHROW(play(request_fields(before, before)));
  CHECK_NOTHROW(play(answer_fields(before, before)));
}

TEST_CASE("exchange: an origin that closes says so to this hop alone", "[exchange]") {
  const std::string option = GENERATE("Connection: close\r\n", "connection: x, CLOSE\r\n");
  CAPTURE(option);
  CHECK_NOTHROW(play(answer_fields(option, "", Upstream::closed)));
}

TEST_CASE("exchange: a client that closes says so to this hop alone", "[exchange]") {
  const std::string option = GENERATE("Connection: close\r\n", "Proxy-Connection: close\r\n",
                                      "Connection: X-Hop\r\nConnection: CLOSE\r\nX-Hop: 1\r\n");
  CAPTURE(option);
  auto row = request_fields(option, "");
  row.steps.back().text = got("200 OK", none, "", "close");
  row.client = Client::closed;
  CHECK_NOTHROW(play(row));
}

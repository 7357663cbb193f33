// SPDX-License-Identifier: Apache-2.0
// Exchanges: HTTP/1.0 on either side.
#include <catch2/catch.hpp>

#include "support/script.hpp"

using namespace culvert::test;

namespace {

using enum Do;

const std::string get10 = "GET http://{origin}/ HTTP/1.0";
const std::string get11 = "GET http://{origin}/ HTTP/1.1";
const std::string length = "Content-Length: 3\r\n";
const std::string chunked = "Transfer-Encoding: chunked\r\n";
const std::string date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
const std::string stays = "Connection: Keep-Alive\r\n";
const Heard heard10{.version10 = true};

/// From a client of HTTP/1.0: these fields, and what becomes of this answer.
Row to_client10(const std::string& says, const std::string& fields, const std::string& sent,
                const std::string& received, Client client) {
  return {.says = says,
          .steps = {{client_sends, asks(get10, fields)},
                    {origin_gets, arrived("GET / HTTP/1.1", "", "", heard10)},
                    {origin_sends, sent},
                    {client_gets, received}},
          .client = client};
}

/// An answer as a server of HTTP/1.0 writes it, and as the client gets it.
std::string answers10(const std::string& fields, const std::string& body) {
  return "HTTP/1.0 200 OK\r\n" + date + fields + "\r\n" + body;
}
std::string got10(const std::string& fields, const std::string& body,
                  const std::string& connection = "") {
  return "HTTP/1.1 200 OK\r\n" + date + fields + "Via: 1.0 here\r\n" + connection + "\r\n" + body;
}

Row from_origin10(const std::string& says, const std::string& fields, const std::string& body,
                  const std::string& received, Upstream upstream) {
  return {.says = says,
          .steps = {{client_sends, asks(get11)},
                    {origin_gets, arrived("GET / HTTP/1.1")},
                    {origin_sends, answers10(fields, body)},
                    {client_gets, received}},
          .upstream = upstream};
}

}  // namespace

TEST_CASE("exchange: a client of HTTP/1.0 gets no chunks and no interim answers", "[exchange]") {
  const auto whole = answers("200 OK", length, "abc");
  const auto in_chunks = answers("200 OK", chunked, "1;x\r\na\r\n2\r\nbc\r\n0\r\n\r\n");
  const auto row = GENERATE_COPY(values<Row>({
      to_client10("a length", "", whole, got("200 OK", length, "abc", "close"), Client::closed),
      to_client10("it asks to stay", stays, whole, got("200 OK", length, "abc", "close"),
                  Client::closed),
      to_client10("in the old way", "Proxy-Connection: keep-alive\r\n", whole,
                  got("200 OK", length, "abc", "close"), Client::closed),
      to_client10("it asks for both", "Connection: close, keep-alive\r\n", whole,
                  got("200 OK", length, "abc", "close"), Client::closed),
      to_client10("chunks", "", in_chunks, got("200 OK", "", "abc", "close"), Client::closed),
      to_client10("chunks, and it asks to stay", stays, in_chunks,
                  got("200 OK", "", "abc", "close"), Client::closed),
      to_client10("no chunk at all", stays, answers("200 OK", chunked, "0\r\n\r\n"),
                  got("200 OK", "", "", "close"), Client::closed),
      to_client10("100, 102 and 103", stays,
                  answers("100 Continue") + answers("102 Processing") +
                      answers("103 Early Hints", "Link: <a>\r\n") + whole,
                  got("200 OK", length, "abc", "close"), Client::closed),
      to_client10("an answer without a body", stays, answers("304 Not Modified"),
                  got("304 Not Modified", "", "", "close"), Client::closed),
      to_client10("an expectation is not for the origin", "Expect: 100-continue\r\n" + stays, whole,
                  got("200 OK", length, "abc", "close"), Client::closed),
  }));
  CAPTURE(row.says);
  CHECK_NOTHROW(play(row));
}

TEST_CASE("exchange: a client of HTTP/1.0 need not say Host", "[exchange]") {
  CHECK_NOTHROW(play({.says = "no Host",
                      .steps = {{client_sends, get10 + "\r\n\r\n"},
                                {origin_gets, arrived("GET / HTTP/1.1", "", "", heard10)},
                                {origin_sends, answers("200 OK", length, "abc")},
                                {client_gets, got("200 OK", length, "abc", "close")}},
                      .client = Client::closed}));
}

TEST_CASE("exchange: a handshake of HTTP/1.0 is none", "[exchange]") {
  CHECK_NOTHROW(play(to_client10(
      "upgrade", "Connection: Upgrade, keep-alive\r\nUpgrade: websocket\r\n",
      answers("200 OK", length, "abc"), got("200 OK", length, "abc", "close"), Client::closed)));
}

TEST_CASE("exchange: an origin of HTTP/1.0 closes, unless it says otherwise", "[exchange]") {
  const auto row = GENERATE_COPY(values<Row>({
      from_origin10("a length", length, "abc", got10(length, "abc"), Upstream::closed),
      from_origin10("it stays", length + stays, "abc", got10(length, "abc"), Upstream::kept),
      from_origin10("it says both", length + "Connection: close, keep-alive\r\n", "abc",
                    got10(length, "abc"), Upstream::closed),
  }));
  CAPTURE(row.says);
  CHECK_NOTHROW(play(row));
}

TEST_CASE("exchange: an answer of HTTP/1.0 may last until its connection ends", "[exchange]") {
  const std::string fields = GENERATE("", "Connection: Keep-Alive\r\n");
  CAPTURE(fields);
  auto row = from_origin10("until the end", fields, "abc",
                           got10("", "abc", "Connection: close\r\n"), Upstream::closed);
  row.steps.push_back({origin_closes});
  row.client = Client::closed;
  CHECK_NOTHROW(play(row));
}

TEST_CASE("exchange: chunks in HTTP/1.0 are no chunks", "[exchange]") {
  CHECK_NOTHROW(play({.says = "chunked",
                      .steps = {{client_sends, asks(get11)},
                                {origin_gets, arrived("GET / HTTP/1.1")},
                                {origin_sends, answers10(chunked, "0\r\n\r\n")},
                                {client_gets_page, "502 http_protocol_error"}},
                      .upstream = Upstream::closed}));
}

TEST_CASE("exchange: HTTP/1.0 on both sides", "[exchange]") {
  auto row = to_client10("both", "", answers10("", "abc"),
                         got10("", "abc", "Connection: close\r\n"), Client::closed);
  row.steps.push_back({origin_closes});
  row.upstream = Upstream::closed;
  CHECK_NOTHROW(play(row));
}

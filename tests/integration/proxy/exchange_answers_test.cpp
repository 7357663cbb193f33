// SPDX-License-Identifier: Apache-2.0
// Exchanges: the framing of answers. Of one in doubt nothing reaches the client, and the connection
// that it came on serves nobody again.
#include <catch2/catch.hpp>

#include "support/script.hpp"

using namespace culvert::test;
using namespace std::string_literals;

namespace {

using enum Do;

const std::string get = "GET http://{origin}/ HTTP/1.1";
const std::string get_arrived = arrived("GET / HTTP/1.1");

/// The client's own connection is in order and goes on.
Row doubtful(const std::string& bytes) {
  return {.says = bytes,
          .steps = {{client_sends, asks(get)},
                    {origin_gets, get_arrived},
                    {origin_sends, bytes},
                    {client_gets_page, "502 http_protocol_error"}},
          .upstream = Upstream::closed};
}

Row passed(const std::string& says, const std::string& sent, const std::string& received,
           Upstream upstream = Upstream::kept) {
  return {.says = says,
          .steps = {{client_sends, asks(get)},
                    {origin_gets, get_arrived},
                    {origin_sends, sent},
                    {client_gets, received}},
          .upstream = upstream};
}

/// What the origin sent last is all of its answer, and it closes.
Row until_close(const std::string& says, const std::string& sent, const std::string& received) {
  auto row = passed(says, sent, received, Upstream::closed);
  row.steps.push_back({origin_closes});
  row.client = Client::closed;
  return row;
}

}  // namespace

TEST_CASE("exchange: an answer whose length is in doubt is a 502", "[exchange]") {
  const auto* fields =
      GENERATE("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
               "Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: 5, 6\r\n",
               "Content-Length: +5\r\n", "Content-Length: 0x5\r\n", "Content-Length:\r\n",
               "Content-Length: 9223372036854775808\r\n", "Content-Length : 5\r\n",
               "Transfer-Encoding: gzip\r\n", "Transfer-Encoding: gzip, chunked\r\n",
               "Transfer-Encoding: chunked, chunked\r\n", "Transfer-Encoding: identity\r\n",
               "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
               "Transfer-Encoding : chunked\r\n", "Transfer-Encoding:\r\n chunked\r\n",
               "X: y\r\n Content-Length: 5\r\n");
  const auto* status = GENERATE("200 OK", "404 Not Found", "204 No Content", "304 Not Modified");
  CAPTURE(fields, status);
  CHECK_NOTHROW(play(doubtful(answers(status, fields, "0\r\n\r\n"))));
}

TEST_CASE("exchange: an answer that is not to the letter is a 502", "[exchange]") {
  auto bytes = GENERATE(
      "HTTP/1.1 200 OK\nContent-Length: 0\n\n"s, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\n"s,
      "HTTP/1.1 200 OK\r\nA: b\rC: d\r\n\r\n"s, "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n"s,
      "HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n"s, "HTTP/1.1 200 OK\r\nA: b\x01\r\n\r\n"s,
      "HTTP/1.1 200 O\0K\r\n\r\n"s, "HTTP/1.1 200 OK\r\n: b\r\n\r\n"s,
      "HTTP/1.1 200 OK\r\nA b\r\n\r\n"s, "HTTP/1.1 200 OK\r\n A: b\r\n\r\n"s,
      "HTTP/1.1  200 OK\r\n\r\n"s, "HTTP/1.1 20 OK\r\n\r\n"s, "HTTP/1.1 2000 OK\r\n\r\n"s,
      "HTTP/1.1 099 OK\r\n\r\n"s, "HTTP/1.1 600 OK\r\n\r\n"s, "HTTP/1.1 -20 OK\r\n\r\n"s,
      "HTTP/1.1 200\tOK\r\n\r\n"s, "HTTP/1.1 OK\r\n\r\n"s, " HTTP/1.1 200 OK\r\n\r\n"s,
      "http/1.1 200 OK\r\n\r\n"s, "HTTP/2.0 200 OK\r\n\r\n"s, "HTTP/1.2 200 OK\r\n\r\n"s,
      "HTTP/1.10 200 OK\r\n\r\n"s, "ICY 200 OK\r\n\r\n"s, "hello\r\n\r\n"s,
      "\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"s,
      "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nA : b\r\n\r\n"s);
  CAPTURE(bytes);
  auto row = doubtful(bytes);
  // Interim answers before it were in order.
  if (bytes.contains(" 103 ")) {
    row.steps.insert(row.steps.begin() + 3, {client_gets, got("103 Early Hints")});
  }
  CHECK_NOTHROW(play(row));
}

TEST_CASE("exchange: an answer that is clear arrives framed as it was meant", "[exchange]") {
  const std::string length = "Content-Length: 3\r\n";
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const auto row = GENERATE_COPY(values<Row>({
      passed("a length", answers("200 OK", length, "abc"), got("200 OK", length, "abc")),
      passed("a length of 0", answers("200 OK", "Content-Length: 0\r\n"),
             got("200 OK", "Content-Length: 0\r\n")),
      passed("repeats of one length are one", answers("200 OK", length + length, "abc"),
             got("200 OK", length, "abc")),
      passed("chunks", answers("200 OK", chunked, "3\r\nabc\r\n0\r\n\r\n"),
             got("200 OK", chunked, "3\r\nabc\r\n0\r\n\r\n")),
      passed("extensions are dropped", answers("200 OK", chunked, "3;a=b\r\nabc\r\n0;c\r\n\r\n"),
             got("200 OK", chunked, "3\r\nabc\r\n0\r\n\r\n")),
      passed("no reason", answers("200 ", "Content-Length: 0\r\n"),
             got("200 ", "Content-Length: 0\r\n")),
      passed("no reason and no space", answers("200", "Content-Length: 0\r\n"),
             got("200 ", "Content-Length: 0\r\n")),
      passed("an own status and reason", answers("299 Ni\xf1o, fine", "Content-Length: 0\r\n"),
             got("299 Ni\xf1o, fine", "Content-Length: 0\r\n")),
      until_close("until the end", answers("200 OK", "", "abc"), got("200 OK", "", "abc", "close")),
      until_close("nothing until the end", answers("200 OK"), got("200 OK", "", "", "close")),
  }));
  CAPTURE(row.says);
  CHECK_NOTHROW(play(row));
}

TEST_CASE("exchange: a chunk of the answer that is not to the letter cuts it off", "[exchange]") {
  const auto* chunk = GENERATE("3\nabc\r\n0\r\n\r\n", "3\r\nabcd\r\n", "0x3\r\nabc", "-1\r\n",
                               " 3\r\nabc\r\n", "3 \r\nabc\r\n", "g\r\n", "00000000000000003\r\n",
                               "\r\n", "0\r\nA : b\r\n\r\n", "0\r\n\n");
  CAPTURE(chunk);
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  Row row{.says = chunk,
          .steps = {{client_sends, asks(get)},
                    {origin_gets, get_arrived},
                    {origin_sends, answers("200 OK", chunked, "2\r\nok\r\n")},
                    {client_gets, got("200 OK", chunked, "2\r\nok\r\n")},
                    {origin_sends, chunk}},
          .client = Client::reset,
          .upstream = Upstream::closed};
  CHECK_NOTHROW(play(row));
}

TEST_CASE("exchange: what the origin sends behind its answer never reaches a client",
          "[exchange]") {
  const std::string more = answers("200 OK", "Content-Length: 6\r\n", "stolen");
  auto [method, status, fields, body] =
      GENERATE_COPY(table<std::string, std::string, std::string, std::string>({
          {"GET", "200 OK", "Content-Length: 3\r\n", "abc"},
          {"GET", "200 OK", "Content-Length: 0\r\n", ""},
          {"GET", "200 OK", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n"},
          {"GET", "204 No Content", "", ""},
          {"GET", "304 Not Modified", "", ""},
          {"GET", "304 Not Modified", "Content-Length: 3\r\n", ""},
          {"HEAD", "200 OK", "Content-Length: 3\r\n", ""},
          {"HEAD", "200 OK", "", ""},
      }));
  const auto behind = GENERATE_COPY(values<std::string>({more, "abc", "\r\n"}));
  CAPTURE(method, status, fields, body, behind);
  const std::string url = " http://{origin}/ HTTP/1.1";
  CHECK_NOTHROW(play({.says = status,
                      .steps = {{client_sends, asks(method + url)},
                                {origin_gets, arrived(method + " / HTTP/1.1")},
                                {origin_sends, answers(status, fields, body + behind)},
                                {client_gets, got(status, fields, body)}},
                      .upstream = Upstream::closed}));
}

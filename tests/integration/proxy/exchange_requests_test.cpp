// SPDX-License-Identifier: Apache-2.0
// Exchanges: the framing of requests. What two parsers could read in two ways reaches no origin.
#include <catch2/catch.hpp>

#include "support/script.hpp"

using namespace culvert::test;
using namespace std::string_literals;

namespace {

using enum Do;

const std::string post = "POST http://{origin}/ HTTP/1.1";
const std::string ok = answers("200 OK", "Content-Length: 0\r\n");
const std::string ok_got = got("200 OK", "Content-Length: 0\r\n");

/// Behind each refused request stands one that would be served, had the first been read otherwise.
Row refused(const std::string& text, const std::string& page = "400 http_request_error") {
  return {.says = text,
          .steps = {{client_sends, text + asks("GET http://{origin}/smuggled HTTP/1.1")},
                    {client_gets_page, page}},
          .client = Client::closed,
          .upstream = Upstream::never};
}

Row passed(const std::string& says, const std::string& sent, const std::string& arrives) {
  return {
      .says = says,
      .steps = {
          {client_sends, sent}, {origin_gets, arrives}, {origin_sends, ok}, {client_gets, ok_got}}};
}

}  // namespace

TEST_CASE("exchange: a request whose length is in doubt is refused whole", "[exchange]") {
  const auto* fields =
      GENERATE("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
               "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
               "Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: 5, 6\r\n",
               "Content-Length: +5\r\n", "Content-Length: -5\r\n", "Content-Length: 0x5\r\n",
               "Content-Length: 5 5\r\n", "Content-Length: 5;\r\n", "Content-Length:\r\n",
               "Content-Length: ,\r\n", "Content-Length: 18446744073709551621\r\n",
               "Content-Length: 9223372036854775808\r\n", "Content-Length : 5\r\n",
               "Content-Length\t: 5\r\n", "Transfer-Encoding : chunked\r\n",
               "Transfer-Encoding: xchunked\r\n", "Transfer-Encoding: chunked, chunked\r\n",
               "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
               "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: chunked, identity\r\n",
               "Transfer-Encoding: identity\r\n", "Transfer-Encoding: chunked;q=1\r\n",
               "Transfer-Encoding: \"chunked\"\r\n", "Transfer-Encoding:\r\n",
               "Transfer-Encoding: ,chunked\r\n",
               "Transfer-Encoding:\x0b"
               "chunked\r\n",
               "X: y\r\n Transfer-Encoding: chunked\r\n", "Transfer-Encoding:\r\n chunked\r\n");
  CAPTURE(fields);
  CHECK_NOTHROW(play(refused(asks(post, fields, "0\r\n\r\n"))));
}

TEST_CASE("exchange: Transfer-Encoding in HTTP/1.0 is refused", "[exchange]") {
  CHECK_NOTHROW(play(refused(
      asks("POST http://{origin}/ HTTP/1.0", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n"))));
}

TEST_CASE("exchange: a head that is not to the letter is refused", "[exchange]") {
  const std::string url = "http://{origin}/";
  const std::string host = "Host: {origin}\r\n";
  const std::string get = "GET " + url + " HTTP/1.1\r\n";
  auto [text, page] = GENERATE_COPY(table<std::string, std::string>({
      {get + host + "\n", "400 http_request_error"},  // bare LF
      {"GET " + url + " HTTP/1.1\n" + host + "\r\n", "400 http_request_error"},
      {get + host + "A: b\rC: d\r\n\r\n", "400 http_request_error"},  // bare CR
      {get + host + "A: b\r\r\n\r\n", "400 http_request_error"},
      {get + host + "A: b\r\n c\r\n\r\n", "400 http_request_error"},  // obs-fold
      {get + host + "A: b\r\n\tc\r\n\r\n", "400 http_request_error"},
      {get + " " + host + "\r\n", "400 http_request_error"},     // before any field
      {get + host + "A : b\r\n\r\n", "400 http_request_error"},  // before the colon
      {get + host + ": b\r\n\r\n", "400 http_request_error"},    // no name
      {get + host + "A b\r\n\r\n", "400 http_request_error"},    // no colon
      {get + host + "A(: b\r\n\r\n", "400 http_request_error"},
      {get + host + "A\xe9: b\r\n\r\n", "400 http_request_error"},
      {get + host + "A: b\0c\r\n\r\n"s, "400 http_request_error"},  // NUL
      {get + host + "A: b\x01\r\n\r\n", "400 http_request_error"},
      {get + host + "A: b\x7f\r\n\r\n", "400 http_request_error"},
      {"G(T " + url + " HTTP/1.1\r\n" + host + "\r\n", "400 http_request_error"},
      {" GET " + url + " HTTP/1.1\r\n" + host + "\r\n", "400 http_request_error"},
      {"GET  " + url + " HTTP/1.1\r\n" + host + "\r\n", "400 http_request_error"},
      {"GET " + url + "  HTTP/1.1\r\n" + host + "\r\n", "400 http_request_error"},
      {"GET " + url + " HTTP/1.1 \r\n" + host + "\r\n", "400 http_request_error"},
      {"GET\t" + url + "\tHTTP/1.1\r\n" + host + "\r\n", "400 http_request_error"},
      {"GET " + url + "a b HTTP/1.1\r\n" + host + "\r\n", "400 http_request_error"},
      {"GET " + url + "\xe9 HTTP/1.1\r\n" + host + "\r\n", "400 http_request_error"},
      {"GET " + url + " http/1.1\r\n" + host + "\r\n", "400 http_request_error"},
      {"GET " + url + " HTTP/1.10\r\n" + host + "\r\n", "400 http_request_error"},
      {"GET " + url + " HTTP/1,1\r\n" + host + "\r\n", "400 http_request_error"},
      {"GET " + url + "\r\n\r\n", "400 http_request_error"},  // HTTP/0.9
      {"GET " + url + " HTTP/1.2\r\n" + host + "\r\n", "505 http_request_error"},
      {"GET " + url + " HTTP/2.0\r\n" + host + "\r\n", "505 http_request_error"},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505 http_request_error"},
      {get + "\r\n", "400 http_request_error"},  // no Host
      {get + host + host + "\r\n", "400 http_request_error"},
      {"\r\n\r\n" + get + host + "\r\n", "400 http_request_error"},  // two empty lines
  }));
  CAPTURE(text);
  CHECK_NOTHROW(play(refused(text, page)));
}

TEST_CASE("exchange: a request that is clear arrives framed as it was meant", "[exchange]") {
  const std::string length = "Content-Length: 3\r\n";
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const auto line = "POST / HTTP/1.1"s;
  const auto row = GENERATE_COPY(values<Row>({
      passed("a length", asks(post, length, "abc"), arrived(line, length, "abc")),
      passed("length 0 is said again", asks(post, "Content-Length: 0\r\n"),
             arrived(line, "Content-Length: 0\r\n")),
      passed("no length stays none", asks(post), arrived(line)),
      passed("repeats of one length are one", asks(post, length + length, "abc"),
             arrived(line, length, "abc")),
      passed("also in a list", asks(post, "Content-Length: 3, 3\r\n", "abc"),
             arrived(line, length, "abc")),
      passed("zeros in front do not matter", asks(post, "Content-Length: 0003\r\n", "abc"),
             arrived(line, length, "abc")),
      passed("a method with a body that seldom has one",
             asks("GET http://{origin}/ HTTP/1.1", length, "abc"),
             arrived("GET / HTTP/1.1", length, "abc")),
      passed("chunks", asks(post, chunked, "3\r\nabc\r\n0\r\n\r\n"),
             arrived(line, chunked, "3\r\nabc\r\n0\r\n\r\n")),
      passed("the word in any case", asks(post, "transfer-encoding: CHUNKED\r\n", "0\r\n\r\n"),
             arrived(line, chunked, "0\r\n\r\n")),
      passed("extensions are dropped", asks(post, chunked, "3;a=\"b\";c\r\nabc\r\n0;d\r\n\r\n"),
             arrived(line, chunked, "3\r\nabc\r\n0\r\n\r\n")),
      passed("sizes are written anew", asks(post, chunked, "00A\r\n0123456789\r\n000\r\n\r\n"),
             arrived(line, chunked, "a\r\n0123456789\r\n0\r\n\r\n")),
      passed("one empty line before the request", "\r\n" + asks("GET http://{origin}/ HTTP/1.1"),
             arrived("GET / HTTP/1.1")),
      passed("an own method", asks("M-SEARCH http://{origin}/ HTTP/1.1"),
             arrived("M-SEARCH / HTTP/1.1")),
  }));
  CAPTURE(row.says);
  CHECK_NOTHROW(play(row));
}

TEST_CASE("exchange: a chunk that is not to the letter ends both connections", "[exchange]") {
  const auto* chunk = GENERATE(
      "3\nabc\n0\n\n", "3\r\nabc0\r\n\r\n", "3\r\nabcd\r\n0\r\n\r\n", "3\r\nabc\n0\r\n\r\n",
      "0x3\r\nabc\r\n0\r\n\r\n", "-3\r\nabc\r\n0\r\n\r\n", " 3\r\nabc\r\n0\r\n\r\n",
      "3 \r\nabc\r\n0\r\n\r\n", "3 a\r\nabc\r\n0\r\n\r\n", "\r\nabc\r\n0\r\n\r\n",
      "g\r\nabc\r\n0\r\n\r\n", "3;a\nb\r\nabc\r\n0\r\n\r\n", "3;a\rb\r\nabc\r\n0\r\n\r\n",
      "00000000000000003\r\nabc\r\n0\r\n\r\n", "10000000000000000\r\nabc\r\n0\r\n\r\n",
      "0\r\nA : b\r\n\r\n", "0\r\nA: b\n\r\n", "0\r\n A: b\r\n\r\n", "0\r\n\n");
  CAPTURE(chunk);
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  CHECK_NOTHROW(play({.says = chunk,
                      .steps = {{client_sends, asks(post, chunked)},
                                {origin_gets, arrived("POST / HTTP/1.1", chunked)},
                                {client_sends, chunk},
                                {client_gets_page, "400 http_request_error"}},
                      .client = Client::closed,
                      .upstream = Upstream::reset}));
}

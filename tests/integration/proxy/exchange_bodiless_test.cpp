// SPDX-License-Identifier: Apache-2.0
// Exchanges: answers that have no body, whatever they say.
#include <catch2/catch.hpp>

#include "support/script.hpp"

using namespace culvert::test;

namespace {

using enum Do;

const std::string length = "Content-Length: 1000\r\n";
const std::string chunked = "Transfer-Encoding: chunked\r\n";

struct Sample {
  std::string method;
  std::string status;
  std::string sent;      ///< fields of the origin
  std::string received;  ///< and of the client
};

}  // namespace

TEST_CASE("exchange: an answer without a body leaves both connections in order", "[exchange]") {
  const auto [method, status, sent, received] = GENERATE(values<Sample>({
      {"HEAD", "200 OK", "", ""},
      {"HEAD", "200 OK", length, length},
      {"HEAD", "200 OK", length + length, length},
      {"HEAD", "200 OK", chunked, ""},
      {"HEAD", "404 Not Found", length, length},
      {"HEAD", "204 No Content", "", ""},
      {"GET", "204 No Content", "", ""},
      {"DELETE", "204 No Content", "X: y\r\n", "X: y\r\n"},
      {"GET", "304 Not Modified", "", ""},
      {"GET", "304 Not Modified", "ETag: \"a\"\r\n" + length, "ETag: \"a\"\r\n" + length},
      {"GET", "304 Not Modified", chunked, ""},
  }));
  CAPTURE(method, status, sent);
  CHECK_NOTHROW(play({.says = status,
                      .steps = {{client_sends, asks(method + " http://{origin}/ HTTP/1.1")},
                                {origin_gets, arrived(method + " / HTTP/1.1")},
                                {origin_sends, answers(status, sent)},
                                {client_gets, got(status, received)}}}));
}

// A 204 has no such fields (RFC 9110 §8.6, RFC 9112 §6.1). Some take it at its word and read a
// body, so nobody can say where the next answer begins.
TEST_CASE("exchange: a 204 that speaks of a body is a 502", "[exchange]") {
  auto [fields, body] = GENERATE(table<std::string, std::string>({
      {"Content-Length: 3\r\n", "abc"},
      {"Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n"},
  }));
  CAPTURE(fields);
  CHECK_NOTHROW(play({.says = fields,
                      .steps = {{client_sends, asks("GET http://{origin}/ HTTP/1.1")},
                                {origin_gets, arrived("GET / HTTP/1.1")},
                                {origin_sends, answers("204 No Content", fields, body)},
                                {client_gets_page, "502 http_protocol_error"}},
                      .upstream = Upstream::closed}));
}

TEST_CASE("exchange: a head that is lower case is no HEAD", "[exchange]") {
  const std::string fields = "Content-Length: 3\r\n";
  CHECK_NOTHROW(play({.says = "head",
                      .steps = {{client_sends, asks("head http://{origin}/ HTTP/1.1")},
                                {origin_gets, arrived("head / HTTP/1.1")},
                                {origin_sends, answers("200 OK", fields, "abc")},
                                {client_gets, got("200 OK", fields, "abc")}}}));
}

TEST_CASE("exchange: our own page has no body behind HEAD either", "[exchange]") {
  const std::string url = GENERATE("http://denied.test/", "http://{origin}/");
  const bool denied = url.contains("denied");
  Row row{.says = url, .steps = {{client_sends, asks("HEAD " + url + " HTTP/1.1")}}};
  if (denied) {
    row.upstream = Upstream::never;
  } else {
    row.upstream = Upstream::closed;
    row.steps.push_back({origin_gets, arrived("HEAD / HTTP/1.1")});
    row.steps.push_back({origin_sends, "rubbish\r\n\r\n"});
  }
  row.steps.push_back(
      {client_gets_page_head, denied ? "403 http_request_denied" : "502 http_protocol_error"});
  CHECK_NOTHROW(play(row));
}

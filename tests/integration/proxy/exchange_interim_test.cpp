// SPDX-License-Identifier: Apache-2.0
// Exchanges: interim answers, and answers that come before the request is whole.
#include <catch2/catch.hpp>

#include "support/script.hpp"

using namespace culvert::test;

namespace {

using enum Do;

const std::string get = "GET http://{origin}/ HTTP/1.1";
const std::string post = "POST http://{origin}/ HTTP/1.1";
const std::string post_arrives = "POST / HTTP/1.1";
const std::string none = "Content-Length: 0\r\n";
const std::string length = "Content-Length: 4\r\n";
const std::string chunked = "Transfer-Encoding: chunked\r\n";
const std::string expects = "Expect: 100-continue\r\n";

/// Its body waits for what the origin says.
Row waiting(const std::string& says, const std::string& framing, std::vector<Step> steps) {
  steps.insert(steps.begin(), {{client_sends, asks(post, expects + framing)},
                               {origin_gets, arrived(post_arrives, expects + framing)},
                               {quiet}});
  return {.says = says, .steps = std::move(steps)};
}

}  // namespace

TEST_CASE("exchange: interim answers are passed on in their order, each when it comes",
          "[exchange]") {
  CHECK_NOTHROW(
      play({.says = "100, 102, 103, 199",
            .steps = {{client_sends, asks(get)},
                      {origin_gets, arrived("GET / HTTP/1.1")},
                      {origin_sends, answers("103 Early Hints", "Link: <a>\r\nLink: <b>\r\n")},
                      {client_gets, got("103 Early Hints", "Link: <a>\r\nLink: <b>\r\n")},
                      {quiet},
                      {origin_sends, answers("100 Continue") + answers("102 Processing")},
                      {client_gets, got("100 Continue") + got("102 Processing")},
                      {quiet},
                      {origin_sends, answers("103 Early Hints") + answers("199 ", "A: b\r\n") +
                                         answers("200 OK", length, "body")},
                      {client_gets, got("103 Early Hints") + got("199 ", "A: b\r\n") +
                                        got("200 OK", length, "body")}}}));
}

TEST_CASE("exchange: an interim answer has no body and says nothing of the connection",
          "[exchange]") {
  const std::string field =
      GENERATE("Connection: close\r\n", "Keep-Alive: 5\r\n", "Content-Length: 0\r\n",
               "Connection: X\r\nX: y\r\n", "Upgrade: websocket\r\n");
  CAPTURE(field);
  CHECK_NOTHROW(play({.says = field,
                      .steps = {{client_sends, asks(get)},
                                {origin_gets, arrived("GET / HTTP/1.1")},
                                {origin_sends, answers("103 Early Hints", field)},
                                {client_gets, got("103 Early Hints")},
                                {origin_sends, answers("200 OK", none)},
                                {client_gets, got("200 OK", none)}}}));
}

TEST_CASE("exchange: an expectation is passed through, and so is what answers it", "[exchange]") {
  const auto row = GENERATE_COPY(values<Row>({
      waiting("continue", length,
              {{origin_sends, answers("100 Continue")},
               {client_gets, got("100 Continue")},
               {client_sends, "body"},
               {origin_gets, "body"},
               {origin_sends, answers("200 OK", none)},
               {client_gets, got("200 OK", none)}}),
      waiting("hints come first", chunked,
              {{origin_sends, answers("103 Early Hints")},
               {client_gets, got("103 Early Hints")},
               {origin_sends, answers("100 Continue")},
               {client_gets, got("100 Continue")},
               {client_sends, "4\r\nbody\r\n0\r\n\r\n"},
               {origin_gets, "4\r\nbody\r\n0\r\n\r\n"},
               {origin_sends, answers("200 OK", none)},
               {client_gets, got("200 OK", none)}}),
      waiting("the client does not wait for ever", length,
              {{client_sends, "body"},
               {origin_gets, "body"},
               {origin_sends, answers("100 Continue") + answers("200 OK", none)},
               {client_gets, got("100 Continue") + got("200 OK", none)}}),
      waiting("continued, and turned down in mid body", length,
              {{origin_sends, answers("100 Continue")},
               {client_gets, got("100 Continue")},
               {client_sends, "bo"},
               {origin_gets, "bo"},
               {origin_sends, answers("413 Too Large", none)},
               {client_gets, got("413 Too Large", none)},
               {client_sends, "dy"},
               {origin_gets, "dy"}}),
      waiting("no body to wait for", none,
              {{origin_sends, answers("200 OK", none)}, {client_gets, got("200 OK", none)}}),
  }));
  CAPTURE(row.says);
  CHECK_NOTHROW(play(row));
}

// What the client sends next would be the body to one and a request to the other.
TEST_CASE("exchange: a client that waits and hears a last answer is heard no more", "[exchange]") {
  const std::string status = GENERATE("417 Expectation Failed", "413 Too Large", "401 Unauthorized",
                                      "200 OK", "302 Found");
  const std::string framing = GENERATE("Content-Length: 4\r\n", "Transfer-Encoding: chunked\r\n");
  const auto hinted = GENERATE(false, true);
  CAPTURE(status, framing, hinted);
  std::vector<Step> steps{{origin_sends, answers(status, none, "")},
                          {client_gets, got(status, none, "", "close")},
                          {client_sends, asks("GET http://{origin}/smuggled HTTP/1.1")}};
  if (hinted) {  // 103 is not the leave to send
    steps.insert(steps.begin(), {{origin_sends, answers("103 Early Hints")},
                                 {client_gets, got("103 Early Hints")}});
  }
  auto row = waiting(status, framing, steps);
  row.client = Client::closed;
  row.upstream = Upstream::closed;
  CHECK_NOTHROW(play(row));
}

TEST_CASE("exchange: body and answer do not wait for each other", "[exchange]") {
  CHECK_NOTHROW(play({.says = "in turns",
                      .steps = {{client_sends, asks(post, chunked)},
                                {origin_gets, arrived(post_arrives, chunked)},
                                {origin_sends, answers("200 OK", chunked)},
                                {client_gets, got("200 OK", chunked)},
                                {client_sends, "1\r\na\r\n"},
                                {origin_gets, "1\r\na\r\n"},
                                {origin_sends, "1\r\nA\r\n"},
                                {client_gets, "1\r\nA\r\n"},
                                {quiet},
                                {client_sends, "1\r\nb\r\n"},
                                {origin_gets, "1\r\nb\r\n"},
                                {origin_sends, "1\r\nB\r\n0\r\n\r\n"},
                                {client_gets, "1\r\nB\r\n0\r\n\r\n"},
                                {client_sends, "0\r\n\r\n"},
                                {origin_gets, "0\r\n\r\n"}}}));
}

TEST_CASE("exchange: an answer before the whole request, from an origin that goes", "[exchange]") {
  const std::string sent = GENERATE("", "bo");
  CAPTURE(sent);
  CHECK_NOTHROW(
      play({.says = "413",
            .steps = {{client_sends, asks(post, length)},
                      {origin_gets, arrived(post_arrives, length)},
                      {client_sends, sent},
                      {origin_gets, sent},
                      {origin_sends, answers("413 Too Large", "Connection: close\r\n" + none)},
                      {origin_closes},
                      {client_gets, got("413 Too Large", none)}},
            .client = Client::closed,
            .upstream = Upstream::closed}));
}

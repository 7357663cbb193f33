// SPDX-License-Identifier: Apache-2.0
// Exchanges: requests that come in one piece are answered in their order.
#include <catch2/catch.hpp>

#include "support/http.hpp"
#include "support/proxy.hpp"
#include "support/script.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

using enum Do;

/// How the n-th of a row of requests is framed, and how it arrives.
struct Sample {
  std::string method, fields, sent, arrives;
};

const std::vector<Sample> samples{
    {"GET", "", "", ""},
    {"POST", "Content-Length: 3\r\n", "abc", "abc"},
    {"PUT", "Transfer-Encoding: chunked\r\n", "2;x\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
     "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"},
    {"POST", "Content-Length: 0\r\n", "", ""},
    {"HEAD", "", "", ""},
    // A body that looks like a request is a body.
    {"POST", "Content-Length: 40\r\n", "GET http://a.test/ HTTP/1.1\r\nHost: a\r\n\r\n",
     "GET http://a.test/ HTTP/1.1\r\nHost: a\r\n\r\n"},
};

std::string numbered(const Sample& sample, std::size_t i, const std::string& before) {
  return sample.method + " " + before + "/" + std::to_string(i) + " HTTP/1.1";
}

}  // namespace

TEST_CASE("exchange: ten requests in one segment are ten exchanges in their order", "[exchange]") {
  const std::string fields = "Content-Length: 1\r\n";
  Row row{.says = "ten", .steps = {{client_sends}}};
  for (std::size_t i = 0; i < 10; ++i) {
    const auto& sample = samples[i % samples.size()];
    const std::string body = sample.method == "HEAD" ? "" : std::to_string(i);
    row.steps[0].text += asks(numbered(sample, i, "http://{origin}"), sample.fields, sample.sent);
    row.steps.push_back(
        {origin_gets, arrived(numbered(sample, i, ""), sample.fields, sample.arrives)});
    row.steps.push_back({quiet});  // the next waits for this answer
    row.steps.push_back({origin_sends, answers("200 OK", fields, body)});
    row.steps.push_back({client_gets, got("200 OK", fields, body)});
  }
  CHECK_NOTHROW(play(row));
}

TEST_CASE("exchange: and so they are when the segments end anywhere", "[exchange]") {
  const std::size_t piece_bytes = GENERATE(1U, 7U, 50U);
  CAPTURE(piece_bytes);
  const std::string fields = "Content-Length: 1\r\n";
  Row row{.says = "in pieces", .steps = {{client_sends, "", piece_bytes}}};
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto& sample = samples[i];
    if (sample.sent != sample.arrives) continue;  // chunks are passed on as they come
    const std::string body = sample.method == "HEAD" ? "" : "x";
    row.steps[0].text += asks(numbered(sample, i, "http://{origin}"), sample.fields, sample.sent);
    row.steps.push_back(
        {origin_gets, arrived(numbered(sample, i, ""), sample.fields, sample.arrives)});
    row.steps.push_back({origin_sends, answers("200 OK", fields, body)});
    row.steps.push_back({client_gets, got("200 OK", fields, body)});
  }
  CHECK_NOTHROW(play(row));
}

TEST_CASE("exchange: pipelined requests go each to its own origin", "[exchange]") {
  Origin first;
  Origin second;
  Origin dead;
  dead.close();
  const Proxy proxy("[[rule]]\nname = \"no\"\naction = \"deny\"\nhosts = [\"denied.test\"]\n" +
                    std::string(allow_local));
  auto client = proxy.connect();
  client.send(get(first.authority(), "/1") + get(second.authority(), "/2") + get("denied.test") +
              get(dead.authority()) + get(second.authority(), "/3") + get(first.authority(), "/4"));
  const std::string fields = "Content-Length: 1\r\n";
  const auto serve = [&](Origin& origin, const std::string& path) {
    auto server = origin.accept();
    CHECK(server.read_head().starts_with("GET " + path + " "));
    server.send(answers("200 OK", fields, path.substr(1)));
    CHECK(read_response(client).body == path.substr(1));
  };
  serve(first, "/1");
  serve(second, "/2");
  CHECK(read_response(client).status() == 403);
  CHECK(read_response(client).status() == 502);
  serve(second, "/3");
  serve(first, "/4");
}

TEST_CASE("exchange: behind the last request of a connection nothing is read", "[exchange]") {
  const std::string none = "Content-Length: 0\r\n";
  const std::string url = "GET http://{origin}/ HTTP/1.1";
  const std::string smuggled = asks("GET http://{origin}/smuggled HTTP/1.1");
  const Row closes{.says = "close",
                   .steps = {{client_sends, asks(url, "Connection: close\r\n") + smuggled},
                             {origin_gets, arrived("GET / HTTP/1.1")},
                             {origin_sends, answers("200 OK", none)},
                             {client_gets, got("200 OK", none, "", "close")}},
                   .client = Client::closed};
  const Row bad{.says = "a bad one in the middle",
                .steps = {{client_sends, asks(url) + asks(url, "A : b\r\n") + smuggled},
                          {origin_gets, arrived("GET / HTTP/1.1")},
                          {origin_sends, answers("200 OK", none)},
                          {client_gets, got("200 OK", none)},
                          {client_gets_page, "400 http_request_error"}},
                .client = Client::closed};
  const Row until_close{.says = "until the end",
                        .steps = {{client_sends, asks(url) + smuggled},
                                  {origin_gets, arrived("GET / HTTP/1.1")},
                                  {origin_sends, answers("200 OK", "", "abc")},
                                  {origin_closes},
                                  {client_gets, got("200 OK", "", "abc", "close")}},
                        .client = Client::closed,
                        .upstream = Upstream::closed};
  const auto row = GENERATE_COPY(values<Row>({closes, bad, until_close}));
  CAPTURE(row.says);
  CHECK_NOTHROW(play(row));
}

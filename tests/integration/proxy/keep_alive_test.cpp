// SPDX-License-Identifier: Apache-2.0
// One client connection, several requests.
#include <catch2/catch.hpp>

#include "support/http.hpp"
#include "support/proxy.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

const std::string with_denied =
    "[[rule]]\nname = \"no\"\naction = \"deny\"\nhosts = [\"denied.test\"]\n" +
    std::string(allow_local);

void answer(Origin& origin, const std::string& body) {
  auto server = origin.accept();
  server.read_head();
  server.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
              body);
}

std::string post_to_denied(std::size_t body_bytes) {
  return "POST http://denied.test/ HTTP/1.1\r\nHost: x\r\nContent-Length: " +
         std::to_string(body_bytes) + "\r\n\r\n";
}

}  // namespace

TEST_CASE("keep-alive: three requests go over one connection, also behind failures",
          "[keep_alive]") {
  Origin origin;
  Origin closed;
  closed.close();
  Proxy proxy(with_denied);
  auto client = proxy.connect();

  CHECK(ask(client, get("denied.test")).status() == 403);
  const auto refused = ask(client, get(closed.authority()));
  CHECK(refused.status() == 502);
  CHECK(refused.field("Proxy-Status").contains("error=connection_refused"));
  for (const char* body : {"one", "two", "three"}) {
    client.send(get(origin.authority()));
    answer(origin, body);
    CHECK(read_response(client).body == body);
  }
  CHECK(proxy.log(5).size() == 5);
}

TEST_CASE("keep-alive: pipelined requests are answered in their order", "[keep_alive]") {
  Origin origin;
  const Proxy proxy(with_denied);
  auto client = proxy.connect();
  client.send(get(origin.authority(), "/1") + get("denied.test", "/2") +
              get(origin.authority(), "/3"));
  answer(origin, "one");
  answer(origin, "three");
  CHECK(read_response(client).body == "one");
  CHECK(read_response(client).status() == 403);
  CHECK(read_response(client).body == "three");
}

TEST_CASE("keep-alive: a request behind a body is the next request", "[keep_alive]") {
  auto body = GENERATE("Content-Length: 3\r\n\r\nabc",
                       "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  Origin origin;
  const Proxy proxy;
  auto client = proxy.connect();
  client.send("POST http://" + origin.authority() + "/1 HTTP/1.1\r\nHost: x\r\n" + body +
              get(origin.authority(), "/2"));
  auto first = origin.accept();
  first.read_until("abc");
  first.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none");
  CHECK(read_response(client).body == "one");
  CHECK_NOTHROW(first.read_until("GET /2 HTTP/1.1\r\n"));
}

TEST_CASE("keep-alive: an empty line between two requests is passed over", "[keep_alive]") {
  Origin origin;
  const Proxy proxy;
  auto client = proxy.connect();
  client.send("POST http://" + origin.authority() +
              "/ HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc\r\n");
  answer(origin, "one");
  CHECK(read_response(client).body == "one");
  client.send(get(origin.authority()));
  answer(origin, "two");
  CHECK(read_response(client).body == "two");
}

TEST_CASE("keep-alive: a client that wants no more is told so, and the connection ends",
          "[keep_alive]") {
  auto field = GENERATE("Connection: close\r\n", "Proxy-Connection: close\r\n");
  Origin origin;
  const Proxy proxy;
  auto client = proxy.connect();
  client.send(get(origin.authority(), "/", field));
  answer(origin, "last");
  const auto response = read_response(client);
  CHECK(response.body == "last");
  CHECK(response.field("Connection") == "close");
  CHECK(client.ends_here());
}

TEST_CASE("keep-alive: an idle connection ends without a word", "[keep_alive]") {
  Proxy proxy(allow_local + std::string("[timeouts]\nkeep_alive = \"200ms\"\n"));
  const auto begun = std::chrono::steady_clock::now();
  auto client = proxy.connect();
  CHECK(client.ends_here());
  CHECK(std::chrono::steady_clock::now() - begun >= 150ms);
  CHECK(proxy.final_log().empty());
}

TEST_CASE("keep-alive: behind a refused request a short body is read away, and is no request",
          "[keep_alive]") {
  Origin origin;
  Proxy proxy(with_denied);
  auto client = proxy.connect();
  const auto smuggled = get(origin.authority(), "/smuggled");
  const auto response = ask(client, post_to_denied(smuggled.size()) + smuggled);
  CHECK(response.status() == 403);
  CHECK(response.field("Connection") == "keep-alive");
  client.send(get(origin.authority(), "/next"));
  auto server = origin.accept();
  CHECK(server.read_head().starts_with("GET /next "));
  server.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  CHECK(read_response(client).status() == 200);
  CHECK(proxy.final_log().size() == 2);
}

TEST_CASE("keep-alive: a request refused with a long body is the last", "[keep_alive]") {
  Origin origin;
  Proxy proxy(with_denied);
  auto client = proxy.connect();
  const auto response =
      ask(client, post_to_denied(64UL * 1024 + 1) + get(origin.authority(), "/smuggled"));
  CHECK(response.status() == 403);
  CHECK(response.field("Connection") == "close");
  CHECK(client.ends_here());
  CHECK(origin.unvisited_for(50ms));
  CHECK(proxy.final_log().size() == 1);
}

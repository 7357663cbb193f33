// SPDX-License-Identifier: Apache-2.0
// A CONNECT that makes no tunnel.
#include <catch2/catch.hpp>

#include "support/http.hpp"
#include "support/proxy.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;

TEST_CASE("refused connect: a closed port is a 502 that says so, and the end", "[connect]") {
  Origin origin;
  origin.close();
  const Proxy proxy;
  auto client = proxy.connect();
  const auto response = ask(client, connect_to(origin.authority()));
  CHECK(response.status() == 502);
  CHECK(response.phrase() == "Connection Refused");
  CHECK(response.field("Proxy-Status").starts_with("culvert; error=connection_refused"));
  CHECK(response.field("Connection") == "close");
  CHECK(client.ends_here());
}

TEST_CASE("refused connect: a target that is not host:port is a 400, and the end", "[connect]") {
  auto target = GENERATE("127.0.0.1", "127.0.0.1:", ":443", "127.0.0.1:0", "127.0.0.1:65536",
                         "127.0.0.1:+443", "127.0.0.1:-1", "127.0.0.1:4 43", "127.0.0.1:443/",
                         "127.0.0.1:443?q", "127.0.0.1:443#f", "user@127.0.0.1:443",
                         "user:pw@127.0.0.1:443", "::1:443", "[::1]443", "[::1:443",
                         "http://127.0.0.1:443", "/", "*", "127.0.0.1:443,127.0.0.1:80");
  CAPTURE(target);
  Proxy proxy;
  auto client = proxy.connect();
  client.send("CONNECT " + std::string(target) + " HTTP/1.1\r\nHost: 127.0.0.1:443\r\n\r\n");
  const auto response = read_response(client);
  CHECK(response.status() == 400);
  CHECK(response.field("Proxy-Status").contains("error=http_request_error"));
  CHECK(response.field("Connection") == "close");
  CHECK(client.ends_here());
  const auto lines = proxy.final_log();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["status"] == 400);
}

TEST_CASE("refused connect: what makes the request ambiguous is a 400, and the end", "[connect]") {
  Origin origin;
  const Proxy proxy;
  const auto to = origin.authority();
  const auto request = GENERATE_COPY(
      "CONNECT " + to + " HTTP/1.1\r\n\r\n",  // no Host
      "CONNECT " + to + " HTTP/1.1\r\nHost: " + to + "\r\nHost: " + to + "\r\n\r\n",
      "CONNECT " + to + " HTTP/1.1\r\nHost: other.test\r\n\r\n",
      "CONNECT " + to + " HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n",
      "CONNECT " + to + " HTTP/1.1\r\nHost: u@127.0.0.1\r\n\r\n",
      connect_to(to, "Content-Length: 5\r\n"), connect_to(to, "Transfer-Encoding: chunked\r\n"),
      connect_to(to, " folded: x\r\n"), connect_to(to, "Name : x\r\n"),
      connect_to(to, "Content-Length: 0, 1\r\n"));
  CAPTURE(request);
  auto client = proxy.connect();
  const auto response = ask(client, request);
  CHECK(response.status() == 400);
  CHECK(client.ends_here());
  CHECK(origin.unvisited_for(20ms));
}

TEST_CASE("refused connect: HTTP/1.0 needs no Host", "[connect]") {
  Origin origin;
  const Proxy proxy;
  auto client = proxy.connect();
  client.send("CONNECT " + origin.authority() + " HTTP/1.0\r\n\r\n");
  CHECK(client.read_head() == "HTTP/1.1 200 Connection established\r\n\r\n");
}

TEST_CASE("refused connect: what follows is never read as a request", "[connect]") {
  Origin origin;
  Proxy proxy("[[rule]]\nname = \"not there\"\naction = \"deny\"\nports = [1]\n" +
              std::string(allow_local));
  auto client = proxy.connect();
  const auto smuggled = get(origin.authority());
  const auto response = ask(client, connect_to("127.0.0.1:1") + smuggled + smuggled);
  CHECK(response.status() == 403);
  client.send(smuggled);
  CHECK(client.ends_here());
  CHECK(origin.unvisited_for(100ms));
  CHECK(proxy.final_log().size() == 1);
}

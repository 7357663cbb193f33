// SPDX-License-Identifier: Apache-2.0
// What the access log says of each request and tunnel.
#include <set>

#include <catch2/catch.hpp>

#include "support/hop.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;

TEST_CASE("access log: a tunnel has a line when it opens and one when it ends", "[access_log]") {
  Origin origin;
  Proxy proxy(allow_local, "127.0.0.1 chat.test\n");
  auto client = proxy.tunnel("chat.test:" + std::to_string(origin.port()));
  const auto from = client.local().text();
  const auto open = proxy.log(1).at(0);
  CHECK(open["event"] == "open");
  CHECK(!open.contains("bytes_up"));

  auto server = origin.accept();
  client.send("12345");
  server.read_exactly(5);
  server.send("123");
  server.finish();
  CHECK(client.read_to_end() == "123");
  client.finish();
  const auto lines = proxy.log(2);
  REQUIRE(lines.size() == 2);
  const auto& close = lines[1];
  CHECK(close["event"] == "close");
  CHECK(close["bytes_up"] == 5);
  CHECK(close["bytes_down"] == 3);
  CHECK(close["closer"] == "origin");
  CHECK(!close.contains("error"));
  CHECK(close["dur_ms"].get<double>() > 0);
  for (const auto& line : lines) {
    CHECK(line["id"] == open["id"]);
    CHECK(line["client"] == from);
    CHECK(line["listener"] == proxy.endpoint().text());
    CHECK(line["kind"] == "connect");
    CHECK(line["method"] == "CONNECT");
    CHECK(line["host"] == "chat.test");
    CHECK(line["port"] == origin.port());
    CHECK(line["resolved"] == "127.0.0.1");
    CHECK(line["rule"] == "local");
    CHECK(line["verdict"] == "allow");
    CHECK(line["status"] == 200);
    CHECK(line.contains("dns_ms"));
    CHECK(line.contains("connect_ms"));
  }
}

TEST_CASE("access log: each request of a connection has one line and an id of its own",
          "[access_log]") {
  Hop hop;
  for (int i = 0; i < 3; ++i) {
    const auto* fields = "Proxy-Authorization: Basic c2VjcmV0\r\n";
    i == 0 ? hop.begin("GET", fields) : hop.again("GET", fields);
    hop.server.send("HTTP/1.1 404 Not Here\r\nContent-Length: 3\r\n\r\nabc");
    CHECK(read_response(hop.client).status() == 404);
  }
  std::set<std::string> ids;
  for (const auto& line : hop.proxy.final_log()) {
    ids.insert(line["id"]);
    CHECK(line["event"] == "request");
    CHECK(line["kind"] == "hop");
    CHECK(line["method"] == "GET");
    CHECK(line["status"] == 404);
    CHECK(line["bytes_down"].get<int>() > 3);
    CHECK(line.contains("first_byte_ms"));
    CHECK(!line.contains("error"));  // a 404 of the origin is no failure here
    CHECK(!line.dump().contains("c2VjcmV0"));
  }
  CHECK(ids.size() == 3);
}

TEST_CASE("access log: a connection without a byte is no line", "[access_log]") {
  Proxy proxy;
  {
    const auto client = proxy.connect();
  }
  {
    auto client = proxy.connect();
    client.finish();
    CHECK(client.ends_here());
  }
  proxy.connect().reset();
  CHECK(proxy.final_log().empty());
}

TEST_CASE("access log: a refused tunnel is one line", "[access_log]") {
  Origin origin;
  origin.close();
  Proxy proxy;
  auto client = proxy.connect();
  ask(client, connect_to(origin.authority()));
  const auto lines = proxy.final_log();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["event"] == "request");
  CHECK(lines[0]["kind"] == "connect");
  CHECK(lines[0]["status"] == 502);
  CHECK(lines[0]["error"] == "connection_refused");
  CHECK(lines[0]["verdict"] == "allow");
  CHECK(lines[0]["closer"] == "proxy");
}

TEST_CASE("access log: what is under way when all is stopped has its line", "[access_log]") {
  Hop hop;
  hop.begin("GET");
  hop.server.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  hop.client.read_until("abc");
  auto tunnel = hop.proxy.tunnel(hop.origin.authority());
  const auto lines = hop.proxy.final_log();
  REQUIRE(lines.size() == 3);
  for (const auto& line : lines) {
    if (line["event"] == "open") continue;
    CAPTURE(line.dump());
    CHECK(line["closer"] == "shutdown");
  }
}

TEST_CASE("access log: a request that was stopped before its answer has no status",
          "[access_log]") {
  const bool tunnel = GENERATE(true, false);
  const FullOrigin origin;
  Proxy proxy("workers = 1\n" + std::string(allow_local));
  auto client = proxy.connect();
  client.send(tunnel ? connect_to(origin.authority()) : get(origin.authority()));
  proxy.catch_up();
  const auto lines = proxy.final_log();
  REQUIRE(lines.size() == 1);
  CAPTURE(lines[0].dump());
  CHECK(lines[0]["closer"] == "shutdown");
  CHECK(!lines[0].contains("status"));
  CHECK(!lines[0].contains("error"));
}

TEST_CASE("access log: bytes that are no text do not break a line", "[access_log]") {
  Proxy proxy;
  auto client = proxy.connect();
  CHECK(ask(client, "G\x80T http://a.test/ HTTP/1.1\r\nHost: a\r\n\r\n").status() == 400);
  auto second = proxy.connect();
  ask(second, "GET http://a\"b.test/ HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(proxy.final_log().size() == 2);
}

TEST_CASE("access log: a file that was moved away is made anew", "[access_log]") {
  Proxy proxy;
  auto client = proxy.connect();
  ask(client, connect_to("a.test"));
  CHECK(proxy.log(1).size() == 1);
  proxy.move_log_away();
  REQUIRE(proxy.server().reopen_log());
  auto second = proxy.connect();
  ask(second, connect_to("b.test"));
  CHECK(proxy.log(1).size() == 1);
}

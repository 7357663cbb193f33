// SPDX-License-Identifier: Apache-2.0
// Interim answers, Expect, and answers that come before the request is complete.
#include <future>

#include <catch2/catch.hpp>

#include "support/hop.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;

TEST_CASE("interim: 100 and 103 are passed on before the answer", "[interim]") {
  Hop hop;
  hop.begin("GET");
  hop.server.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
  const auto hints = hop.client.read_head();
  CHECK(hints.starts_with("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n"));
  CHECK(!hints.contains("Connection"));
  hop.server.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
  CHECK(hop.client.read_head().starts_with("HTTP/1.1 100 "));
  CHECK(read_response(hop.client).body == "x");
}

TEST_CASE("interim: a client of HTTP/1.0 gets none", "[interim]") {
  Hop hop;
  CHECK(!hop.begin("GET", "Expect: 100-continue\r\n", "HTTP/1.0").contains("Expect"));
  hop.server.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n");
  hop.server.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
  CHECK(read_response(hop.client).status() == 200);
}

TEST_CASE("interim: a client that expects 100 sends its body after it", "[interim]") {
  Hop hop;
  const auto head = hop.begin("POST", "Expect: 100-continue\r\nContent-Length: 4\r\n");
  CHECK(head.contains("\r\nExpect: 100-continue\r\n"));
  CHECK(hop.client.silent_for(50ms));
  hop.server.send("HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(hop.client.read_head().starts_with("HTTP/1.1 100 "));
  hop.client.send("body");
  CHECK(hop.server.read_exactly(4) == "body");
  hop.server.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  CHECK(read_response(hop.client).status() == 200);
  hop.again("GET");  // the connections go on
}

TEST_CASE("interim: an expectation that is turned down ends the connection", "[interim]") {
  Hop hop;
  hop.begin("POST", "Expect: 100-continue\r\nContent-Length: 4\r\n");
  hop.server.send("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\n\r\nno");
  const auto response = read_response(hop.client);
  CHECK(response.status() == 417);
  CHECK(response.body == "no");
  CHECK(response.field("Connection") == "close");
  CHECK(hop.client.ends_here());
}

TEST_CASE("interim: an answer before the end of the request reaches a client that still sends",
          "[interim]") {
  Hop hop;
  hop.begin("POST", "Content-Length: 10000000\r\n");
  hop.client.send(std::string(100'000, 'b'));
  hop.server.read_exactly(100'000);
  hop.server.send("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno");
  hop.server.close();
  // A client that sees its connection reset while it sends may never look at the answer.
  for (int i = 0; i < 5; ++i) {
    CHECK_NOTHROW(hop.client.send(std::string(20'000, 'b')));
    hop.server.silent_for(10ms);
  }
  CHECK(read_response(hop.client).status() == 413);
  CHECK_NOTHROW(hop.client.ends_here());
}

TEST_CASE("interim: an answer may come whole while the request still goes up", "[interim]") {
  Hop hop;
  hop.begin("POST", "Content-Length: 8\r\n");
  hop.client.send("abcd");
  hop.server.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nearly");
  CHECK(read_response(hop.client).body == "early");
  hop.client.send("efgh");
  CHECK(hop.server.read_exactly(8) == "abcdefgh");
  hop.begin("GET");  // the client's connection goes on
}

TEST_CASE("interim: one that announces a body is a 502", "[interim]") {
  const auto* interim =
      GENERATE("103 Early Hints\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n",
               "103 Early Hints\r\nContent-Length: x\r\n", "100 Continue\r\nContent-Length: 5\r\n",
               "102 Processing\r\nTransfer-Encoding: chunked\r\n");
  CAPTURE(interim);
  Hop hop;
  hop.begin("GET");
  hop.server.send("HTTP/1.1 " + std::string(interim) +
                  "\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  CHECK(read_response(hop.client).status() == 502);
  CHECK_FALSE(hop.server.silent_for(2s));
}

TEST_CASE("interim: what was not asked for is a 502", "[interim]") {
  Hop hop;
  hop.begin("GET");
  hop.server.send(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
      "Connection: Upgrade\r\n\r\n");
  const auto response = read_response(hop.client);
  CHECK(response.status() == 502);
  CHECK(response.field("Proxy-Status").contains("error=http_upgrade_failed"));
}

TEST_CASE("interim: however many there are, the answer itself has its time", "[interim]") {
  const auto* version = GENERATE("HTTP/1.0", "HTTP/1.1");
  std::string flood;
  for (int i = 0; i < 1000; ++i) flood += "HTTP/1.1 102 Processing\r\n\r\n";
  Hop hop(with_timeouts("response_head = \"300ms\""));
  hop.begin("GET", "", version);
  const auto begun = std::chrono::steady_clock::now();
  auto client = std::async(std::launch::async, [&] { hop.client.read_until("HTTP/1.1 504 "); });
  CHECK_THROWS_AS(
      [&] {
        while (std::chrono::steady_clock::now() - begun < 20s) hop.server.send(flood);
      }(),
      std::system_error);
  CHECK_NOTHROW(client.get());
  CHECK(hop.proxy.log(1).at(0)["error"] == "http_response_timeout");
}

// SPDX-License-Identifier: Apache-2.0
// What comes at an awkward moment: before anybody looks, or when nobody looks any more.
#include <future>
#include <string>

#include <catch2/catch.hpp>

#include "support/hop.hpp"
#include "support/proxy.hpp"

using namespace culvert;
using namespace culvert::test;

TEST_CASE("edges: an origin that answers and finishes before it is asked is heard to its end",
          "[edges]") {
  Origin origin;
  Proxy proxy("workers = 1\n" + std::string(allow_local));
  for (int i = 0; i < 100; ++i) {
    auto server = std::async(std::launch::async, [&origin] {
      auto peer = origin.accept();
      peer.send("HTTP/1.1 200 OK\r\n\r\nall of it");
      peer.finish();
      peer.read_head();
      return peer;
    });
    auto client = proxy.connect();
    client.send(get(origin.authority()));
    CHECK(client.read_to_end().ends_with("all of it"));
    server.get();
  }
}

TEST_CASE("edges: a client that still sends its request hears soon that there is no answer",
          "[edges]") {
  auto [answer, status] = GENERATE(table<const char*, int>({
      {"", 502},
      {"rubbish\r\n\r\n", 502},
      {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
       502},
  }));
  const auto* fields =
      GENERATE("Content-Length: 10\r\n", "Content-Length: 10\r\nExpect: 100-continue\r\n");
  CAPTURE(answer, fields);
  Hop hop;
  hop.begin("POST", fields);
  hop.server.send(answer);
  hop.server.finish();
  CHECK(read_response(hop.client).status() == status);
}

TEST_CASE("edges: a client that still sends its request hears of an origin that is silent",
          "[edges]") {
  Hop hop(with_timeouts("response_head = \"200ms\""));
  hop.begin("POST", "Content-Length: 10\r\nExpect: 100-continue\r\n");
  CHECK(read_response(hop.client).status() == 504);
}

TEST_CASE("edges: interim answers do not put off the response for ever", "[edges]") {
  Hop hop(with_timeouts("response_head = \"1s\""));
  hop.begin("GET");
  for (int i = 0; i < 2; ++i) {
    hop.server.send("HTTP/1.1 103 Early Hints\r\n\r\n");
    CHECK(hop.client.read_head().starts_with("HTTP/1.1 103 "));
    CHECK(hop.client.silent_for(std::chrono::milliseconds(100)));
  }
  CHECK(read_response(hop.client).status() == 504);
}

TEST_CASE("edges: urgent data stays in its place in a tunnel", "[edges]") {
  Origin origin;
  Proxy proxy;
  auto client = proxy.tunnel(origin.authority());
  auto server = origin.accept();
  for (int i = 0; i < 10; ++i) {
    client.send("abc");
    client.send_urgent('x');
    client.send("def\n");
    CHECK(server.read_exactly(8) == "abcxdef\n");
  }
  const std::string bulk(1UL << 20, 'b');
  client.send(bulk);
  client.send_urgent('x');
  client.send("end");
  client.finish();
  CHECK(server.read_to_end() == bulk + "xend");
}

TEST_CASE("edges: an unspecified address is no way back to this machine", "[edges]") {
  const auto* host = GENERATE("0.0.0.0", "[::]", "0");
  Proxy proxy;
  auto client = proxy.connect();
  const auto port = std::to_string(proxy.endpoint().port);
  const auto answer = ask(client, connect_to(std::string(host) + ":" + port));
  CHECK(answer.status() == 403);
  CHECK(answer.field("Proxy-Status").find("destination_ip_prohibited") != std::string::npos);
}

// SPDX-License-Identifier: Apache-2.0
// Descriptors: what happens without them, and that all are given back.
#include "support/descriptors.hpp"

#include <catch2/catch.hpp>

#include "support/hop.hpp"
#include "support/pattern.hpp"
#include "support/standard_error.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;

TEST_CASE("descriptors: without descriptors, live tunnels go on, and service comes back",
          "[descriptors]") {
  Origin origin;
  const Proxy proxy;
  auto live = proxy.tunnel(origin.authority());
  auto server = origin.accept();
  std::vector<Peer> crowd;
  {
    const DescriptorLimit limit(descriptors() + 40);
    try {
      while (crowd.size() < 100) crowd.push_back(proxy.connect());
    } catch (const std::system_error&) {
      // None left, for us or for the proxy.
    }
    REQUIRE(crowd.size() < 100);
    REQUIRE(crowd.size() >= 10);
    const auto bulk = pattern(1, 0, 100'000);  // without descriptors there are no pipes either
    for (int i = 0; i < 20; ++i) {
      live.send(bulk);
      REQUIRE(server.read_exactly(bulk.size()) == bulk);
    }
    crowd.erase(crowd.begin() + 5, crowd.end());
    CHECK(serves(proxy, origin));
    for (auto& one : crowd) {  // the last of them may have waited to be accepted
      one.send(connect_to(origin.authority()));
      CHECK(one.read_head().starts_with("HTTP/1.1 200 "));
      origin.accept();
    }
  }
  CHECK(serves(proxy, origin));
}

TEST_CASE("descriptors: however often accepting pauses, and in how many workers, it is one line",
          "[descriptors]") {
  const StandardError error;
  Origin origin;
  const Proxy proxy;
  for (int round = 0; round < 3; ++round) {
    std::vector<Peer> crowd;
    {
      const DescriptorLimit limit(descriptors() + 40);
      try {
        while (crowd.size() < 100) crowd.push_back(proxy.connect());
      } catch (const std::system_error&) {
        // None left, for us or for the proxy.
      }
      CHECK(error.says("no descriptors left"));
      crowd.front().silent_for(250ms);  // it is tried again meanwhile
    }
    crowd.clear();
    CHECK(serves(proxy, origin));  // and it comes back by itself
  }
  CHECK(error.lines_with("no descriptors left") == 1);
}

TEST_CASE("descriptors: an origin that cannot be connected to for want of descriptors is a 503",
          "[descriptors]") {
  Origin origin;
  const Proxy proxy;
  auto client = proxy.connect();
  REQUIRE(ask(client, "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n").status() == 200);  // it is accepted
  std::vector<Peer> spare;
  const DescriptorLimit limit(descriptors() + 2);
  try {
    while (spare.size() < 100)
      spare.push_back(Peer::to({*culvert::Address::parse("127.0.0.1"), origin.port()}));
  } catch (const std::system_error&) {
  }
  REQUIRE(spare.size() < 100);
  const auto response = ask(client, connect_to(origin.authority()));
  CHECK(response.status() == 503);
  CHECK(response.field("Proxy-Status").contains("error=connection_limit_reached"));
  CHECK(response.field("Retry-After") != "");
}

TEST_CASE("descriptors: five hundred tunnels give back what they took", "[descriptors]") {
  const DescriptorLimit limit(8192);
  Origin origin;
  Proxy proxy;
  {
    auto warm = proxy.tunnel(origin.authority());
    origin.accept();
  }
  proxy.log(2);
  const auto before = descriptors();
  {
    std::vector<std::pair<Peer, Peer>> tunnels;
    for (int i = 0; i < 500; ++i) {
      auto client = proxy.tunnel(origin.authority());
      tunnels.emplace_back(std::move(client), origin.accept());
    }
    for (auto& [client, server] : tunnels) client.send("x");
    for (auto& [client, server] : tunnels) REQUIRE(server.read_exactly(1) == "x");
    int i = 0;
    for (auto& [client, server] : tunnels) {  // each way to end
      auto& first = i % 2 == 0 ? client : server;
      i % 3 == 0 ? first.reset() : first.close();
      ++i;
    }
  }
  CHECK(descriptors_fall_to(before));
  CHECK(proxy.log(1002).size() == 1002);
}

TEST_CASE("descriptors: a direction that has ended holds no pipe", "[descriptors]") {
  Origin origin;
  const Proxy proxy("workers = 1\n" + std::string(allow_local));
  std::vector<std::pair<Peer, Peer>> tunnels;
  tunnels.reserve(20);
  const auto before = descriptors();
  for (int i = 0; i < 20; ++i) {
    auto client = proxy.tunnel(origin.authority());
    tunnels.emplace_back(std::move(client), origin.accept());
    const auto sending = send_pattern(tunnels.back().second, 1, 2UL << 20);
    REQUIRE(read_pattern(tunnels.back().first, 1, 2UL << 20) == "");
  }
  // Four sockets each, and the few pipes that a worker keeps.
  CHECK(descriptors_fall_to(before + 20 * 4 + 2 * 8));
}

TEST_CASE("descriptors: exchanges that end in every way give back what they took",
          "[descriptors]") {
  Hop hop;
  hop.begin("GET");
  hop.server.close();
  read_response(hop.client);
  hop.client.close();
  hop.proxy.log(1);
  const auto before = descriptors();
  for (int i = 0; i < 60; ++i) {
    hop.client = hop.proxy.connect();
    hop.begin("POST", "Content-Length: 10\r\n");
    hop.client.send("abc");
    if (i % 2 == 0) hop.server.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    if (i % 3 == 0) {
      hop.client.reset();
    } else {
      hop.server.reset();
    }
    hop.client.close();
    hop.server.close();
  }
  CHECK(descriptors_fall_to(before));
  CHECK(hop.proxy.log(61).size() == 61);
}

// SPDX-License-Identifier: Apache-2.0
// Start, drain and stop.
#include <atomic>
#include <thread>

#include <catch2/catch.hpp>

#include "support/dns_server.hpp"
#include "support/hop.hpp"
#include "support/pattern.hpp"
#include "support/soon.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

std::string with_grace(const std::string& grace) {
  return "shutdown_grace = \"" + grace + "\"\n" + allow_local;
}

bool refused(const culvert::Endpoint& endpoint) {
  try {
    return Peer::to(endpoint).ends_with_reset();
  } catch (const std::system_error&) {
    return true;
  }
}

/// Closes connections as fast as it opens them, on a thread of its own, until it is destroyed.
class Visitors {
 public:
  explicit Visitors(culvert::Endpoint endpoint) : thread_([this, endpoint] { visit(endpoint); }) {}
  ~Visitors() {
    stop_ = true;
    thread_.join();
  }
  Visitors(const Visitors&) = delete;
  Visitors& operator=(const Visitors&) = delete;

 private:
  void visit(const culvert::Endpoint& endpoint) {
    std::vector<Peer> held;
    while (!stop_) {
      try {
        held.push_back(Peer::to(endpoint));
      } catch (const std::system_error&) {
        std::this_thread::sleep_for(1ms);
      }
      if (held.size() > 100) held.clear();
    }
  }

  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace

TEST_CASE("start: a port that is taken is one line that says so", "[shutdown]") {
  const Origin taken;
  CHECK_THROWS_WITH(Proxy("[[listen]]\naddress = \"" + taken.authority() + "\"\n"),
                    "cannot listen on " + taken.authority() +
                        ": Address already in use (another program listens there)");
}

TEST_CASE("start: a port that another culvert has is not shared with it", "[shutdown]") {
  const Proxy first;
  CHECK_THROWS_WITH(Proxy("[[listen]]\naddress = \"" + first.endpoint().text() + "\"\n"),
                    Catch::Contains("another program listens there"));
}

TEST_CASE("start: every worker serves", "[shutdown]") {
  Origin origin;
  Proxy proxy("workers = 4\n" + std::string(allow_local));
  CHECK(proxy.server().workers() == 4);
  std::vector<std::pair<Peer, Peer>> tunnels;
  for (int i = 0; i < 64; ++i) {
    auto client = proxy.tunnel(origin.authority());
    tunnels.emplace_back(std::move(client), origin.accept());
  }
  for (auto& [client, server] : tunnels) {
    client.send("x");
    REQUIRE(server.read_exactly(1) == "x");
  }
  tunnels.clear();
  CHECK(proxy.final_log().size() == 128);
}

TEST_CASE("drain: a live tunnel goes on, and new connections are refused", "[shutdown]") {
  Origin origin;
  Proxy proxy;
  auto live = proxy.tunnel(origin.authority());
  auto server = origin.accept();
  proxy.server().drain();
  CHECK_FALSE(proxy.ended_within(100ms));
  CHECK(soon([&] { return refused(proxy.endpoint()); }));
  live.send("still here");
  CHECK(server.read_exactly(10) == "still here");
  live.finish();
  server.finish();
  CHECK(proxy.ended_within(Peer::patience));
  CHECK(proxy.final_log().at(1)["closer"] == "client");
}

TEST_CASE("drain: an exchange is finished, and is the last on its connection", "[shutdown]") {
  Hop hop;
  hop.begin("GET");
  hop.proxy.server().drain();
  CHECK_FALSE(hop.proxy.ended_within(100ms));
  hop.server.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole");
  const auto response = read_response(hop.client);
  CHECK(response.body == "whole");
  CHECK(response.field("Connection") == "close");
  CHECK(hop.client.ends_here());
  hop.client.close();
  CHECK(hop.proxy.ended_within(Peer::patience));
}

TEST_CASE("drain: an answer on its way arrives whole, whatever the client asks behind it",
          "[shutdown]") {
  const std::size_t bytes = 4UL << 20;
  Origin origin;
  Proxy proxy;
  auto client = proxy.connect(4096);
  client.send(get(origin.authority()));
  auto server = origin.accept();
  server.read_head();
  server.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n");
  client.read_head();
  proxy.server().drain();
  const auto sending = send_pattern(server, 1, bytes);
  CHECK_FALSE(proxy.ended_within(50ms));
  client.send(get(origin.authority()));
  for (std::size_t read = 0; read < bytes; read += bytes / 8) {
    CHECK(client.read_exactly(bytes / 8) == pattern(1, read, bytes / 8));
    if (read + bytes / 8 == bytes) break;    // whoever has it all is not lingered for long
    CHECK_FALSE(proxy.ended_within(300ms));  // longer in all than a client is lingered for
  }
  CHECK(client.ends_here());
  client.close();
  CHECK(proxy.ended_within(Peer::patience));
  CHECK(proxy.final_log().size() == 1);
}

TEST_CASE("drain: connections between requests end at once", "[shutdown]") {
  Hop hop;
  auto silent = hop.proxy.connect();
  hop.begin("GET");
  hop.server.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  read_response(hop.client);
  hop.proxy.server().drain();
  CHECK(hop.proxy.ended_within(1900ms));  // nobody is lingered for
  CHECK(hop.client.ends_here());
}

TEST_CASE("drain: what has not ended is ended after the grace", "[shutdown]") {
  Origin origin;
  Proxy proxy(with_grace("300ms"));
  auto live = proxy.tunnel(origin.authority());
  auto server = origin.accept();
  auto exchange = proxy.connect();
  exchange.send(get(origin.authority()));
  auto waiting = origin.accept();
  waiting.read_head();
  const auto begun = std::chrono::steady_clock::now();
  proxy.server().drain();
  CHECK(proxy.ended_within(Peer::patience));
  CHECK(std::chrono::steady_clock::now() - begun >= 250ms);
  CHECK(live.ends_here());
  CHECK(server.ends_here());
  for (const auto& line : proxy.final_log()) {
    if (line["event"] != "open") CHECK(line["closer"] == "shutdown");
  }
}

TEST_CASE("stop: everything ends at once, whatever it waits for", "[shutdown]") {
  const FullOrigin full;
  DnsServer silent;
  silent.otherwise({.silent = true});
  const auto toml =
      allow_local + ("[dns]\nservers = [\"127.0.0.1:" + std::to_string(silent.port()) + "\"]\n");
  Hop hop(toml);
  std::vector<Peer> clients;
  for (int i = 0; i < 6; ++i) clients.push_back(hop.proxy.connect());
  clients[0].send("GET http://half");                      // a head
  clients[1].send(connect_to(full.authority()));           // a connection
  clients[2].send(connect_to("nobody-answers.test:443"));  // a name server
  clients[3].send(get(full.authority()));
  clients[4].send("rubbish\r\n\r\n");  // lingers
  auto tunnel = hop.proxy.tunnel(hop.origin.authority());
  auto tunnelled = hop.origin.accept();
  hop.begin("POST", "Content-Length: 10\r\n");  // a body, and a response
  CHECK_FALSE(hop.proxy.ended_within(100ms));
  SECTION("without a reload") {}
  SECTION("also what began before a reload") {
    REQUIRE(hop.proxy.reload(toml) == "");
  }
  SECTION("while it drains") {
    hop.proxy.server().drain();
    CHECK_FALSE(hop.proxy.ended_within(100ms));
  }
  hop.proxy.server().stop();
  CHECK(hop.proxy.ended_within(1500ms));
}

TEST_CASE("stop: connections that are just being made do not keep it waiting", "[shutdown]") {
  for (int i = 0; i < 30; ++i) {
    Proxy proxy;
    const Visitors visitors(proxy.endpoint());
    auto idle = proxy.connect();
    std::this_thread::sleep_for(5ms);
    proxy.server().stop();
    REQUIRE(proxy.ended_within(Peer::patience));
  }
}

TEST_CASE("drain: connections that are just being made do not keep it waiting", "[shutdown]") {
  for (int i = 0; i < 30; ++i) {
    Proxy proxy;
    const Visitors visitors(proxy.endpoint());
    std::this_thread::sleep_for(5ms);
    proxy.server().drain();
    REQUIRE(proxy.ended_within(Peer::patience));
  }
}

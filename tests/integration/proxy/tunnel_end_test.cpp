// SPDX-License-Identifier: Apache-2.0
// How a tunnel ends: a finish is passed on as a finish, a reset as a reset, and limits strike.
#include <catch2/catch.hpp>

#include "support/hop.hpp"
#include "support/pattern.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

/// A tunnel and both of its ends.
struct Tunnel {
  explicit Tunnel(const std::string& toml = allow_local)
      : proxy(toml), client(proxy.tunnel(origin.authority())), server(origin.accept()) {}

  /// The line of its end.
  Proxy::Line closed() { return proxy.log(2).at(1); }

  Origin origin;
  Proxy proxy;
  Peer client;
  Peer server;
};

}  // namespace

TEST_CASE("tunnel end: after the client's finish the origin may go on", "[tunnel]") {
  Tunnel tunnel;
  tunnel.client.send("question");
  tunnel.client.finish();
  CHECK(tunnel.server.read_to_end() == "question");
  CHECK(tunnel.client.silent_for(50ms));
  tunnel.server.send("answer");
  CHECK(tunnel.client.read_exactly(6) == "answer");
  tunnel.server.finish();
  CHECK(tunnel.client.ends_here());
  CHECK(tunnel.closed()["closer"] == "client");
}

TEST_CASE("tunnel end: after the origin's finish the client may go on", "[tunnel]") {
  Tunnel tunnel;
  tunnel.server.send("bye");
  tunnel.server.finish();
  CHECK(tunnel.client.read_to_end() == "bye");
  tunnel.client.send("one more thing");
  CHECK(tunnel.server.read_exactly(14) == "one more thing");
  tunnel.client.finish();
  CHECK(tunnel.server.ends_here());
  CHECK(tunnel.closed()["closer"] == "origin");
}

TEST_CASE("tunnel end: a finish that comes with the request is passed on", "[tunnel]") {
  Origin origin;
  const Proxy proxy;
  auto client = proxy.connect();
  client.send(connect_to(origin.authority()) + "all I have to say");
  client.finish();
  auto server = origin.accept();
  CHECK(server.read_to_end() == "all I have to say");
  server.send("thanks");
  server.finish();
  CHECK(client.read_to_end() == "HTTP/1.1 200 Connection established\r\n\r\nthanks");
}

TEST_CASE("tunnel end: bulk after a finish of the other side arrives whole", "[tunnel]") {
  Tunnel tunnel;
  tunnel.client.finish();
  CHECK(tunnel.server.ends_here());
  const auto sending = send_pattern(tunnel.server, 5, 8UL << 20);
  CHECK(read_pattern(tunnel.client, 5, 8UL << 20) == "");
}

TEST_CASE("tunnel end: what stands in front of a finish arrives at a slow reader", "[tunnel]") {
  Origin origin;
  const Proxy proxy;
  auto client = proxy.tunnel(origin.authority(), 4096);
  auto server = origin.accept();
  const auto taken = server.send_until_blocked(64UL << 20);
  server.finish();
  server.close();
  CHECK(client.read_to_end().size() == taken);
}

TEST_CASE("tunnel end: the client's reset is passed on", "[tunnel]") {
  Tunnel tunnel;
  tunnel.client.send("x");
  CHECK(tunnel.server.read_exactly(1) == "x");
  tunnel.client.reset();
  CHECK(tunnel.server.ends_with_reset());
  const auto line = tunnel.closed();
  CHECK(line["closer"] == "client");
  CHECK(line["error"] == "connection_terminated");
}

TEST_CASE("tunnel end: the origin's reset is passed on", "[tunnel]") {
  Tunnel tunnel;
  tunnel.server.reset();
  CHECK(tunnel.client.ends_with_reset());
  const auto line = tunnel.closed();
  CHECK(line["closer"] == "origin");
  CHECK(line["error"] == "connection_terminated");
}

TEST_CASE("tunnel end: a reset of a side that is not being read is seen", "[tunnel]") {
  Tunnel tunnel;
  SECTION("it had finished") {
    tunnel.client.finish();
    CHECK(tunnel.server.ends_here());
  }
  SECTION("the origin takes no more") {
    tunnel.client.send_until_blocked(64UL << 20);
  }
  tunnel.client.reset();
  CHECK(tunnel.closed()["closer"] == "client");
  tunnel.server.drain();  // throws unless the connection ends
}

TEST_CASE("tunnel end: a silent tunnel ends at tunnel_idle", "[tunnel]") {
  const auto begun = std::chrono::steady_clock::now();
  Tunnel tunnel(with_timeouts("tunnel_idle = \"200ms\""));
  CHECK(tunnel.client.ends_here());
  CHECK(std::chrono::steady_clock::now() - begun >= 150ms);
  CHECK(tunnel.server.ends_here());
  CHECK(tunnel.closed()["closer"] == "tunnel_idle");
}

TEST_CASE("tunnel end: a byte either way starts the idle time anew", "[tunnel]") {
  Tunnel tunnel(with_timeouts("tunnel_idle = \"1s\""));
  for (int i = 0; i < 6; ++i) {
    CHECK(tunnel.client.silent_for(250ms));
    auto& from = i % 2 == 0 ? tunnel.client : tunnel.server;
    auto& to = i % 2 == 0 ? tunnel.server : tunnel.client;
    from.send(".");
    REQUIRE(to.read_exactly(1) == ".");
  }
  CHECK(tunnel.client.ends_here());
}

TEST_CASE("tunnel end: a busy tunnel ends at tunnel_lifetime", "[tunnel]") {
  Tunnel tunnel(with_timeouts("tunnel_lifetime = \"300ms\""));
  const auto until = std::chrono::steady_clock::now() + Peer::patience;
  auto talking = std::async(std::launch::async, [&] {
    try {
      while (std::chrono::steady_clock::now() < until) tunnel.client.send(".");
      return false;
    } catch (const std::system_error&) {
      return true;  // it was ended
    }
  });
  tunnel.server.drain();
  CHECK(talking.get());
  CHECK(tunnel.closed()["closer"] == "tunnel_lifetime");
}

TEST_CASE("tunnel end: when one side has ended, the other may be silent for half_closed",
          "[tunnel]") {
  Tunnel tunnel(with_timeouts("half_closed = \"200ms\""));
  CHECK(tunnel.client.silent_for(400ms));  // not before one has ended
  tunnel.client.finish();
  CHECK(tunnel.server.ends_here());
  CHECK(tunnel.client.ends_here());
  CHECK(tunnel.closed()["closer"] == "half_closed");
}

TEST_CASE("tunnel end: a half-closed tunnel goes on while bytes flow", "[tunnel]") {
  Tunnel tunnel(with_timeouts("half_closed = \"1s\""));
  tunnel.client.finish();
  for (int i = 0; i < 6; ++i) {
    CHECK(tunnel.client.silent_for(250ms));
    tunnel.server.send(".");
    REQUIRE(tunnel.client.read_exactly(1) == ".");
  }
  tunnel.server.finish();
  CHECK(tunnel.client.ends_here());
  CHECK(tunnel.closed()["closer"] == "client");
}

// SPDX-License-Identifier: Apache-2.0
// Tunnels on the streams of one HTTP/2 connection (RFC 9113 §8.5).
#include <algorithm>
#include <atomic>
#include <thread>

#include <malloc.h>

#include <catch2/catch.hpp>

#include "support/h2_client.hpp"
#include "support/hop.hpp"
#include "support/soon.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;
namespace http2 = culvert::http2;

namespace {

struct H2Hop {
  explicit H2Hop(const std::string& toml = allow_local)
      : proxy(with_h2c(toml)), client(proxy.connect()) {}

  struct Tunnel {
    H2Stream& client;
    Peer server;
  };
  Tunnel open() {
    auto& stream = client.connect(origin.authority());
    auto server = origin.accept();
    CHECK(stream.status() == 200);
    return {stream, std::move(server)};
  }

  Origin origin;
  Proxy proxy;
  H2Client client;
};

/// The records of what has ended, of which there must be `count` soon.
std::vector<Proxy::Line> ended(Proxy& proxy, std::size_t count) {
  std::vector<Proxy::Line> lines;
  soon([&] {
    lines = proxy.log(0);
    std::erase_if(lines, [](const Proxy::Line& line) { return line["event"] == "open"; });
    return lines.size() >= count;
  });
  REQUIRE(lines.size() == count);
  return lines;
}

/// Bytes of this process that are in use, the proxy's among them.
std::size_t allocated() {
  const auto now = mallinfo2();
  return now.uordblks + now.hblkhd;
}

}  // namespace

TEST_CASE("http2 tunnel: bytes go both ways", "[http2]") {
  H2Hop hop;
  auto [client, server] = hop.open();
  client.send("hello");
  CHECK(server.read_exactly(5) == "hello");
  server.send("world");
  CHECK(client.read_exactly(5) == "world");
  CHECK(client.field("content-length").empty());
}

TEST_CASE("http2 tunnel: what comes with the request arrives", "[http2]") {
  H2Hop hop;
  auto& stream = hop.client.connect(hop.origin.authority());
  stream.send("early");
  auto server = hop.origin.accept();
  CHECK(server.read_exactly(5) == "early");
  CHECK(stream.status() == 200);
}

TEST_CASE("http2 tunnel: many on one connection, each by itself", "[http2]") {
  H2Hop hop;
  std::vector<H2Hop::Tunnel> tunnels;
  for (int i = 0; i < 200; ++i) tunnels.push_back(hop.open());
  for (std::size_t i = 0; i < tunnels.size(); ++i) tunnels[i].client.send(std::to_string(i) + ".");
  for (std::size_t i = 0; i < tunnels.size(); ++i) {
    CHECK(tunnels[i].server.read_until(".") == std::to_string(i) + ".");
    tunnels[i].server.send("<" + std::to_string(i) + ">");
  }
  for (std::size_t i = 0; i < tunnels.size(); ++i) {
    const auto expected = "<" + std::to_string(i) + ">";
    CHECK(tunnels[i].client.read_exactly(expected.size()) == expected);
  }
}

TEST_CASE("http2 tunnel: an end is passed on, and the other direction goes on", "[http2]") {
  H2Hop hop;
  auto [client, server] = hop.open();
  SECTION("of the client") {
    client.send("all");
    client.finish();
    CHECK(server.read_to_end() == "all");
    server.send("answer");
    CHECK(client.read_exactly(6) == "answer");
    server.finish();
    CHECK(client.read_to_end().empty());
  }
  SECTION("of the origin") {
    server.send("all");
    server.finish();
    CHECK(client.read_to_end() == "all");
    client.send("more");
    CHECK(server.read_exactly(4) == "more");
    client.finish();
    CHECK(server.ends_here());
  }
  ended(hop.proxy, 1);
  CHECK_FALSE(client.failed());
}

TEST_CASE("http2 tunnel: a reset is passed on, both ways", "[http2]") {
  H2Hop hop;
  auto [other, other_server] = hop.open();
  auto [client, server] = hop.open();
  SECTION("of the client") {
    client.reset();
    CHECK(server.ends_with_reset());
  }
  SECTION("of the origin") {
    server.reset();
    CHECK(client.wait_reset() == http2::connect_error);
  }
  other.send("x");
  CHECK(other_server.read_exactly(1) == "x");
}

TEST_CASE("http2 tunnel: a tunnel has no trailers", "[http2]") {
  H2Hop hop;
  auto [client, server] = hop.open();
  client.send("x");
  CHECK(server.read_exactly(1) == "x");
  client.finish({{"a", "b"}});
  CHECK(client.wait_reset() == http2::protocol_error);
  CHECK(server.read_rest().empty());
  hop.open();
}

TEST_CASE("http2 tunnel: each has a record, with the connection that carried it", "[http2]") {
  H2Hop hop;
  for (int i = 0; i < 3; ++i) {
    auto [client, server] = hop.open();
    client.send("12345");
    client.finish();
    server.read_to_end();
    server.send("123");
    server.close();
    CHECK(client.read_to_end() == "123");
  }
  const auto log = ended(hop.proxy, 3);
  for (const auto& line : log) {
    CHECK(line["proto"] == "h2");
    CHECK(line["method"] == "CONNECT");
    CHECK(line["connection"] == log[0]["connection"]);
    CHECK(line["bytes_up"] == 5);
    CHECK(line["bytes_down"] == 3);
    CHECK(line["rule"] == "local");
  }
  CHECK(log[0]["id"] != log[1]["id"]);
}

TEST_CASE("http2 tunnel: a stream that is denied has a page, and the others go on", "[http2]") {
  H2Hop hop("[[rule]]\nname = \"no\"\naction = \"deny\"\nhosts = [\"denied.test\"]\n" +
            std::string(allow_local));
  auto [client, server] = hop.open();
  auto& denied = hop.client.connect("denied.test:443");
  CHECK(denied.status() == 403);
  CHECK(denied.field("proxy-status").find("http_request_denied") != std::string::npos);
  CHECK(denied.field("connection").empty());
  CHECK(denied.read_to_end().find("no") != std::string::npos);
  client.send("x");
  CHECK(server.read_exactly(1) == "x");
  CHECK(hop.client.goaways().empty());
}

TEST_CASE("http2 tunnel: silence ends the stream alone", "[http2]") {
  H2Hop hop(with_timeouts("tunnel_idle = \"1s\""));
  auto [client, server] = hop.open();
  server.drain();
  hop.client.until("an end", [&stream = client] { return stream.ended() || stream.failed(); });
  auto [next, next_server] = hop.open();
  next.send("x");
  CHECK(next_server.read_exactly(1) == "x");
}

TEST_CASE("http2 tunnel: an origin that floods is read no faster than the client reads",
          "[http2]") {
  H2Hop hop;
  auto [client, server] = hop.open();
  auto [other, other_server] = hop.open();
  client.hold(true);
  constexpr std::size_t much = 256UL << 20;
  const auto taken = server.send_until_blocked(much);
  CHECK(taken < 32UL << 20);
  other.send("x");
  CHECK(other_server.read_exactly(1) == "x");
  other_server.send("y");
  CHECK(other.read_exactly(1) == "y");
  CHECK(client.received() <= 64UL << 10);
  client.hold(false);
  server.finish();
  CHECK(client.read_to_end().size() == taken);
}

TEST_CASE("http2 tunnel: a client sends no more than its window while the origin does not read",
          "[http2]") {
  H2Hop hop;
  auto [client, server] = hop.open();
  auto [other, other_server] = hop.open();
  constexpr std::size_t much = 64UL << 20;
  client.send(std::string(much, 'x'));
  hop.client.go_on_for(500ms);
  CHECK(client.unsent() > much / 2);
  other.send("x");
  CHECK(other_server.read_exactly(1) == "x");
  other_server.send("y");
  CHECK(other.read_exactly(1) == "y");
  client.finish();
  std::size_t total = 0;
  std::atomic<bool> done = false;
  std::thread reader([&peer = server, &total, &done] {
    total = peer.read_to_end().size();
    done = true;
  });
  while (!done) hop.client.go_on_for(10ms);  // the reader has a patience
  reader.join();
  CHECK(total == much);
}

TEST_CASE("http2 tunnel: what has gone is not in memory, though more always waits behind it",
          "[http2]") {
  H2Hop hop("workers = 1\n" + std::string(allow_local) +
            "limits = { bytes_per_second = \"1MiB\" }\n");
  auto [client, server] = hop.open();
  constexpr std::size_t much = 5UL << 20;
  constexpr std::size_t piece = 64UL << 10;
  std::thread reader([&peer = server] { peer.drain(); });
  const auto before = allocated();
  std::size_t most = 0;
  for (std::size_t sent = 0; sent < much; sent += piece) {
    client.send(std::string(piece, 'x'));
    hop.client.until("room", [&stream = client] { return stream.unsent() < piece; });
    most = std::max(most, allocated());
  }
  client.finish();
  hop.client.until("the end", [&stream = client] { return stream.unsent() == 0; });
  reader.join();
  CHECK(most < before + (1UL << 20));
}

TEST_CASE("http2 tunnel: the client's connection is lost, and every origin hears of it",
          "[http2]") {
  H2Hop hop("workers = 1\n" + std::string(allow_local));
  std::vector<H2Hop::Tunnel> tunnels;
  for (int i = 0; i < 100; ++i) tunnels.push_back(hop.open());
  const bool in_order = GENERATE(true, false);
  if (in_order) {
    hop.client.peer().close();
  } else {
    hop.client.peer().reset();
  }
  for (auto& tunnel : tunnels) tunnel.server.drain();
  ended(hop.proxy, 100);
  CHECK(serves(hop.proxy, hop.origin));
  ended(hop.proxy, 101);
}

TEST_CASE("http2 tunnel: a preface may come in pieces, and streams with it", "[http2]") {
  Origin origin;
  const Proxy proxy(with_h2c());
  auto client = proxy.connect();
  const auto bytes = h2::hello() + h2::connect_frame(1, origin.authority()) +
                     h2::frame(h2::data, h2::none, 1, "hello");
  const auto piece = GENERATE(as<std::size_t>{}, 1, 7, 24, 1000);
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    client.send(std::string_view(bytes).substr(at, piece));
    proxy.catch_up();
  }
  CHECK(origin.accept().read_exactly(5) == "hello");
}

TEST_CASE("http2 tunnel: HTTP/1 goes on where HTTP/2 may begin", "[http2]") {
  Origin origin;
  const Proxy proxy(with_h2c());
  CHECK(serves(proxy, origin));
  auto almost = proxy.connect();
  almost.send("PRI * HTTP/2.0\r\n\r\nXX");
  CHECK(almost.read_to_end().starts_with("HTTP/1.1 "));
}

TEST_CASE("http2 tunnel: HTTP/2 does not begin where it may not", "[http2]") {
  const Proxy proxy;
  auto client = proxy.connect();
  client.send(h2::hello());
  CHECK(client.read_to_end().starts_with("HTTP/1.1 "));
}

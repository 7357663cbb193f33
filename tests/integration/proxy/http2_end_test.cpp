// SPDX-License-Identifier: Apache-2.0
// How a connection that carries streams ends, and what ends with it.
#include <catch2/catch.hpp>

#include "support/descriptors.hpp"
#include "support/h2_client.hpp"
#include "support/hop.hpp"
#include "support/soon.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;
namespace http2 = culvert::http2;

namespace {

/// A tunnel whose origin has its end.
struct Tunnel {
  H2Stream& client;
  Peer server;
};

Tunnel open(H2Client& client, Origin& origin) {
  auto& stream = client.tunnel(origin.authority());
  return {stream, origin.accept()};
}

}  // namespace

TEST_CASE("http2 end: a drain lets streams finish, and takes no more", "[http2]") {
  Origin origin;
  Proxy proxy(with_h2c());
  H2Client client(proxy.connect());
  auto [stream, server] = open(client, origin);
  proxy.server().drain();
  client.until("a GOAWAY", [&client] { return client.goaways().size() == 2; });
  CHECK(client.goaways()[0] == 0x7fffffff);  // a notice first (RFC 9113 §6.8)
  CHECK(client.goaways()[1] == stream.id());
  stream.send("on");
  CHECK(server.read_exactly(2) == "on");
  server.send("and on");
  CHECK(stream.read_exactly(6) == "and on");
  CHECK_FALSE(proxy.ended_within(0ms));

  stream.finish();
  server.finish();
  CHECK(stream.read_to_end().empty());
  client.wait_end();
  CHECK(proxy.ended_within(Peer::patience));
}

TEST_CASE("http2 end: a connection has as many requests as one of HTTP/1.1", "[http2]") {
  Origin origin;
  Proxy proxy(with_h2c("[limits]\nrequests_per_connection = 2\n" + std::string(allow_local)));
  H2Client client(proxy.connect());
  auto [first, first_server] = open(client, origin);
  CHECK(client.goaways().empty());
  auto [second, second_server] = open(client, origin);
  client.until("a GOAWAY", [&client] { return client.goaways().size() == 2; });
  CHECK(client.goaways()[1] == second.id());
  first.send("on");
  CHECK(first_server.read_exactly(2) == "on");
}

TEST_CASE("http2 end: what was on its way when a drain began is served", "[http2]") {
  Origin origin;
  Proxy proxy(with_h2c());
  H2Client client(proxy.connect());
  auto [stream, server] = open(client, origin);
  proxy.server().drain();
  client.until("the notice", [&client] { return !client.goaways().empty(); });
  const auto late =
      h2::frame(h2::headers, h2::end_headers, 3, h2::connect_block(origin.authority()));
  client.inject(late + h2::frame(h2::data, h2::none, 3, "late"));
  auto late_server = origin.accept();
  CHECK(late_server.read_exactly(4) == "late");
}

TEST_CASE("http2 end: a drain ends a connection without streams", "[http2]") {
  Proxy proxy(with_h2c());
  H2Client client(proxy.connect());
  client.settle();
  proxy.server().drain();
  client.wait_end();
  CHECK_FALSE(client.goaways().empty());
  CHECK(proxy.ended_within(Peer::patience));
}

TEST_CASE("http2 end: a drain that lasts too long ends what is there", "[http2]") {
  Origin origin;
  Proxy proxy(with_h2c("shutdown_grace = \"500ms\"\n" + std::string(allow_local)));
  H2Client client(proxy.connect());
  auto [stream, server] = open(client, origin);
  proxy.server().drain();
  server.drain();
  client.wait_end();
  CHECK(proxy.ended_within(Peer::patience));
}

TEST_CASE("http2 end: a stop ends everything at once", "[http2]") {
  Origin origin;
  Proxy proxy(with_h2c());
  H2Client client(proxy.connect());
  std::vector<Tunnel> tunnels;
  for (int i = 0; i < 20; ++i) tunnels.push_back(open(client, origin));
  const auto log = proxy.final_log();
  CHECK(log.size() == 40);
  for (auto& tunnel : tunnels) tunnel.server.drain();
  client.wait_end();
}

TEST_CASE("http2 end: a stream that never was one is forgotten", "[http2]") {
  // Its head is malformed, was never whole, or was taken back: nobody has ever heard of it.
  const auto bytes =
      GENERATE(h2::frame(h2::headers, h2::end_headers, 1, h2::block({{":method", "GET"}})),
               h2::frame(h2::headers, h2::end_headers, 1, h2::block({})),
               h2::frame(h2::headers, h2::none, 1, h2::connect_block("h.test:1")),
               h2::frame(h2::headers, h2::end_headers, 1, h2::block({{":method", "GET"}})) +
                   h2::reset_frame(1, 8));
  Proxy proxy(with_h2c());
  auto client = proxy.connect();
  client.send(h2::hello() + bytes);
  client.read_exactly(1);
  const bool by_client = GENERATE(true, false);
  if (by_client) client.close();
  proxy.server().drain();
  if (!by_client) client.send(h2::frame(h2::goaway, h2::none, 0, h2::number(0, 8)));
  if (!by_client) client.finish();
  CHECK(proxy.ended_within(Peer::patience));
}

TEST_CASE("http2 end: streams that never were are not kept while the connection lasts", "[http2]") {
  Origin origin;
  Proxy proxy(with_h2c("[http2]\nmax_streams = 4\n" + std::string(allow_local)));
  H2Client client(proxy.connect());
  client.settle();
  for (int i = 0; i < 50; ++i) {
    auto& stream = client.ask({{":method", "GET"}, {":scheme", "http"}, {":path", ""}});
    CHECK(stream.wait_reset() == http2::protocol_error);
  }
  auto [stream, server] = open(client, origin);
  stream.send("x");
  CHECK(server.read_exactly(1) == "x");
}

TEST_CASE("http2 end: a new policy ends the streams that it denies, and no others", "[http2]") {
  Origin origin;
  Origin other;
  Proxy proxy(with_h2c());
  H2Client client(proxy.connect());
  auto [stream, server] = open(client, origin);
  auto [kept, kept_server] = open(client, other);
  const auto only_other =
      "[[rule]]\nname = \"other\"\naction = \"allow\"\nprivate = true\nports = [" +
      std::to_string(other.port()) + "]\n" CULVERT_OPAQUE;
  REQUIRE(proxy.reload(with_h2c(only_other)).empty());
  server.drain();
  client.until("its end", [&s = stream] { return s.ended() || s.failed(); });
  kept.send("x");
  CHECK(kept_server.read_exactly(1) == "x");
  CHECK(client.connect(origin.authority()).status() == 403);
}

TEST_CASE("http2 end: streams count as connections", "[http2]") {
  Origin origin;
  Proxy proxy(with_h2c("workers = 1\n" + std::string(allow_local) +
                       "[limits]\nconnections_per_client = 4\n"));
  H2Client client(proxy.connect());
  std::vector<Tunnel> tunnels;
  for (int i = 0; i < 3; ++i) tunnels.push_back(open(client, origin));
  auto& refused = client.connect(origin.authority());
  CHECK(refused.status() == 429);
  CHECK(refused.field("retry-after") != "");
  tunnels[0].client.reset();
  tunnels[0].server.drain();
  CHECK(soon([&] { return client.connect(origin.authority()).status() == 200; }));
}

TEST_CASE("http2 end: everything is given back", "[http2]") {
  Origin origin;
  Proxy proxy(with_h2c("workers = 1\n" + std::string(allow_local) +
                       "[limits]\nconnections_per_client = 60\n"));
  CHECK(serves(proxy, origin));
  const auto before = descriptors();
  for (int round = 0; round < 3; ++round) {
    H2Client client(proxy.connect());
    std::vector<Tunnel> tunnels;
    for (int i = 0; i < 50; ++i) tunnels.push_back(open(client, origin));
    for (std::size_t i = 0; i < 10; ++i) tunnels[i].client.reset();
    for (std::size_t i = 10; i < 20; ++i) tunnels[i].server.reset();
    for (std::size_t i = 20; i < 30; ++i) tunnels[i].client.finish();
    client.peer().close();
    for (std::size_t i = 0; i < 50; ++i) {
      if (i < 10 || i >= 20) tunnels[i].server.drain();
    }
    tunnels.clear();
    CHECK(descriptors_fall_to(before));
  }
  CHECK(serves(proxy, origin));
}

TEST_CASE("http2 end: a client that says nothing is not kept", "[http2]") {
  Proxy proxy(with_h2c(with_timeouts("keep_alive = \"1s\"")));
  H2Client client(proxy.connect());
  client.settle();
  client.wait_end();
  CHECK(client.goaways().size() == 1);
  CHECK(proxy.final_log().empty());
}

TEST_CASE("http2 end: who might speak HTTP/2 may wait no longer than others", "[http2]") {
  Proxy proxy(with_h2c(with_timeouts("keep_alive = \"1s\"")));
  auto client = proxy.connect();
  const auto begun = std::chrono::steady_clock::now();
  CHECK(client.ends_here());
  CHECK(std::chrono::steady_clock::now() - begun < 1900ms);
}

TEST_CASE("http2 end: a client that has left with GOAWAY is served to the end", "[http2]") {
  Origin origin;
  Proxy proxy(with_h2c());
  H2Client client(proxy.connect());
  auto [stream, server] = open(client, origin);
  client.engine().refuse_new_streams();
  stream.send("x");
  CHECK(server.read_exactly(1) == "x");
  server.send("y");
  server.finish();
  stream.finish();
  CHECK(stream.read_to_end() == "y");
  client.wait_end();
}

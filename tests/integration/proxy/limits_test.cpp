// SPDX-License-Identifier: Apache-2.0
// How many connections there may be, and what those over a limit are told.
#include <functional>
#include <thread>

#include <catch2/catch.hpp>

#include "support/descriptors.hpp"
#include "support/hop.hpp"
#include "support/standard_error.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

const std::string hello = "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n";

std::string with_limits(const std::string& limits) {
  return allow_local + ("[limits]\n" + limits + "\n");
}

/// A connection that is surely counted: a request on it was answered.
Peer come_in(const Proxy& proxy) {
  auto client = proxy.connect();
  REQUIRE(ask(client, hello).status() == 200);
  return client;
}

void check_refused(Peer client, const std::string& request, int status) {
  const auto response = ask(client, request);
  CHECK(response.status() == status);
  CHECK(response.phrase() ==
        (status == 429 ? "Too Many Connections From This Client" : "Too Many Connections"));
  CHECK(response.field("Proxy-Status").contains("error=connection_limit_reached"));
  CHECK(response.field("Retry-After") != "");
  CHECK(response.field("Connection") == "close");
  CHECK(client.ends_here());
}

/// True when exactly so many more connections find a place, at the latest after a patience.
bool has_room_for(const Proxy& proxy, std::size_t count) {
  const auto until = std::chrono::steady_clock::now() + Peer::patience;
  while (std::chrono::steady_clock::now() < until) {
    std::vector<Peer> in;
    while (in.size() <= count) {
      auto client = proxy.connect();
      if (ask(client, hello).status() != 200) break;
      in.push_back(std::move(client));
    }
    if (in.size() == count) return true;
    std::this_thread::sleep_for(20ms);
  }
  return false;
}

}  // namespace

TEST_CASE("limits: sessions and tunnels of all workers count together", "[limits]") {
  Origin origin;
  Proxy proxy(with_limits("connections = 10\nconnections_per_client = 100"));
  std::vector<Peer> in;
  for (int i = 0; i < 5; ++i) {
    in.push_back(come_in(proxy));
    in.push_back(proxy.tunnel(origin.authority()));
  }
  check_refused(proxy.connect(), get(origin.authority()), 503);
  check_refused(proxy.connect(), connect_to(origin.authority()), 503);
  check_refused(Peer::from("127.0.0.2", proxy.endpoint()), hello, 503);
  in.back().reset();
  CHECK(has_room_for(proxy, 1));
  for (auto& one : in) one.reset();
  CHECK(has_room_for(proxy, 10));
}

TEST_CASE("limits: a client over its own limit is refused, and another one is served", "[limits]") {
  Origin origin;
  const Proxy proxy(with_limits("connections_per_client = 4"));
  std::vector<Peer> in;
  for (int i = 0; i < 2; ++i) {
    in.push_back(come_in(proxy));
    in.push_back(proxy.tunnel(origin.authority()));
  }
  check_refused(proxy.connect(), get(origin.authority()), 429);
  check_refused(proxy.connect(), connect_to(origin.authority()), 429);
  for (int i = 0; i < 4; ++i) {
    in.push_back(Peer::from("127.0.0.2", proxy.endpoint()));
    CHECK(ask(in.back(), hello).status() == 200);
  }
  check_refused(Peer::from("127.0.0.2", proxy.endpoint()), hello, 429);
  in.erase(in.begin());
  CHECK(has_room_for(proxy, 1));
}

TEST_CASE("limits: unless it is set, one client gets not quite all", "[limits]") {
  const Proxy proxy(with_limits("connections = 6"));
  std::vector<Peer> in;
  for (int i = 0; i < 5; ++i) in.push_back(come_in(proxy));
  check_refused(proxy.connect(), hello, 429);
  auto other = Peer::from("127.0.0.2", proxy.endpoint());
  CHECK(ask(other, hello).status() == 200);
  check_refused(Peer::from("127.0.0.3", proxy.endpoint()), hello, 503);
}

TEST_CASE("limits: however a connection ends, its place is free again", "[limits]") {
  Origin origin;
  const auto toml = with_limits("connections = 3\nconnections_per_client = 3") +
                    "[timeouts]\nrequest_head = \"50ms\"\nkeep_alive = \"1s\"\n";
  const std::vector<std::pair<const char*, std::function<void(const Proxy&)>>> ways{
      {"session closed", [](const Proxy& proxy) { come_in(proxy); }},
      {"session reset", [](const Proxy& proxy) { come_in(proxy).reset(); }},
      {"no request", [](const Proxy& proxy) { CHECK(proxy.connect().ends_here()); }},
      {"slow head",
       [](const Proxy& proxy) {
         auto client = proxy.connect();
         CHECK(ask(client, "GET ").status() == 408);
       }},
      {"malformed",
       [](const Proxy& proxy) {
         auto client = proxy.connect();
         CHECK(ask(client, "GET\r\n\r\n").status() == 400);
       }},
      {"refused CONNECT",
       [](const Proxy& proxy) {
         auto client = proxy.connect();
         CHECK(ask(client, connect_to("nowhere.test:443")).status() >= 500);
       }},
      {"tunnel closed by the client",
       [&](const Proxy& proxy) {
         auto client = proxy.tunnel(origin.authority());
         auto server = origin.accept();
         client.close();
         server.drain();
       }},
      {"tunnel closed by the origin",
       [&](const Proxy& proxy) {
         auto client = proxy.tunnel(origin.authority());
         origin.accept().close();
         client.drain();
       }},
      {"tunnel reset",
       [&](const Proxy& proxy) {
         auto client = proxy.tunnel(origin.authority());
         origin.accept().reset();
         client.drain();
       }},
      {"exchange broken",
       [&](const Proxy& proxy) {
         auto client = proxy.connect();
         client.send(get(origin.authority()));
         origin.accept().reset();
         CHECK(read_response(client).status() == 502);
       }},
  };
  for (const auto& [name, end_one] : ways) {
    CAPTURE(name);
    const Proxy proxy(toml);
    end_one(proxy);
    CHECK(has_room_for(proxy, 3));
  }
}

TEST_CASE("limits: who sees its tunnel end may come again at once", "[limits]") {
  Origin origin;
  const Proxy proxy(allow_local +
                    std::string("limits = { tunnels = 1 }\n[limits]\nconnections_per_client = 1\n"
                                "[timeouts]\ntunnel_idle = \"50ms\"\n"));
  for (int i = 0; i < 20; ++i) {
    auto client = proxy.tunnel(origin.authority());
    const auto server = origin.accept();
    CHECK(client.ends_here());
  }
}

TEST_CASE("limits: who was turned away takes no place", "[limits]") {
  Proxy proxy(with_limits("connections = 2\nconnections_per_client = 1"));
  auto in = come_in(proxy);
  for (int i = 0; i < 5; ++i) check_refused(proxy.connect(), hello, 429);
  auto other = Peer::from("127.0.0.2", proxy.endpoint());
  CHECK(ask(other, hello).status() == 200);
  in.close();
  CHECK(has_room_for(proxy, 1));
}

TEST_CASE("limits: a reload changes them for new connections at once", "[limits]") {
  Origin origin;
  Proxy proxy(with_limits("connections = 4\nconnections_per_client = 4"));
  std::vector<Peer> in;
  auto tunnel = proxy.tunnel(origin.authority());
  auto server = origin.accept();
  for (int i = 0; i < 2; ++i) in.push_back(come_in(proxy));
  REQUIRE(proxy.reload(with_limits("connections = 2\nconnections_per_client = 2")) == "");
  check_refused(proxy.connect(), hello, 429);
  for (auto& one : in) CHECK(ask(one, hello).status() == 200);  // who is in stays in
  tunnel.send("x");
  CHECK(server.read_exactly(1) == "x");
  in.clear();
  CHECK(has_room_for(proxy, 1));
  REQUIRE(proxy.reload(with_limits("connections = 5\nconnections_per_client = 5")) == "");
  CHECK(has_room_for(proxy, 4));
  tunnel.reset();
  CHECK(has_room_for(proxy, 5));
}

TEST_CASE("limits: a refusal is one line in the log, with what was asked for", "[limits]") {
  Proxy proxy(with_limits("connections = 1"));
  const auto in = come_in(proxy);
  check_refused(proxy.connect(), connect_to("a.test:443"), 429);
  const auto lines = proxy.final_log();
  REQUIRE(lines.size() == 2);
  // Two workers may have written them, in either order.
  const auto& refusal = lines[lines[0]["status"] == 429 ? 0 : 1];
  CHECK(refusal["status"] == 429);
  CHECK(refusal["error"] == "connection_limit_reached");
  CHECK(refusal["method"] == "CONNECT");
  CHECK(refusal["host"] == "a.test");
  CHECK(refusal["closer"] == "proxy");
}

TEST_CASE("limits: one over the limit has two seconds for its request", "[limits]") {
  Proxy proxy(with_limits("connections = 1"));
  const auto in = come_in(proxy);
  auto silent = proxy.connect();
  auto slow = proxy.connect();
  slow.send("GET http://a.test/ HT");
  CHECK(silent.silent_for(1s));
  CHECK(read_response(slow).status() == 429);
  CHECK(slow.ends_here());
  CHECK(silent.ends_here());
  CHECK(proxy.final_log().size() == 2);  // who asked for nothing is no line
}

TEST_CASE("limits: a flood over the limit is closed, and who is in is served", "[limits]") {
  const DescriptorLimit limit(8192);
  const StandardError error;
  const std::string words = "closed without an answer";
  Origin origin;
  Proxy proxy(with_limits("connections_per_client = 2"));
  auto session = come_in(proxy);
  auto tunnel = proxy.tunnel(origin.authority());
  auto server = origin.accept();
  const auto before = descriptors();
  const auto begun = std::chrono::steady_clock::now();
  {
    std::vector<Peer> flood;
    for (int i = 0; i < 1000; ++i) {
      flood.push_back(proxy.connect());
      if (i % 100 != 0) continue;
      tunnel.send("x");
      REQUIRE(server.read_exactly(1) == "x");
      REQUIRE(ask(session, hello).status() == 200);
      auto other = Peer::from("127.0.0.2", proxy.endpoint());
      REQUIRE(ask(other, hello).status() == 200);
    }
    CHECK(error.says(words));
    CHECK(descriptors() <= before + 1000 + 200);
    for (auto& one : flood) one.drain();  // those few that may still ask have their two seconds
    CHECK(descriptors_fall_to(before + 1000));
  }
  CHECK(descriptors_fall_to(before));
  const auto seconds = std::chrono::steady_clock::now() - begun;
  CHECK(error.lines_with(words) <= static_cast<std::size_t>(seconds / 1s));
  session.close();
  CHECK(has_room_for(proxy, 1));
}

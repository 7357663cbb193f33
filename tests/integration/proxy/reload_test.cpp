// SPDX-License-Identifier: Apache-2.0
// A new configuration while traffic goes on.
#include <catch2/catch.hpp>

#include "support/http.hpp"
#include "support/proxy.hpp"
#include "support/soon.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

const std::string nothing = "[policy]\ndefault = \"deny\"\n";

/// As allow_local, but for one port alone.
std::string allow_port(std::uint16_t port) {
  return allow_local + ("ports = [" + std::to_string(port)) + "]\n" + nothing;
}

std::string listen_on(std::initializer_list<std::string> addresses) {
  std::string toml;
  for (const auto& address : addresses) toml += "[[listen]]\naddress = \"" + address + "\"\n";
  return toml;
}

int status(Peer& client, const std::string& request) {
  client.send(request);
  return Response{.head = client.read_head(), .body = {}}.status();
}

bool refused(const culvert::ListenPlace& place) {
  try {
    auto peer = Peer::to(place);  // perhaps accepted just before, and served
    return !peer.silent_for(50ms) && peer.ends_with_reset();  // or in the queue that was closed
  } catch (const std::system_error&) {
    return true;
  }
}

}  // namespace

TEST_CASE("reload: a live tunnel goes on, and new requests are judged anew", "[reload]") {
  Origin origin;
  Origin other;
  Proxy proxy;
  auto live = proxy.tunnel(origin.authority());
  auto server = origin.accept();
  REQUIRE(proxy.reload(allow_port(origin.port())) == "");
  CHECK(soon([&] {
    auto client = proxy.connect();
    return status(client, connect_to(other.authority())) == 403;
  }));
  live.send("still here");
  CHECK(server.read_exactly(10) == "still here");
  server.send("here too");
  CHECK(live.read_exactly(8) == "here too");
}

TEST_CASE("reload: the next request of a connection is judged anew", "[reload]") {
  Origin origin;
  Proxy proxy(nothing);
  auto client = proxy.connect();
  CHECK(ask(client, get(origin.authority())).status() == 403);
  REQUIRE(proxy.reload(allow_local) == "");
  CHECK(soon([&] {
    client.send(get(origin.authority()));
    soon([&] { return !origin.unvisited_for(0ms) || !client.silent_for(0ms); });
    if (origin.unvisited_for(0ms)) return read_response(client).status() != 403;
    auto server = origin.accept();
    server.read_head();
    server.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    return read_response(client).status() == 200;
  }));
}

TEST_CASE("reload: an answer under way comes to its end under what it began with", "[reload]") {
  Origin origin;
  Origin closed;
  closed.close();
  Proxy proxy("workers = 1\n" + std::string(allow_local));
  auto client = proxy.connect();
  client.send(get(origin.authority()));
  auto server = origin.accept();
  server.read_head();
  server.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nbeg");
  client.read_until("beg");
  REQUIRE(proxy.reload(nothing) == "");
  CHECK(soon([&] {
    auto later = proxy.connect();
    return status(later, get(closed.authority())) == 403;
  }));
  server.send("end");
  CHECK(client.read_exactly(3) == "end");
  CHECK(ask(client, get(origin.authority())).status() == 403);
}

TEST_CASE("reload: a configuration with a mistake changes nothing", "[reload]") {
  Origin origin;
  Proxy proxy;
  CHECK(proxy.reload("[timeouts]\nconect = \"1s\"\n").contains("did you mean"));
  CHECK(proxy.tunnel(origin.authority()).silent_for(10ms));
}

TEST_CASE("reload: listeners come and go", "[reload]") {
  Origin origin;
  const std::string first = "127.0.0.1:0";
  const std::string second = "127.0.0.2:0";
  Proxy proxy(allow_local + listen_on({first}));
  auto live = proxy.tunnel(origin.authority());
  auto server = origin.accept();

  REQUIRE(proxy.reload(allow_local + listen_on({first, second})) == "");
  REQUIRE(proxy.server().places().size() == 2);
  const auto added = proxy.server().places()[1];
  CHECK(added.text().starts_with("127.0.0.2:"));
  auto client = Peer::to(added);
  CHECK(status(client, connect_to(origin.authority())) == 200);

  REQUIRE(proxy.reload(allow_local + listen_on({second})) == "");
  CHECK(soon([&] { return refused(proxy.endpoint()); }));
  auto another = Peer::to(added);
  CHECK(status(another, connect_to(origin.authority())) == 200);
  live.send("x");  // came in by the listener that is gone
  CHECK(server.read_exactly(1) == "x");
}

TEST_CASE("reload: a listener that cannot be had changes nothing", "[reload]") {
  const Origin taken;
  Origin origin;
  Proxy proxy(allow_local);
  const auto free = Origin("127.0.0.2").authority();  // where no other test has clients
  const auto error = proxy.reload(nothing + listen_on({free, taken.authority()}));
  CHECK(error.contains("cannot listen on " + taken.authority()));
  CHECK(error.contains("another program listens there"));
  CHECK(proxy.tunnel(origin.authority()).silent_for(10ms));  // policy and listener as before
  CHECK(proxy.server().places().size() == 1);
  CHECK(refused(culvert::Endpoint{.address = *culvert::Address::parse("127.0.0.2"),
                                  .port = static_cast<std::uint16_t>(std::stoi(free.substr(10)))}));
}

TEST_CASE("reload: a listener may move from one address of a port to all of them", "[reload]") {
  Origin origin;
  Proxy proxy;
  const auto port = std::to_string(proxy.endpoint().port);
  CHECK(proxy.reload(allow_local + ("[[listen]]\naddress = \"0.0.0.0:" + port) +
                     "\"\nopen = true\n") == "");
}

TEST_CASE("reload: a hundred in a row are taken, and tunnels live through them", "[reload]") {
  Origin origin;
  Proxy proxy;
  auto live = proxy.tunnel(origin.authority());
  auto server = origin.accept();
  for (int i = 0; i < 100; ++i) {
    REQUIRE(proxy.reload(i % 2 == 0 ? allow_port(origin.port()) : allow_local) == "");
    live.send("x");
    REQUIRE(server.read_exactly(1) == "x");
  }
  CHECK(soon([&] {
    auto client = proxy.connect();
    return status(client, connect_to(origin.authority())) == 200;
  }));
}

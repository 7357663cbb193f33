// SPDX-License-Identifier: Apache-2.0
// How much a rule, a client and a user may take, as clients meet it.
#include <algorithm>
#include <future>
#include <thread>

#include <catch2/catch.hpp>

#include "support/hop.hpp"
#include "support/pattern.hpp"
#include "support/users.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t KiB = 1024;

const std::string handshake =
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const std::string switched =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// One of the three places where a quota may stand, and what its excess is answered.
struct Place {
  std::string name;
  int status;

  /// A whole policy; for users, everyone has to be one.
  std::string limit(const std::string& what) const {
    if (name == "rule") return allow_local + ("limits = { " + what + " }\n");
    auto rule = name == "user" ? allow_only("users = [\"*\"]", "local") : allow_local;
    return rule + "[limits_per_" + name + "]\n" + what + "\n";
  }
};

auto every_place() {
  return Catch::Generators::values<Place>({{"rule", 503}, {"client", 429}, {"user", 429}});
}

/// A proxy where everyone comes as alice, unless from another address, or as a guest.
struct Shop {
  explicit Shop(const std::string& policy, const std::string& top = "")
      : proxy(top + users.auth() + policy) {}

  Response connect(Peer& client, const std::string& who = alice) {
    return ask(client, connect_to(origin.authority(), who));
  }
  /// A new one's answer; it ends at once.
  int status() {
    auto client = proxy.connect();
    const auto answered = connect(client).status();
    client.reset();
    return answered;
  }
  std::string reload(const std::string& policy) { return proxy.reload(users.auth() + policy); }

  UserFiles users;
  Origin origin;
  Proxy proxy;
};

template <class Claim>
bool soon(Claim claim) {
  const auto until = Clock::now() + Peer::patience;
  while (!claim()) {
    if (Clock::now() > until) return false;
    std::this_thread::sleep_for(10ms);
  }
  return true;
}

std::future<void> send_later(Peer& from, std::size_t bytes) {
  return std::async(std::launch::async, [&from, bytes] { from.send(pattern(1, 0, bytes)); });
}

/// How long it takes that all of it arrives.
std::chrono::milliseconds time_to_move(Peer& from, Peer& to, std::size_t bytes) {
  const auto begun = Clock::now();
  const auto sent = send_later(from, bytes);
  CHECK(to.read_exactly(bytes) == pattern(1, 0, bytes));
  return std::chrono::floor<std::chrono::milliseconds>(Clock::now() - begun);
}

}  // namespace

TEST_CASE("quotas: a tunnel too many is refused, in words for who it was", "[quotas]") {
  const auto place = GENERATE(every_place());
  CAPTURE(place.name);
  Shop shop(place.limit("tunnels = 2"));
  auto first = shop.proxy.connect();
  auto second = shop.proxy.connect();
  CHECK(shop.connect(first).status() == 200);
  CHECK(shop.connect(second).status() == 200);
  auto client = shop.proxy.connect();
  const auto response = shop.connect(client);
  CHECK(response.status() == place.status);
  CHECK(std::stoi(response.field("Retry-After")) >= 1);
  CHECK(response.field("Connection") == "close");
  const auto status = response.field("Proxy-Status");
  CHECK(status.contains("error=connection_limit_reached"));
  CHECK(status.contains("open tunnels"));
  CHECK(status.contains("rule local") == (place.name == "rule"));
  const auto lines = shop.proxy.log(3);
  const auto line = std::ranges::find_if(lines, [&](const auto& one) {
    return one.contains("status") && one["status"] == place.status;
  });
  REQUIRE(line != lines.end());
  CHECK((*line)["error"] == "connection_limit_reached");
  CHECK((*line)["reason"] == "limit of the " + place.name + ": open tunnels");

  auto other = Peer::from("127.0.0.2", shop.proxy.endpoint());
  CHECK((shop.connect(other, guest).status() == 200) == (place.name != "rule"));
  first.reset();
  CHECK(soon([&] { return shop.status() == 200; }));
}

TEST_CASE("quotas: a tunnel that comes to nothing is given back", "[quotas]") {
  const auto place = GENERATE(every_place());
  CAPTURE(place.name);
  Shop shop(place.limit("tunnels = 1") + "[timeouts]\nconnect = \"1s\"\n", "workers = 1\n");
  SECTION("refused by the origin") {
    Origin closed;
    closed.close();
    for (int i = 0; i < 3; ++i) {
      auto client = shop.proxy.connect();
      CHECK(ask(client, connect_to(closed.authority(), alice)).status() == 502);
    }
  }
  SECTION("an origin that does not answer") {
    const FullOrigin full;
    auto client = shop.proxy.connect();
    CHECK(ask(client, connect_to(full.authority(), alice)).status() == 504);
    CHECK(shop.status() == 200);  // at once, as behind all that was answered
  }
  SECTION("a client that goes while it is waited for") {
    const FullOrigin full;
    auto client = shop.proxy.connect();
    client.send(connect_to(full.authority(), alice));
    shop.proxy.catch_up();
    client.reset();
    CHECK(shop.proxy.log(1).size() == 1);
  }
  SECTION("a handshake that the origin declines, and the connection goes on") {
    auto client = shop.proxy.connect();
    client.send(get(shop.origin.authority(), "/", alice + handshake));
    auto server = shop.origin.accept();
    server.read_head();
    server.send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    CHECK(read_response(client).status() == 404);
    CHECK(shop.status() == 200);  // while that client is still there
  }
  CHECK(soon([&] { return shop.status() == 200; }));
}

TEST_CASE("quotas: a WebSocket of the plain hop is a tunnel, a plain request is none", "[quotas]") {
  Shop shop(allow_local + std::string("limits = { tunnels = 1 }\n"));
  auto client = shop.proxy.connect();
  client.send(get(shop.origin.authority(), "/", handshake));
  auto server = shop.origin.accept();
  server.read_head();
  server.send(switched);
  CHECK(client.read_head().starts_with("HTTP/1.1 101 "));
  auto second = shop.proxy.connect();
  const auto refused = ask(second, get(shop.origin.authority(), "/", handshake));
  CHECK(refused.status() == 503);
  CHECK(refused.field("Connection") == "keep-alive");
  second.send(get(shop.origin.authority()));
  auto plain = shop.origin.accept();
  plain.read_head();
  plain.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  CHECK(read_response(second).status() == 200);
}

TEST_CASE("quotas: new tunnels of a second", "[quotas]") {
  const auto place = GENERATE(every_place());
  CAPTURE(place.name);
  Shop shop(place.limit("tunnels_per_second = 3"));
  const auto begun = Clock::now();
  int made = 0;
  Response refused;
  for (int i = 0; i < 200 && refused.status() == 0; ++i) {
    auto client = shop.proxy.connect();
    auto response = shop.connect(client);
    if (response.status() == 200) ++made;
    if (response.status() != 200) refused = std::move(response);
  }
  const auto seconds = std::chrono::duration<double>(Clock::now() - begun).count();
  CHECK(refused.status() == place.status);
  CHECK(refused.field("Retry-After") == "1");
  CHECK(refused.field("Proxy-Status").contains("new tunnels a second"));
  CHECK(made >= 3);
  CHECK(made <= 3 + 3 * seconds + 1);
  CHECK(soon([&] { return shop.status() == 200; }));
}

TEST_CASE("quotas: bytes of a second hold for a tunnel, whichever way", "[quotas]") {
  const auto place = GENERATE(every_place());
  const bool up = GENERATE(true, false);
  CAPTURE(place.name, up);
  Shop shop(place.limit("bytes_per_second = \"256KiB\""));
  auto client = shop.proxy.connect();
  REQUIRE(shop.connect(client).status() == 200);
  auto server = shop.origin.accept();
  const auto took = time_to_move(up ? client : server, up ? server : client, 512 * KiB);
  CHECK(took > 700ms);  // a second's worth may come at once
  CHECK(took < 4s);
}

TEST_CASE("quotas: bytes of a second hold for a WebSocket, and for bodies", "[quotas]") {
  const std::string how = GENERATE("upgrade", "request", "response");
  CAPTURE(how);
  Shop shop(allow_local + std::string("limits = { bytes_per_second = \"128KiB\" }\n"));
  auto client = shop.proxy.connect();
  const auto length = "Content-Length: " + std::to_string(256 * KiB) + "\r\n";
  if (how == "request") {
    client.send("POST http://" + shop.origin.authority() + "/ HTTP/1.1\r\nHost: x\r\n" + length +
                "\r\n");
  } else {
    client.send(get(shop.origin.authority(), "/", how == "upgrade" ? handshake : ""));
  }
  auto server = shop.origin.accept();
  server.read_head();
  if (how == "upgrade") server.send(switched);
  if (how == "response") server.send("HTTP/1.1 200 OK\r\n" + length + "\r\n");
  if (how != "request") client.read_head();
  auto& from = how == "request" ? client : server;
  auto& to = how == "request" ? server : client;
  const auto took = time_to_move(from, to, 256 * KiB);
  CHECK(took > 700ms);
  CHECK(took < 4s);
}

TEST_CASE("quotas: two tunnels of a client share its bytes", "[quotas]") {
  Shop shop(Place{"client", 429}.limit("bytes_per_second = \"256KiB\""));
  std::vector<Peer> clients;
  std::vector<Peer> servers;
  for (int i = 0; i < 2; ++i) {
    clients.push_back(shop.proxy.connect());
    REQUIRE(shop.connect(clients.back()).status() == 200);
    servers.push_back(shop.origin.accept());
  }
  const auto begun = Clock::now();
  const auto first = send_later(clients[0], 256 * KiB);
  const auto second = send_later(clients[1], 256 * KiB);
  for (auto& server : servers) server.read_exactly(256 * KiB);
  CHECK(Clock::now() - begun > 700ms);
}

TEST_CASE("quotas: a day's bytes end tunnels, and then all else is refused", "[quotas]") {
  const auto place = GENERATE(every_place());
  CAPTURE(place.name);
  Shop shop(place.limit("bytes_per_day = \"64KiB\""));
  auto client = shop.proxy.connect();
  REQUIRE(shop.connect(client).status() == 200);
  auto server = shop.origin.accept();
  auto idle = shop.proxy.connect();
  REQUIRE(shop.connect(idle).status() == 200);
  server.send(pattern(1, 0, 32 * KiB));
  CHECK(client.read_exactly(32 * KiB) == pattern(1, 0, 32 * KiB));
  server.send(pattern(1, 0, 64 * KiB));
  client.drain();
  const auto lines = shop.proxy.log(3);
  const auto closed =
      std::ranges::find_if(lines, [](const auto& line) { return line["event"] == "close"; });
  REQUIRE(closed != lines.end());
  CHECK((*closed)["closer"] == "bytes_per_day");
  CHECK((*closed)["error"] == "connection_limit_reached");

  for (const auto& request :
       {connect_to(shop.origin.authority(), alice), get(shop.origin.authority(), "/", alice)}) {
    auto later = shop.proxy.connect();
    const auto response = ask(later, request);
    CHECK(response.status() == place.status);
    CHECK(std::stoi(response.field("Retry-After")) > 1);
    CHECK(response.field("Proxy-Status").contains("bytes a day"));
  }
  idle.send("x");  // the next byte of one that was open is one too many
  idle.drain();
  CHECK(shop.proxy.log(6).size() == 6);
}

TEST_CASE("quotas: a reload's quotas hold at once", "[quotas]") {
  const auto place = GENERATE(every_place());
  CAPTURE(place.name);
  SECTION("for tunnels") {
    Shop shop(place.limit("tunnels = 1"));
    auto first = shop.proxy.connect();
    REQUIRE(shop.connect(first).status() == 200);
    auto server = shop.origin.accept();
    CHECK(shop.status() == place.status);
    REQUIRE(shop.reload(place.limit("tunnels = 2")) == "");
    CHECK(soon([&] { return shop.status() == 200; }));
    REQUIRE(shop.reload(place.limit("tunnels = 1")) == "");
    CHECK(soon([&] { return shop.status() == place.status; }));
    first.send("x");  // who is in stays in
    CHECK(server.read_exactly(1) == "x");
  }
  SECTION("for bytes a second of open tunnels") {
    Shop shop(place.limit("bytes_per_second = \"16KiB\""));
    auto client = shop.proxy.connect();
    REQUIRE(shop.connect(client).status() == 200);
    auto server = shop.origin.accept();
    REQUIRE(shop.reload(place.limit("bytes_per_second = \"100MiB\"")) == "");
    CHECK(time_to_move(client, server, 512 * KiB) < 4s);
  }
  SECTION("for a day's bytes of open tunnels") {
    Shop shop(place.limit("bytes_per_day = \"1MiB\""));
    auto client = shop.proxy.connect();
    REQUIRE(shop.connect(client).status() == 200);
    auto server = shop.origin.accept();
    client.send(std::string(64 * KiB, 'x'));
    server.read_exactly(64 * KiB);
    REQUIRE(shop.reload(place.limit("bytes_per_day = \"32KiB\"")) == "");
    client.send("x");
    client.drain();
    CHECK(shop.proxy.log(2).at(1)["closer"] == "bytes_per_day");
  }
}

TEST_CASE("quotas: tunnels that move nothing take nothing from others", "[quotas]") {
  Shop shop(allow_local + std::string("limits = { bytes_per_second = \"64KiB\" }\n"));
  auto busy = shop.proxy.connect();
  REQUIRE(shop.connect(busy).status() == 200);
  auto server = shop.origin.accept();
  const auto sent = send_later(busy, 96 * KiB);  // from now on something is owed
  CHECK(server.read_exactly(64 * KiB) == pattern(1, 0, 64 * KiB));
  for (int i = 0; i < 100; ++i) {
    auto empty = shop.proxy.connect();
    REQUIRE(shop.connect(empty).status() == 200);
    shop.origin.accept();
  }
  CHECK(server.read_exactly(32 * KiB) == pattern(1, 64 * KiB, 32 * KiB));
  auto late = shop.proxy.connect();
  REQUIRE(shop.connect(late).status() == 200);
  auto far = shop.origin.accept();
  const auto begun = Clock::now();
  late.send("x");
  CHECK(far.read_exactly(1) == "x");
  CHECK(Clock::now() - begun < 2s);  // a slice for each of the hundred would be 3 s more
}

TEST_CASE("quotas: interim answers count as well", "[quotas]") {
  Shop shop(allow_local + std::string("limits = { bytes_per_day = \"64KiB\" }\n"));
  auto client = shop.proxy.connect();
  client.send(get(shop.origin.authority()));
  auto server = shop.origin.accept();
  server.read_head();
  const std::string early =
      "HTTP/1.1 103 Early Hints\r\nLink: " + std::string(8 * KiB, 'a') + "\r\n\r\n";
  for (int i = 0; i < 9; ++i) server.send(early);
  client.drain();
  CHECK(shop.proxy.log(1).at(0)["closer"] == "bytes_per_day");
  auto later = shop.proxy.connect();
  CHECK(ask(later, get(shop.origin.authority())).status() == 503);
}

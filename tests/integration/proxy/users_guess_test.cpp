// SPDX-License-Identifier: Apache-2.0
// Whoever guesses is slowed, and whoever is checked slowly slows nobody else.
#include <catch2/catch.hpp>

#include "auth/guard.hpp"
#include "support/hop.hpp"
#include "support/users.hpp"
#include "unit/auth/hashes.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

const std::string staff = allow_only("users = [\"*\"]");

// "open sesame", some 1.5 s.
constexpr const char* bcrypt_cost_14 =
    "$2b$14$abcdefghijklmnopqrstuuZZVux0kxY8OIwJAC7j70pUMvFzeHtu.";

/// A proxy of one worker with a hash for alice that takes its time.
struct Slow {
  explicit Slow(const char* hash) {
    users.rehash_alice(hash);
    proxy = std::make_unique<Proxy>("workers = 1\n" + users.auth() + staff);
    client = proxy->connect();
  }
  UserFiles users;
  Origin origin;
  std::unique_ptr<Proxy> proxy;
  Peer client{-1};
};

}  // namespace

TEST_CASE("users: behind five wrong guesses a client has to wait, and no other", "[users]") {
  const auto wrong =
      GENERATE(values<std::string>({not_alice, bearer("guess"), basic("nobody", "guess")}));
  const UserFiles users;
  Origin origin;
  Proxy proxy(users.auth() + staff);
  const auto asks = [&](Peer client, const std::string& fields) {
    return ask(client, connect_to(origin.authority(), fields));
  };
  CHECK(asks(proxy.connect(), alice).status() == 200);
  for (int i = 0; i < culvert::auth::Guard::free_failures; ++i) {
    CHECK(asks(proxy.connect(), wrong).status() == 407);
  }
  const auto slowed = asks(proxy.connect(), wrong);
  CHECK(slowed.status() == 429);
  CHECK(slowed.field("Retry-After") == "1");
  CHECK(slowed.field("Connection") == "close");
  CHECK(slowed.field("Proxy-Authenticate").empty());
  CHECK(slowed.field("Proxy-Status").contains("error=http_request_denied"));
  CHECK(asks(proxy.connect(), guest).status() == 429);  // right, and nobody looks
  CHECK(asks(proxy.connect(), alice).status() == 200);  // proved a moment ago
  CHECK(asks(proxy.connect(), "").status() == 407);
  CHECK(asks(Peer::from("127.0.0.2", proxy.endpoint()), guest).status() == 200);
  CHECK(asks(Peer::from("127.0.0.2", proxy.endpoint()), not_alice).status() == 407);
}

TEST_CASE("users: a slow check holds up no other client", "[users]") {
  Slow slow(bcrypt_cost_12);
  auto other = Peer::from("127.0.0.2", slow.proxy->endpoint());
  CHECK(ask(other, connect_to(slow.origin.authority(), guest)).status() == 200);
  auto server = slow.origin.accept();

  slow.client.send(connect_to(slow.origin.authority(), alice));
  const auto begun = Clock::now();
  int trips = 0;
  while (slow.client.silent_for(0ms)) {
    other.send("x");
    REQUIRE(server.read_exactly(1) == "x");
    server.send("y");
    REQUIRE(other.read_exactly(1) == "y");
    ++trips;
  }
  CHECK(Clock::now() - begun > 100ms);
  CHECK(slow.client.read_head().starts_with("HTTP/1.1 200 "));
  CHECK(trips > 5);  // a worker that waits for the check has one
}

TEST_CASE("users: who waits for a check is ended at once by a stop", "[users]") {
  Slow slow(bcrypt_cost_14);
  slow.client.send(connect_to(slow.origin.authority(), alice));
  slow.proxy->catch_up();
  slow.proxy->server().stop();
  CHECK(slow.proxy->ended_within(1s));
  slow.client.drain();
  const auto lines = slow.proxy->final_log();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["closer"] == "shutdown");
}

TEST_CASE("users: who waits for a check is served while the server drains", "[users]") {
  Slow slow(bcrypt_cost_12);
  slow.client.send(get(slow.origin.authority(), "/", alice));
  slow.proxy->catch_up();
  slow.proxy->server().drain();
  auto server = slow.origin.accept();
  server.read_head();
  server.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  const auto response = read_response(slow.client);
  CHECK(response.body == "ok");
  CHECK(response.field("Connection") == "close");
  CHECK(slow.client.ends_here());
  CHECK(slow.proxy->ended_within(Peer::patience));
}

TEST_CASE("users: a client that goes during its check leaves nothing behind", "[users]") {
  Slow slow(bcrypt_cost_12);
  slow.client.send(connect_to(slow.origin.authority(), alice));
  slow.proxy->catch_up();
  slow.client.reset();
  const auto lines = slow.proxy->log(1);
  REQUIRE(!lines.empty());
  CHECK(lines[0]["closer"] == "client");
  auto again = slow.proxy->connect();
  CHECK(ask(again, connect_to(slow.origin.authority(), alice)).status() == 200);
}

// SPDX-License-Identifier: Apache-2.0
// What the pool knows without being told: between two turns of the loop no hint comes.
#include "proxy/pool.hpp"

#include <array>

#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>

using namespace culvert;
using namespace culvert::proxy;

namespace {

struct Nobody final : net::Watcher {
  void on_ready(int /*descriptor*/, std::uint8_t /*hints*/) override {}
};

/// A pool with one connection in it.
struct Kept {
  net::Loop loop;
  Nobody nobody;
  std::shared_ptr<const config::Config> config = std::make_shared<config::Config>();
  Pool pool{loop};
  Route route{.origin = {.host = Host::parse("a.test").value(), .port = Port::of(80)}};
  int origin = -1;

  Kept() {
    pool.use(config);
    std::array<int, 2> ends{};
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
    origin = ends[1];
    loop.watch(ends[0], nobody);
    pool.keep(std::make_unique<Upstream>(loop, net::Descriptor(ends[0]), route,
                                         Address::v4(0x7f000001), config));
    REQUIRE(pool.size() == 1);
  }
  ~Kept() {
    if (origin >= 0) close(origin);
  }
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;
};

bool anywhere(const Address& /*address*/) {
  return true;
}

}  // namespace

TEST_CASE("pool: what waits quietly is taken once", "[pool]") {
  Kept kept;
  CHECK(kept.pool.take(kept.route, anywhere) != nullptr);
  CHECK(kept.pool.take(kept.route, anywhere) == nullptr);
  CHECK(kept.pool.size() == 0);
}

TEST_CASE("pool: what has spoken or ended in this very turn is not taken", "[pool]") {
  Kept kept;
  if (GENERATE(true, false)) {
    CHECK(write(kept.origin, "x", 1) == 1);
  } else {
    close(kept.origin);
    kept.origin = -1;
  }
  CHECK(kept.pool.take(kept.route, anywhere) == nullptr);
  CHECK(kept.pool.size() == 0);
}

TEST_CASE("pool: only its own route's connection is taken", "[pool]") {
  Kept kept;
  auto tls = kept.route;
  tls.tls = true;
  const policy::Rule rule;
  auto ruled = kept.route;
  ruled.rule = &rule;
  CHECK(kept.pool.take(tls, anywhere) == nullptr);
  CHECK(kept.pool.take(ruled, anywhere) == nullptr);
  CHECK(kept.pool.size() == 1);
}

TEST_CASE("pool: what leads where one may not go is left for others", "[pool]") {
  Kept kept;
  const auto not_there = [](const Address& address) { return address != Address::v4(0x7f000001); };
  CHECK(kept.pool.take(kept.route, not_there) == nullptr);
  CHECK(kept.pool.take(kept.route, anywhere) != nullptr);
}

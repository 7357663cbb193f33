// SPDX-License-Identifier: Apache-2.0
// What a tunnel does with bytes: all of them, unchanged, in order, and never too many at once.
#include <catch2/catch.hpp>

#include "support/http.hpp"
#include "support/pattern.hpp"
#include "support/proxy.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t MiB = 1UL << 20;

}  // namespace

TEST_CASE("tunnel: bulk in both directions at once arrives intact", "[tunnel]") {
  Origin origin;
  Proxy proxy;
  auto client = proxy.tunnel(origin.authority());
  auto server = origin.accept();
  const auto up = send_pattern(client, 1, 64 * MiB);
  const auto down = send_pattern(server, 2, 64 * MiB);
  auto received = std::async(std::launch::async, [&] { return read_pattern(server, 1, 64 * MiB); });
  CHECK(read_pattern(client, 2, 64 * MiB) == "");
  CHECK(received.get() == "");
  const auto lines = proxy.log(2);
  CHECK(lines.at(1)["bytes_up"] == 64 * MiB);
  CHECK(lines.at(1)["bytes_down"] == 64 * MiB);
}

TEST_CASE("tunnel: many at once move bulk without mixing it", "[tunnel]") {
  Origin origin;
  const Proxy proxy;
  std::vector<std::future<std::string>> all;
  for (std::uint64_t seed = 1; seed <= 24; ++seed) {
    auto client = proxy.tunnel(origin.authority());
    all.push_back(std::async(
        std::launch::async, [client = std::move(client), server = origin.accept(), seed]() mutable {
          const auto sending = send_pattern(server, seed << 32, 4 * MiB);
          return read_pattern(client, seed << 32, 4 * MiB);
        }));
  }
  for (auto& one : all) CHECK(one.get() == "");
}

TEST_CASE("tunnel: bulk that pauses, dribbles and goes on arrives intact", "[tunnel]") {
  Origin origin;
  const Proxy proxy;
  auto client = proxy.tunnel(origin.authority());
  auto server = origin.accept();
  std::size_t offset = 0;
  for (const std::size_t bytes : {500'000UL, 1UL, 16384UL, 16384UL, 16384UL, 3UL, 700'000UL, 2UL}) {
    const auto piece = pattern(3, offset, bytes);
    auto sending = std::async(std::launch::async, [&] { server.send(piece); });
    CHECK(client.read_exactly(bytes) == piece);
    sending.get();
    offset += bytes;
  }
}

TEST_CASE("tunnel: single bytes go to and fro", "[tunnel]") {
  Origin origin;
  const Proxy proxy;
  auto client = proxy.tunnel(origin.authority());
  auto server = origin.accept();
  for (int i = 0; i < 500; ++i) {
    const auto byte = pattern(4, static_cast<std::size_t>(i), 1);
    client.send(byte);
    REQUIRE(server.read_exactly(1) == byte);
    server.send(byte);
    REQUIRE(client.read_exactly(1) == byte);
  }
}

TEST_CASE("tunnel: a fast origin and a client that does not read hold a bounded buffer",
          "[tunnel]") {
  Origin origin;
  const Proxy proxy;
  auto client = proxy.tunnel(origin.authority(), 4096);
  auto server = origin.accept();
  const auto taken = server.send_until_blocked(64 * MiB);
  CHECK(taken < 16 * MiB);
  server.finish();
  const auto received = client.read_to_end();
  CHECK(received.size() == taken);
  CHECK(received.find_first_not_of('x') == std::string::npos);
}

TEST_CASE("tunnel: a fast client and an origin that does not read hold a bounded buffer",
          "[tunnel]") {
  Origin origin("127.0.0.1", 0, 4096);
  const Proxy proxy;
  auto client = proxy.tunnel(origin.authority());
  auto server = origin.accept();
  const auto taken = client.send_until_blocked(64 * MiB);
  CHECK(taken < 16 * MiB);
  client.finish();
  CHECK(server.read_to_end().size() == taken);
}

TEST_CASE("tunnel: a direction that stands still leaves the other one free", "[tunnel]") {
  Origin origin;
  const Proxy proxy;
  auto client = proxy.tunnel(origin.authority(), 4096);
  auto server = origin.accept();
  const auto taken = server.send_until_blocked(64 * MiB);
  client.send("still here");
  CHECK(server.read_exactly(10) == "still here");
  CHECK(client.read_exactly(taken).size() == taken);
}

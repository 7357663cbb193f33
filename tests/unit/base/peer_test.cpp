// SPDX-License-Identifier: Apache-2.0
#include "base/peer.hpp"

#include <catch2/catch.hpp>

using namespace culvert;

TEST_CASE("peer: over TCP it is an endpoint, and nobody", "[peer]") {
  const Endpoint endpoint{.address = Address::v4(0xc0000201), .port = 50000};
  const Peer peer(endpoint);
  CHECK(peer.text() == "192.0.2.1:50000");
  CHECK(peer.identity().empty());
  REQUIRE(peer.address() != nullptr);
  CHECK(*peer.address() == endpoint.address);
  CHECK(peer.local_user() == nullptr);
}

TEST_CASE("peer: over a Unix socket it is a user, and has no address", "[peer]") {
  auto [uid, text, identity] = GENERATE(table<std::uint32_t, const char*, const char*>({
      {0, "unix:uid=0", "uid:0"},
      {1000, "unix:uid=1000", "uid:1000"},
      {4294967294U, "unix:uid=4294967294", "uid:4294967294"},
  }));
  const Peer peer(LocalUser{uid});
  CHECK(peer.text() == text);
  CHECK(peer.identity() == identity);
  CHECK(peer.address() == nullptr);
  CHECK(peer.endpoint() == nullptr);
  REQUIRE(peer.local_user() != nullptr);
  CHECK(peer.local_user()->uid == uid);
}

TEST_CASE("peer: a user is no endpoint, and takes no more room than one needs", "[peer]") {
  CHECK_FALSE(Peer(LocalUser{0}) == Peer());
  CHECK(Peer(LocalUser{7}) == Peer(LocalUser{7}));
  CHECK_FALSE(Peer(LocalUser{7}) == Peer(LocalUser{8}));
  CHECK(sizeof(Peer) == sizeof(Endpoint) + 4);
}

// SPDX-License-Identifier: Apache-2.0
#include "base/client.hpp"

#include <catch2/catch.hpp>

using namespace culvert;

namespace {

Client at(const char* address, std::uint16_t port = 1) {
  return Client(Endpoint{.address = Address::parse(address).value(), .port = port});
}

}  // namespace

TEST_CASE("client: an IPv4 address is one client, whatever the port", "[client]") {
  CHECK(at("192.0.2.1", 1) == at("192.0.2.1", 2));
  CHECK(at("192.0.2.1") != at("192.0.2.2"));
  CHECK(at("192.0.2.1").text() == "192.0.2.1");
  CHECK(at("::ffff:192.0.2.1") == at("192.0.2.1"));
}

TEST_CASE("client: a /64 of IPv6 is one client", "[client]") {
  CHECK(at("2001:db8:1:2::1") == at("2001:db8:1:2:ffff::"));
  CHECK(at("2001:db8:1:2::1") != at("2001:db8:1:3::1"));
  CHECK(at("2001:db8:1:2:3:4:5:6").text() == "2001:db8:1:2::/64");
}

TEST_CASE("client: over a Unix socket it is the user, who is at no address", "[client]") {
  CHECK(Client(LocalUser{1000}) == Client(LocalUser{1000}));
  CHECK(Client(LocalUser{1000}) != Client(LocalUser{0}));
  CHECK(Client(LocalUser{0}) != at("0.0.0.0"));
  CHECK(Client(LocalUser{1000}).text() == "uid:1000");
}

// SPDX-License-Identifier: Apache-2.0
#include "net/own_address.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>

#include "net/socket_address.hpp"

using namespace culvert;
using namespace culvert::net;

namespace {

Address address(const char* text) {
  return Address::parse(text).value();
}

/// Where this machine would connect to `there` from; asks nobody.
Address source_towards(const char* there) {
  const SocketAddress to({.address = address(there), .port = 9});
  const int socket = ::socket(to.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const bool routed = connect(socket, to.data(), to.size()) == 0;
  const auto own = local_endpoint(socket).address;
  close(socket);
  return routed ? own : address("127.0.0.1");
}

}  // namespace

TEST_CASE("own address: all of loopback is here", "[own_address]") {
  const auto* text = GENERATE("127.0.0.1", "127.0.0.2", "127.255.255.254", "::1");
  CAPTURE(text);
  CHECK(is_own_address(address(text)));
}

TEST_CASE("own address: what an interface has is here", "[own_address]") {
  CHECK(is_own_address(source_towards("192.0.2.1")));
  CHECK(is_own_address(source_towards("2001:db8::1")));
}

TEST_CASE("own address: what no interface has is elsewhere", "[own_address]") {
  const auto* text = GENERATE("192.0.2.1", "198.51.100.7", "2001:db8::1", "255.255.255.255");
  CAPTURE(text);
  CHECK_FALSE(is_own_address(address(text)));
}

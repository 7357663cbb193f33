// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <culvert/address.hpp>

using namespace culvert;

TEST_CASE("address: what is not the public Internet is private", "[address]") {
  const auto* text =
      GENERATE("0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255",
               "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255",
               "192.0.0.8", "192.0.2.7", "192.168.1.1", "198.18.0.1", "198.19.255.255",
               "198.51.100.1", "203.0.113.9", "224.0.0.1", "240.0.0.1", "255.255.255.255",
               "::", "::1", "::127.0.0.1", "::ffff:10.0.0.1", "fc00::1", "fd12:3456::1", "fe80::1",
               "fec0::1", "ff02::1", "2001:db8::1", "64:ff9b::169.254.169.254", "64:ff9b:1::1",
               "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001::1", "100::1", "4000::1",
               "64:ff9b::", "2002::", "64:ff9b:1::8.8.8.8", "::8.8.8.8", "::ffff:0:8.8.8.8",
               "fe80::5efe:8.8.8.8", "2606:4700::5efe:10.0.0.1", "2606:4700::200:5efe:127.0.0.1");
  CAPTURE(text);
  auto address = Address::parse(text);
  REQUIRE(address);
  CHECK(is_private(*address));
}

TEST_CASE("address: the public Internet is not private", "[address]") {
  const auto* text =
      GENERATE("1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.0",
               "126.255.255.255", "128.0.0.1", "169.253.255.255", "169.255.0.0", "172.15.255.255",
               "172.32.0.0", "192.167.255.255", "192.169.0.0", "223.255.255.255", "2606:4700::1111",
               "2a00::1", "64:ff9b::8.8.8.8", "2002:808:808::1", "::ffff:8.8.8.8",
               "2606:4700::5efe:8.8.8.8", "2606:4700::200:5efe:8.8.8.8");
  CAPTURE(text);
  auto address = Address::parse(text);
  REQUIRE(address);
  CHECK_FALSE(is_private(*address));
}

TEST_CASE("network: contains what lies in the block", "[address]") {
  auto [block, inside, outside] = GENERATE(table<const char*, const char*, const char*>({
      {"10.0.0.0/8", "10.255.0.1", "11.0.0.0"},
      {"192.0.2.1", "192.0.2.1", "192.0.2.2"},
      {"192.0.2.128/25", "192.0.2.200", "192.0.2.127"},
      {"0.0.0.0/0", "255.1.1.1", "::1"},
      {"::/0", "2001:db8::1", "1.2.3.4"},
      {"2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1"},
      {"::ffff:10.0.0.0/104", "10.1.2.3", "11.0.0.1"},
      {"::ffff:10.0.0.0/104", "::ffff:10.1.2.3", "::a01:203"},
  }));
  CAPTURE(block);
  auto network = Network::parse(block);
  REQUIRE(network);
  CHECK(network->contains(*Address::parse(inside)));
  CHECK_FALSE(network->contains(*Address::parse(outside)));
}

TEST_CASE("network: text that is no block is refused", "[address]") {
  const auto* text = GENERATE("", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
                              "10.0.0.0/08x", "10.0.0.1/8", "2001:db8::1/32", "::/129", "10/8",
                              "host/8", "010.0.0.0/8", "::ffff:10.0.0.0/95", "[::1]");
  CAPTURE(text);
  CHECK_FALSE(Network::parse(text));
}

TEST_CASE("address: what makes it private has a name", "[address]") {
  auto [text, name] = GENERATE(table<const char*, const char*>({
      {"127.0.0.1", "loopback"},
      {"::1", "loopback"},
      {"::", "unspecified"},
      {"10.1.2.3", "private (RFC 1918)"},
      {"169.254.169.254", "link-local, cloud metadata"},
      {"100.64.0.1", "carrier-grade NAT"},
      {"fd00::1", "unique-local"},
      {"fe80::1", "link-local"},
      {"ff02::1", "multicast"},
      {"::7f00:1", "IPv4-compatible"},
      {"64:ff9b::7f00:1", "loopback"},
      {"64:ff9b:1::1", "local NAT64"},
      {"64:ff9b:1::a00:1", "local NAT64"},
      {"2002:a00:1::", "private (RFC 1918)"},
      {"2606:4700::5efe:a00:1", "private (RFC 1918)"},
      {"2001:db8::1", "documentation"},
      {"2001::1", "protocol assignments"},
      {"4000::1", "not global unicast"},
      {"1.1.1.1", ""},
      {"2606:4700::1111", ""},
  }));
  CAPTURE(text);
  CHECK(private_block(Address::parse(text).value()) == name);
}

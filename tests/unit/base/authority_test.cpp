// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <catch2/catch.hpp>
#include <culvert/authority.hpp>
#include <culvert/error.hpp>

using namespace culvert;

TEST_CASE("authority: host and port are read from a CONNECT target", "[authority]") {
  auto [text, host, port] = GENERATE(table<const char*, const char*, int>({
      {"example.com:443", "example.com", 443},
      {"EXAMPLE.com.:443", "example.com", 443},  // one spelling, so that rules match
      {"a_b.example:1", "a_b.example", 1},
      {"[2001:db8::1]:8443", "[2001:db8::1]", 8443},
      {"[2001:DB8:0::1]:65535", "[2001:db8::1]", 65535},
      {"192.0.2.1:80", "192.0.2.1", 80},
      {"host:00080", "host", 80},
  }));
  CAPTURE(text);
  auto read = Authority::parse(text);
  REQUIRE(read);
  CHECK(read->host.text() == host);
  CHECK(read->port.number() == port);
}

TEST_CASE("authority: an address in any spelling is that address", "[authority]") {
  auto [text, address] = GENERATE(table<const char*, const char*>({
      {"127.0.0.1", "127.0.0.1"},
      {"127.1", "127.0.0.1"},
      {"127.0.1", "127.0.0.1"},
      {"2130706433", "127.0.0.1"},
      {"0x7f.0.0.1", "127.0.0.1"},
      {"0X7F000001", "127.0.0.1"},
      {"0177.0.0.01", "127.0.0.1"},
      {"127.0.0.1.", "127.0.0.1"},
      {"0", "0.0.0.0"},
      {"0x", "0.0.0.0"},
      {"[::ffff:127.0.0.1]", "127.0.0.1"},
      {"[::ffff:7f00:1]", "127.0.0.1"},
      {"[0:0:0:0:0:0:0:1]", "::1"},
  }));
  CAPTURE(text);
  auto host = Host::parse(text);
  REQUIRE(host);
  REQUIRE(host->is_address());
  CHECK(host->address().text() == address);
}

TEST_CASE("authority: what is not exactly host and port is refused", "[authority]") {
  const auto* text = GENERATE(
      "", ":", ":443", "host", "host:", "host:0", "host:65536", "host:+1", "host:-1", "host: 443",
      "host:443 ", "host:4a", "user@host:443", "host:443/path", "host:443?q", "[::1]", "[::1:443",
      "::1:443", "[::1]443", "[::1%lo]:80", "[127.0.0.1]:80", "[]:80", "a..b:80", ".a:80", "a b:80",
      "h%6fst:80", "h\xc3\xb6st:80", "1.2.3.4.5:80", "256.1.1.1:80", "1.2.3.0x:80x", "foo.0x7f:80",
      "foo.1:80", "09.1.1.1:80", "4294967296:80", "a:b:80", "host:000080", "1.2.3.08:80");
  CAPTURE(text);
  CHECK_FALSE(Authority::parse(text));
}

TEST_CASE("authority: labels have 1 to 63 bytes and names at most 253", "[authority]") {
  const std::string label(63, 'a');
  CHECK(Host::parse(label));
  CHECK_FALSE(Host::parse(label + "a"));
  const std::string longest = label + "." + label + "." + label + "." + std::string(61, 'b');
  CHECK(longest.size() == 253);
  CHECK(Host::parse(longest));
  CHECK(Host::parse(longest + "."));
  CHECK_FALSE(Host::parse(longest + "b"));
}

TEST_CASE("authority: without a port the scheme's is taken", "[authority]") {
  CHECK(Authority::parse("host", Port::of(80))->text() == "host:80");
  CHECK(Authority::parse("host:", Port::of(80))->text() == "host:80");
  CHECK(Authority::parse("host:81", Port::of(80))->text() == "host:81");
  CHECK(Authority::parse("[::1]", Port::of(80))->text() == "[::1]:80");
  CHECK_FALSE(Authority::parse("", Port::of(80)));
}

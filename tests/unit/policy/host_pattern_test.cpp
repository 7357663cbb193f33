// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <culvert/error.hpp>
#include <culvert/policy.hpp>

using namespace culvert;
using policy::HostPattern;

TEST_CASE("host pattern: matches the hosts that it names", "[policy]") {
  auto [pattern, host] = GENERATE(table<const char*, const char*>({
      {"example.com", "example.com"},
      {"example.com", "EXAMPLE.com."},
      {"Example.COM.", "example.com"},
      {"*.example.com", "www.example.com"},
      {"*.example.com", "a.b.example.com"},
      {"*.Example.com.", "www.example.com"},
      {".example.com", "example.com"},
      {".example.com", "a.b.example.com"},
      {".example.com", "WWW.EXAMPLE.COM."},
      {"*.com", "example.com"},
      {"localhost", "localhost"},
      {"*", "example.com"},
      {"*", "192.0.2.1"},
      {"*", "[2001:db8::1]"},
      {"127.0.0.1", "127.0.0.1"},
      {"127.0.0.1", "127.1"},
      {"127.0.0.1", "2130706433"},
      {"127.0.0.1", "0x7f.0.0.1"},
      {"127.0.0.1", "0177.0.0.1"},
      {"127.0.0.1", "[::ffff:127.0.0.1]"},
      {"0x7f000001", "127.0.0.1"},
      {"::ffff:127.0.0.1", "127.0.0.1"},
      {"10.0.0.0/8", "10.255.0.1"},
      {"10.0.0.0/8", "012.0.0.1"},
      {"2001:db8::1", "[2001:DB8:0::1]"},
      {"[2001:db8::1]", "[2001:db8::1]"},
      {"2001:db8::/32", "[2001:db8:ffff::1]"},
      {"::/0", "[::1]"},
      {"b\u00fc"
       "cher.example",
       "XN--BCHER-KVA.example"},
      {"*.b\u00fc"
       "cher.example",
       "www.Xn--Bcher-Kva.Example."},
      {"fa\u00df.example", "xn--fa-hia.example"},
  }));
  CAPTURE(pattern, host);
  const auto read = HostPattern::parse(pattern);
  REQUIRE(read);
  CHECK(read->matches(*Host::parse(host)));
}

TEST_CASE("host pattern: a host that only looks alike does not match", "[policy]") {
  auto [pattern, host] = GENERATE(table<const char*, const char*>({
      {"example.com", "www.example.com"},
      {"example.com", "example.com.evil.test"},
      {"example.com", "evil-example.com"},
      {"example.com", "example.co"},
      {"*.example.com", "example.com"},
      {"*.example.com", "evil-example.com"},
      {"*.example.com", "example.com.evil.test"},
      {".example.com", "evil-example.com"},
      {".example.com", "evilexample.com"},
      {".example.com", "example.com.evil.test"},
      {".example.com", "com"},
      {"*.com", "com"},
      {"127.0.0.1", "127.0.0.2"},
      {"127.0.0.1", "127.0.0.1.example.com"},
      {"10.0.0.0/8", "11.0.0.0"},
      {"10.0.0.0/8", "10.example.com"},
      {"0.0.0.0/0", "example.com"},
      {"0.0.0.0/0", "[::1]"},
      {"::/0", "127.0.0.1"},
      {"xn--bcher-kva.example", "bcher-kva.example"},
      {"b\u00fc"
       "cher.example",
       "bucher.example"},
      {"\u0430pple.example", "apple.example"},  // the first letter is Cyrillic
      {"fa\u00df.example", "fass.example"},
  }));
  CAPTURE(pattern, host);
  const auto read = HostPattern::parse(pattern);
  REQUIRE(read);
  CHECK_FALSE(read->matches(*Host::parse(host)));
}

TEST_CASE("host pattern: only networks match an address", "[policy]") {
  auto [pattern, matches] = GENERATE(table<const char*, bool>({
      {"192.0.2.1", true},
      {"192.0.2.0/24", true},
      {"0.0.0.0/0", true},
      {"192.0.2.2", false},
      {"::/0", false},
      {"*", false},
      {"example.com", false},
  }));
  CAPTURE(pattern);
  CHECK(HostPattern::parse(pattern)->matches(*Address::parse("192.0.2.1")) == matches);
}

TEST_CASE("host pattern: is written back in its one spelling", "[policy]") {
  auto [pattern, text] = GENERATE(table<const char*, const char*>({
      {"Example.COM.", "example.com"},
      {"*.Example.com", "*.example.com"},
      {".EXAMPLE.com.", ".example.com"},
      {"*", "*"},
      {"0x7f.1", "127.0.0.1"},
      {"[2001:DB8::1]", "2001:db8::1"},
      {"10.0.0.0/8", "10.0.0.0/8"},
      {"b\u00fc"
       "cher.example",
       "xn--bcher-kva.example"},
      {"*.B\u00dc"
       "CHER.Example.",
       "*.xn--bcher-kva.example"},
      {".bu\u0308"
       "cher.example",
       ".xn--bcher-kva.example"},
      {"XN--BCHER-KVA.example", "xn--bcher-kva.example"},
      {"*.\u4f8b\u3002jp", "*.xn--fsq.jp"},
      {"_sip.b\u00fc"
       "cher.example",
       "_sip.xn--bcher-kva.example"},
      {"\uff11\uff12\uff17.1", "127.0.0.1"},
  }));
  CAPTURE(pattern);
  CHECK(HostPattern::parse(pattern)->text() == text);
}

TEST_CASE("host pattern: what names no host is refused", "[policy]") {
  auto [pattern, why] = GENERATE(table<const char*, Errc>({
      {"", Errc::bad_host},
      {".", Errc::bad_host},
      {"*.", Errc::bad_host},
      {"..example.com", Errc::bad_host},
      {"*example.com", Errc::bad_host},
      {"www.*.com", Errc::bad_host},
      {"*.*.com", Errc::bad_host},
      {"**", Errc::bad_host},
      {"*.10.0.0.1", Errc::bad_host},
      {".10", Errc::bad_host},
      {"*.[::1]", Errc::bad_host},
      {"exam ple.com", Errc::bad_host},
      {"user@example.com", Errc::bad_host},
      {"\u200b.example", Errc::bad_host},           // nothing is left of the first label
      {"\u3002example.com", Errc::bad_host},        // an ideographic full stop is no reach
      {"\uff0a.example.com", Errc::bad_host},       // nor is a full-width asterisk one
      {"\uff11\uff10.0.0.0/8", Errc::bad_network},  // nor full-width digits a network
      {"\u2100.example", Errc::bad_host},           // becomes a/c
      {"ex\uff05"
       "41mple.com",
       Errc::bad_host},  // becomes ex%41mple.com
      {"user\uff20example.com", Errc::bad_host},
      {"a\u200d"
       "b.example",
       Errc::bad_host},  // a joiner that joins nothing
      {"\u05d0\u05d1"
       "a.example",
       Errc::bad_host},  // both directions in one label
      {"xn--a.example", Errc::bad_host},
      {"*.xn--.example", Errc::bad_host},
      {"xn--fass-.example", Errc::bad_host},
      {"256.0.0.1", Errc::bad_host},
      {"[::1", Errc::bad_host},
      {"example.com:443", Errc::bad_network},
      {"https://example.com", Errc::bad_network},
      {"10.0.0.1/8", Errc::bad_network},
      {"10.0.0.0/33", Errc::bad_network},
      {"fe80::1%eth0", Errc::bad_network},
  }));
  CAPTURE(pattern);
  const auto read = HostPattern::parse(pattern);
  REQUIRE_FALSE(read);
  CHECK(read.error() == why);
}

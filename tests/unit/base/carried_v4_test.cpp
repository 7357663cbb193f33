// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include <catch2/catch.hpp>
#include <culvert/address.hpp>

using namespace culvert;

namespace {

/// All of them, in order, with a blank between two.
std::string carried_by(const char* text) {
  std::string all;
  for (const auto& one : carried_v4(Address::parse(text).value())) {
    all += (all.empty() ? "" : " ") + one.text();
  }
  return all;
}

}  // namespace

TEST_CASE("carried v4: an IPv6 address may carry an IPv4 one", "[address]") {
  auto [text, carried] = GENERATE(table<const char*, const char*>({
      {"64:ff9b::169.254.169.254", "169.254.169.254"},
      {"64:ff9b::0.0.0.0", "0.0.0.0"},
      {"2002:808:404::1", "8.8.4.4"},
      {"2002::1", "0.0.0.0"},
      {"::10.0.0.1", "10.0.0.1"},
      {"::ffff:0:10.0.0.1", "10.0.0.1"},
      {"fe80::5efe:10.0.0.1", "10.0.0.1"},
      {"fe80::200:5efe:8.8.8.8", "8.8.8.8"},
      {"2606:4700::5efe:a9fe:a9fe", "169.254.169.254"},
      {"2606:4700:1:2:200:5efe:a9fe:a9fe", "169.254.169.254"},
      {"2002:a00:1::5efe:10.0.0.2", "10.0.0.1 10.0.0.2"},
      // RFC 4380 §4: the server, then the client.
      {"2001:0:4136:e378:8000:63bf:3fff:fdd2", "65.54.227.120 192.0.2.45"},
  }));
  CAPTURE(text);
  CHECK(carried_by(text) == carried);
}

TEST_CASE("carried v4: behind a local NAT64 prefix it may stand in several places", "[address]") {
  auto [text, carried] = GENERATE(table<const char*, const char*>({
      {"64:ff9b:1::a00:1", "10.0.0.1"},                  // a prefix of 96 bits
      {"64:ff9b:1:a00:0:100::", "10.0.0.1"},             // 48
      {"64:ff9b:1:a:0:1::", "10.0.0.1"},                 // 56
      {"64:ff9b:1:0:a:0:100:0", "10.0.0.1"},             // 64
      {"64:ff9b:1:a9fe:a9:fe00::", "169.254.169.254"},   // 48
      {"64:ff9b:1:a00:ff00:1ff:ffff:ffff", "10.0.0.1"},  // whatever stands beside it
      {"64:ff9b:1:fe:a00:1:aff:2", "10.255.0.2"},
  }));
  CAPTURE(text);
  const auto found = carried_v4(Address::parse(text).value());
  CHECK(std::ranges::find(found, Address::parse(carried).value()) != found.end());
}

TEST_CASE("carried v4: most addresses carry none", "[address]") {
  const auto* text = GENERATE("8.8.8.8", "::", "::1", "::ffff:8.8.8.8", "2001:db8::8.8.8.8",
                              "64:ff9b:0:1::8.8.8.8", "64:ff9b:2::8.8.8.8", "2001:1::8.8.8.8",
                              "2606:4700::1111", "fe80::1", "2606:4700::100:5efe:a00:1",
                              "2606:4700::1:5efe:a00:1", "::1:0:a00:1", "64:ff9b:1::");
  CAPTURE(text);
  CHECK(carried_by(text) == "");
}

TEST_CASE("carried v4: a local NAT64 prefix of 96 bits is not taken for 0.0.0.0", "[address]") {
  CHECK(carried_by("64:ff9b:1::8.8.8.8") == "8.8.8.8");
}

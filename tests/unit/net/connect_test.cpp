// SPDX-License-Identifier: Apache-2.0
#include "net/connect.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace culvert;
using namespace culvert::net;

namespace {

/// The order of addresses, words apart by spaces, as such a text.
std::string order_of(const std::string& text) {
  std::vector<Address> addresses;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find(' ', at), text.size());
    addresses.push_back(*Address::parse(text.substr(at, end - at)));
    at = end + 1;
  }
  std::string ordered;
  for (const auto& address : in_connect_order(addresses)) {
    ordered += (ordered.empty() ? "" : " ") + address.text();
  }
  return ordered;
}

}  // namespace

TEST_CASE("connect order: the families take turns, IPv6 first", "[connect]") {
  auto [given, ordered] = GENERATE(table<const char*, const char*>({
      {"", ""},
      {"192.0.2.1", "192.0.2.1"},
      {"192.0.2.1 192.0.2.2", "192.0.2.1 192.0.2.2"},
      {"192.0.2.1 2001:db8::1", "2001:db8::1 192.0.2.1"},
      {"192.0.2.1 192.0.2.2 2001:db8::1 2001:db8::2",
       "2001:db8::1 192.0.2.1 2001:db8::2 192.0.2.2"},
      {"2001:db8::1 2001:db8::2 2001:db8::3 192.0.2.1",
       "2001:db8::1 192.0.2.1 2001:db8::2 2001:db8::3"},
      {"192.0.2.1 192.0.2.2 192.0.2.3 2001:db8::1", "2001:db8::1 192.0.2.1 192.0.2.2 192.0.2.3"},
  }));
  CAPTURE(given);
  CHECK(order_of(given) == ordered);
}

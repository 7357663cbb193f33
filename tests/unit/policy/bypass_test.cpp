// SPDX-License-Identifier: Apache-2.0
// What a hostile client tries, to get where no rule lets it or past one that stops it.
#include <string>

#include "unit/policy/rules.hpp"

using namespace culvert;
using namespace culvert::policy;
using namespace culvert::policy::testing;

namespace {

/// What comes of a target as it stands in a CONNECT, when the name resolves to a public address.
std::string try_target(const Policy& policy, const std::string& target) {
  const auto read = Authority::parse(target);
  if (!read) return "refused";
  const auto address = read->host.is_address() ? read->host.address().text() : "1.1.1.1";
  return ask(policy, Asked(target), address.c_str());
}

Policy allow_list() {
  auto rule = allow("list");
  rule.hosts = hosts({"example.com", "*.b\u00fccher.example", ".paypal.example", "8.8.8.8"});
  rule.ports = {{.first = 443, .last = 443}};
  return {{rule}, Action::deny};
}

Policy deny_list() {
  auto rest = allow("rest");
  rest.all_private = true;
  return {{deny("list", {".example.com", "*.b\u00fccher.example", "127.0.0.0/8", "0.0.0.0/8",
                         "::", "::1", "169.254.0.0/16"}),
           rest},
          Action::deny};
}

}  // namespace

TEST_CASE("bypass: what only looks like a host on the list is not allowed", "[policy]") {
  auto [target, said] = GENERATE(table<std::string, const char*>({
      {"example.com:443", "yes list"},
      {"EXAMPLE.com.:443", "yes list"},
      {"www.XN--BCHER-KVA.example:443", "yes list"},
      {"evilexample.com:443", "no default"},
      {"example.com.evil:443", "no default"},
      {"example.com.evil.test.:443", "no default"},
      {"www.example.com:443", "no default"},
      {"evilpaypal.example:443", "no default"},
      {"paypal.example.evil.test:443", "no default"},
      {"evil-paypal.example:443", "no default"},
      {"_paypal.example:443", "no default"},
      {"xn--bcher-kva.example:443", "no default"},  // it, and not below it
      {"bucher.example:443", "no default"},
      {"www.bucher.example:443", "no default"},
      {"www.bcher-kva.example:443", "no default"},
      {"xn--pypal-4ve.example:443", "no default"},  // with a Cyrillic letter
      {"example.com:80", "no default"},
      {"example.com:4430", "no default"},
      {"8.8.8.9:443", "no default"},
      {"8.8.8.8.example:443", "no default"},
      {"[64:ff9b::808:808]:443", "no default"},  // a network that is allowed is not looked into
      {"example.com..:443", "refused"},
      {".example.com:443", "refused"},
      {"example..com:443", "refused"},
      {"*.paypal.example:443", "refused"},
      {"example.com\u00ad:443", "refused"},
      {"ex\u00adample.com:443", "refused"},
      {"\uff45xample.com:443", "refused"},
      {"p\u0430ypal.example:443", "refused"},
      {"www.b\u00fccher.example:443", "refused"},
      {"example\u3002com:443", "refused"},
      {"evil.test@example.com:443", "refused"},
      {"example.com@evil.test:443", "refused"},
      {"example.com%00.evil.test:443", "refused"},
      {"example.com%2eevil.test:443", "refused"},
      {"%65xample.com:443", "refused"},
      {std::string("example.com\0.evil.test:443", 26), "refused"},
      {"example.com/.evil.test:443", "refused"},
      {"example.com#.evil.test:443", "refused"},
      {"example.com?.evil.test:443", "refused"},
      {"example.com\\.evil.test:443", "refused"},
      {"example.com .evil.test:443", "refused"},
      {"example.com,evil.test:443", "refused"},
      {"example.com:443:80", "refused"},
      {"example.com:443@evil.test:443", "refused"},
      {"example.com:+443", "refused"},
      {"example.com:65979", "refused"},  // 443 + 65536
      {"example.com:0", "refused"},
      {"example.com:", "refused"},
      {"example.com", "refused"},
      {"[example.com]:443", "refused"},
  }));
  CAPTURE(target);
  CHECK(try_target(allow_list(), target) == said);
}

TEST_CASE("bypass: no spelling of a host gets past a rule that denies it", "[policy]") {
  auto [target, said] = GENERATE(table<std::string, const char*>({
      {"other.test:443", "yes rest"},
      {"example.com:443", "no list"},
      {"Example.COM:443", "no list"},
      {"example.com.:443", "no list"},
      {"a.b.c.EXAMPLE.com.:443", "no list"},
      {"_x.example.com:443", "no list"},
      {"www.xn--bcher-kva.example:443", "no list"},
      {"www.Xn--BCHER-kva.EXAMPLE.:443", "no list"},
      {"127.0.0.1:443", "no list"},
      {"127.0.0.1.:443", "no list"},
      {"127.1:443", "no list"},
      {"127.0.1:443", "no list"},
      {"2130706433:443", "no list"},
      {"017700000001:443", "no list"},
      {"0177.0.0.01:443", "no list"},
      {"0x7f.0x0.0x0.0x1:443", "no list"},
      {"0X7F000001:443", "no list"},
      {"0x7f.1:443", "no list"},
      {"0:443", "no list"},
      {"0.0.0.0:443", "no list"},
      {"0x:443", "no list"},
      {"[::]:443", "no list"},
      {"[::1]:443", "no list"},
      {"[0:0:0:0:0:0:0:1]:443", "no list"},
      {"[::ffff:127.0.0.1]:443", "no list"},
      {"[::FFFF:7f00:1]:443", "no list"},
      {"[64:ff9b::127.0.0.1]:443", "no list"},
      {"[2002:7f00:1::]:443", "no list"},
      {"169.254.169.254:443", "no list"},
      {"2852039166:443", "no list"},
      {"0xa9fea9fe:443", "no list"},
      {"0251.0376.0251.0376:443", "no list"},
      {"[::ffff:a9fe:a9fe]:443", "no list"},
      {"[64:ff9b::a9fe:a9fe]:443", "no list"},
      {"4294967296:443", "refused"},
      {"127.0.0.256:443", "refused"},
      {"127.0.0.1.1:443", "refused"},
      {"0x7f.0.0.0.1:443", "refused"},
      {"08.0.0.1:443", "refused"},
      {"[::1%25lo]:443", "refused"},
      {"[::1%lo]:443", "refused"},
      {"[127.0.0.1]:443", "refused"},
      {"::1:443", "refused"},
      {"example.com..:443", "refused"},
      {std::string(250, 'a') + ".example.com:443", "refused"},
      {std::string(64, 'a') + ".example.com:443", "refused"},
  }));
  CAPTURE(target);
  CHECK(try_target(deny_list(), target) == said);
}

TEST_CASE("bypass: what carries an address of a denied network is denied", "[policy]") {
  auto rest = allow("rest");
  rest.all_private = true;
  const Policy policy({deny("list", {"10.0.0.0/8", "169.254.169.254", "0.0.0.0/8"}), rest},
                      Action::deny);
  auto [address, said] = GENERATE(table<std::string, const char*>({
      {"64:ff9b::10.0.0.1", "no list"},
      {"64:ff9b:1::a00:1", "no list"},  // local NAT64, a prefix of 96 bits
      {"64:ff9b:1:fffe::10.0.0.1", "no list"},
      {"64:ff9b:1:a00:0:100::", "no list"},  // of 48
      {"64:ff9b:1:a00:ff00:1ff:ffff:ffff", "no list"},
      {"64:ff9b:1:a9fe:a9:fe00::", "no list"},
      {"64:ff9b:1:a9:fe:a9fe::", "no list"},       // of 56
      {"64:ff9b:1:ab:a9:fea9:fe00:0", "no list"},  // of 64
      {"64:ff9b:1::8.8.8.8", "yes rest"},
      {"2002:a00:1::", "no list"},
      {"2002:808:808::", "yes rest"},
      {"::10.0.0.1", "no list"},
      {"::a9fe:a9fe", "no list"},
      {"::8.8.8.8", "yes rest"},
      {"::ffff:0:10.0.0.1", "no list"},
      {"2001:0:a00:1::", "no list"},                         // Teredo, the server
      {"2001:0:4136:e378:8000:63bf:f5ff:fffe", "no list"},   // the client
      {"2001:0:4136:e378:8000:63bf:f7f7:f7f7", "yes rest"},  // 8.8.8.8
      {"fe80::5efe:10.0.0.1", "no list"},
      {"2606:4700::200:5efe:169.254.169.254", "no list"},
      {"2606:4700::5efe:8.8.8.8", "yes rest"},
      {"::1", "yes rest"},
      {"10.0.0.1", "no list"},
      {"8.8.8.8", "yes rest"},
  }));
  CAPTURE(address);
  const auto literal = address.contains(':') ? "[" + address + "]" : address;
  CHECK(try_target(policy, literal + ":443") == said);
  CHECK(ask(policy, Asked("rebind.test:443"), address.c_str()) == said);
}

TEST_CASE("bypass: the longest names are matched as all others are", "[policy]") {
  std::string name = "example.com";
  while (name.size() < 250) name.insert(0, "a.");
  REQUIRE(name.size() > 249);
  CHECK(try_target(deny_list(), name + ":443") == "no list");
  name.insert(0, 253 - name.size(), 'b');
  CHECK(try_target(deny_list(), name + ".:443") == "no list");
  CHECK(try_target(deny_list(), "b" + name + ":443") == "refused");
}

TEST_CASE("bypass: an address behind a name is judged like one that is written", "[policy]") {
  const auto* address = GENERATE("127.0.0.1", "0.0.0.0", "::", "::1", "::ffff:127.0.0.1",
                                 "64:ff9b::127.0.0.1", "2002:7f00:1::", "169.254.169.254",
                                 "::ffff:169.254.169.254", "64:ff9b::169.254.169.254");
  CAPTURE(address);
  CHECK(ask(deny_list(), Asked("rebind.test:443"), address) == "no list");
  CHECK(ask(allow_list(), Asked("example.com:443"), address) == "no list");  // private
}

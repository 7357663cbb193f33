// SPDX-License-Identifier: Apache-2.0
#include "unit/policy/rules.hpp"

using namespace culvert;
using namespace culvert::policy;
using namespace culvert::policy::testing;

TEST_CASE("policy: without a file, public hosts may be reached on the usual ports", "[policy]") {
  auto [target, answer] = GENERATE(table<const char*, const char*>({
      {"example.com:80", "yes public"},
      {"example.com:443", "yes public"},
      {"example.com:1024", "yes public"},
      {"example.com:65535", "yes public"},
      {"example.com:22", "no default"},
      {"example.com:25", "no default"},
      {"example.com:79", "no default"},
      {"example.com:444", "no default"},
      {"example.com:1023", "no default"},
  }));
  CAPTURE(target);
  CHECK(ask(Policy::built_in(), Asked(target), "93.184.215.14") == answer);
}

TEST_CASE("policy: without a file, no name leads to a private address", "[policy]") {
  const auto* address =
      GENERATE("127.0.0.1", "::1", "0.0.0.0", "::", "169.254.169.254", "10.0.0.1", "192.168.1.1",
               "100.64.0.1", "::ffff:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::169.254.169.254",
               "2002:a9fe:a9fe::1", "fd00:ec2::254", "fe80::1", "224.0.0.1", "255.255.255.255");
  CAPTURE(address);
  CHECK(ask(Policy::built_in(), Asked("rebind.example:80"), address) == "no public");
}

TEST_CASE("policy: without a file, no spelling of a private address gets through", "[policy]") {
  const auto* target =
      GENERATE("127.0.0.1:80", "127.1:80", "0177.0.0.1:80", "0x7f000001:80", "2130706433:80",
               "127.0.0.1.:80", "0:80", "0.0.0.0:80", "[::]:80", "[::1]:80",
               "[::ffff:127.0.0.1]:80", "[::ffff:a9fe:a9fe]:80", "169.254.169.254:80",
               "2852039166:80", "0xa9.0xfe.0xa9.0xfe:80", "[64:ff9b::a9fe:a9fe]:80");
  CAPTURE(target);
  const Asked asked(target);
  const auto address = asked.target.host.address().text();
  CHECK(ask(Policy::built_in(), asked, address.c_str()) == "no public");
}

TEST_CASE("policy: the first rule that matches decides", "[policy]") {
  auto mail = allow("mail");
  mail.ports = {{.first = 993, .last = 993}};
  auto office = allow("office");
  office.clients = networks({"10.1.0.0/16", "fd00::/8"});
  auto chat = allow("chat");
  chat.hosts = hosts({"chat.example", ".chat.test"});
  const Policy policy({deny("bad", {"bad.chat.test"}), mail, chat, office}, Action::deny);

  auto [client, target, answer] = GENERATE(table<const char*, const char*, const char*>({
      {"10.9.0.1", "chat.example:443", "yes chat"},
      {"10.9.0.1", "www.chat.test:80", "yes chat"},
      {"10.9.0.1", "bad.chat.test:443", "no bad"},
      {"10.9.0.1", "BAD.chat.test.:443", "no bad"},
      {"10.9.0.1", "bad.chat.test:993", "no bad"},
      {"10.9.0.1", "other.test:993", "yes mail"},
      {"10.9.0.1", "other.test:443", "no default"},
      {"10.1.2.3", "other.test:443", "yes office"},
      {"::ffff:10.1.2.3", "other.test:443", "yes office"},
      {"fd12::1", "other.test:443", "yes office"},
      {"10.1.2.3", "chat.example:443", "yes chat"},
  }));
  CAPTURE(client, target);
  CHECK(ask(policy, Asked(client, target), "1.1.1.1") == answer);
}

TEST_CASE("policy: an allowed network is for literals, never for names", "[policy]") {
  auto rule = allow("net");
  rule.hosts = hosts({"1.1.1.0/24"});
  const Policy policy({rule}, Action::deny);
  CHECK(ask(policy, Asked("1.1.1.1:443"), "1.1.1.1") == "yes net");
  CHECK(ask(policy, Asked("one.example:443"), "1.1.1.1") == "no default");
  CHECK(ask(policy, Asked("[2002:101:101::1]:443"), "2002:101:101::1") == "no default");
}

TEST_CASE("policy: a denied network is denied by name, too", "[policy]") {
  auto [address, answer] = GENERATE(table<const char*, const char*>({
      {"8.8.8.8", "no blocked"},
      {"::ffff:8.8.8.8", "no blocked"},
      {"64:ff9b::8.8.8.8", "no blocked"},
      {"2002:808:808::1", "no blocked"},
      {"2a00:1::5", "no blocked"},
      {"8.8.9.8", "yes rest"},
      {"2a00:2::5", "yes rest"},
  }));
  CAPTURE(address);
  const Policy policy({deny("blocked", {"8.8.8.0/24", "2a00:1::/32"}), allow("rest")},
                      Action::deny);
  CHECK(ask(policy, Asked("name.example:443"), address) == answer);
  const auto literal = Host::of(Address::parse(address).value()).text() + ":443";
  CHECK(ask(policy, Asked(literal), address) == answer);
}

TEST_CASE("policy: a denied network holds under default = allow as well", "[policy]") {
  const Policy policy({deny("blocked", {"8.8.8.0/24"})}, Action::allow);
  CHECK(ask(policy, Asked("name.example:443"), "8.8.8.8") == "no blocked");
  CHECK(ask(policy, Asked("name.example:443"), "8.8.4.4") == "yes default");
}

TEST_CASE("policy: a denied network counts only for its own ports and clients", "[policy]") {
  auto blocked = deny("blocked", {"8.8.8.0/24"});
  blocked.ports = {{.first = 53, .last = 53}};
  blocked.clients = networks({"10.0.0.0/8"});
  const Policy policy({blocked, allow("rest")}, Action::deny);
  CHECK(ask(policy, Asked("10.0.0.1", "name.example:53"), "8.8.8.8") == "no blocked");
  CHECK(ask(policy, Asked("10.0.0.1", "name.example:443"), "8.8.8.8") == "yes rest");
  CHECK(ask(policy, Asked("11.0.0.1", "name.example:53"), "8.8.8.8") == "yes rest");
}

TEST_CASE("policy: a deny rule after the one that allows is not asked", "[policy]") {
  const Policy policy({allow("first"), deny("late", {"8.8.8.0/24"})}, Action::deny);
  CHECK(ask(policy, Asked("name.example:443"), "8.8.8.8") == "yes first");
}

TEST_CASE("policy: a rule may open some private networks", "[policy]") {
  auto rule = allow("inside");
  rule.private_networks = networks({"10.20.0.0/16", "fd00:1::/32"});
  const Policy policy({rule}, Action::deny);
  auto [address, answer] = GENERATE(table<const char*, const char*>({
      {"10.20.255.1", "yes inside"},
      {"::ffff:10.20.0.1", "yes inside"},
      {"fd00:1::5", "yes inside"},
      {"1.1.1.1", "yes inside"},  // what is public needs no permission
      {"2a00::1", "yes inside"},
      {"10.21.0.1", "no inside"},
      {"127.0.0.1", "no inside"},
      {"169.254.169.254", "no inside"},
      {"fd00:2::5", "no inside"},
      {"64:ff9b::10.20.0.1", "no inside"},  // not as it was written: refused, to be safe
      {"2002:a14:1::1", "no inside"},
  }));
  CAPTURE(address);
  CHECK(ask(policy, Asked("name.example:443"), address) == answer);
}

TEST_CASE("policy: a rule may open all private addresses but those denied before", "[policy]") {
  auto rule = allow("lab");
  rule.all_private = true;
  const Policy policy({deny("metadata", {"169.254.0.0/16"}), rule}, Action::deny);
  auto [address, answer] = GENERATE(table<const char*, const char*>({
      {"127.0.0.1", "yes lab"},
      {"10.0.0.1", "yes lab"},
      {"::1", "yes lab"},
      {"169.254.169.254", "no metadata"},
      {"::ffff:169.254.169.254", "no metadata"},
      {"64:ff9b::169.254.169.254", "no metadata"},
  }));
  CAPTURE(address);
  CHECK(ask(policy, Asked("name.example:443"), address) == answer);
}

TEST_CASE("policy: default = allow does not open private addresses", "[policy]") {
  const Policy policy({}, Action::allow);
  CHECK(ask(policy, Asked("name.example:22"), "1.1.1.1") == "yes default");
  CHECK(ask(policy, Asked("name.example:22"), "127.0.0.1") == "no default");
  CHECK(ask(policy, Asked("169.254.169.254:80"), "169.254.169.254") == "no default");
}

TEST_CASE("policy: without rules everything is denied", "[policy]") {
  CHECK(ask(Policy({}, Action::deny), Asked("example.com:443"), "1.1.1.1") == "no default");
}

TEST_CASE("policy: is open when an allowing rule asks for no client", "[policy]") {
  auto office = allow("office");
  office.clients = networks({"10.0.0.0/8"});
  auto staff = allow("staff");
  staff.users = {"*"};
  auto admins = allow("admins");
  admins.groups = {"admin"};
  auto everyone = allow("everyone");
  everyone.clients = networks({"10.0.0.0/8", "0.0.0.0/0"});
  CHECK(Policy::built_in().open_to_all_clients());
  CHECK(Policy({}, Action::allow).open_to_all_clients());
  CHECK(Policy({office, allow("any")}, Action::deny).open_to_all_clients());
  CHECK(Policy({everyone}, Action::deny).open_to_all_clients());
  CHECK_FALSE(Policy({office, staff, admins}, Action::deny).open_to_all_clients());
  CHECK(Policy({office}, Action::deny, Mode::report).open_to_all_clients());
  CHECK_FALSE(Policy({deny("bad", {"*"}), office}, Action::deny).open_to_all_clients());
  CHECK_FALSE(Policy({}, Action::deny).open_to_all_clients());
}

TEST_CASE("policy: a client without an address is in no network", "[policy]") {
  auto everyone = allow("everyone");
  everyone.clients = networks({"0.0.0.0/0", "::/0"});
  const Policy policy({everyone}, Action::deny);
  const auto target = Authority::parse("a.example:443").value();
  const Address unspecified;
  CHECK(policy.decide({.client = &unspecified, .target = target}).allowed);
  CHECK_FALSE(policy.decide({.client = nullptr, .target = target}).allowed);
  auto anyone = everyone;
  anyone.clients.clear();
  CHECK(Policy({anyone}, Action::deny).decide({.client = nullptr, .target = target}).allowed);
}

TEST_CASE("policy: without a file, tunnels are opaque", "[policy]") {
  const auto policy = Policy::built_in();
  REQUIRE(policy.rules().size() == 1);
  CHECK(policy.rules()[0].opaque());
  CHECK_FALSE(allow("of a file").opaque());
  CHECK_FALSE(policy.asks_user());
}

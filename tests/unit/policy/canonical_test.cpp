// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "unit/policy/rules.hpp"

using namespace culvert;
using namespace culvert::policy;
using namespace culvert::policy::testing;

namespace {

std::string canonical(const Policy& policy) {
  std::string text;
  write_canonical(policy, [&text](std::string_view piece) { text += piece; });
  return text;
}

std::string canonical(std::vector<Rule> rules) {
  return canonical(Policy(std::move(rules), Action::deny));
}

/// A rule in which everything is said.
Rule full() {
  Rule rule;
  rule.name = "full";
  rule.line = 7;
  rule.hosts = {named("s", {"b.test", ".a.test", "10.0.0.0/8"}), named({}, {"*.c.test"})};
  rule.ports = {{.first = 443, .last = 443}, {.first = 80, .last = 80}};
  rule.clients = networks({"10.0.0.0/8", "::1"});
  rule.users = {"bob", "ann"};
  rule.groups = {"dev", "ops"};
  rule.methods = {"POST", "GET"};
  rule.schemes = {Scheme::https, Scheme::http};
  rule.hours = Hours::parse("Mon-Fri 08:00-18:00").value();
  rule.private_networks = networks({"10.20.0.0/16", "fd00::/8"});
  rule.websocket.origins = {parse_origin("https://b.test").value(), parse_origin("a.test").value()};
  rule.websocket.paths = {"/chat/*", "/a"};
  rule.websocket.protocols = {"v2", "v1"};
  rule.tunnel = {Speech::websocket, Speech::tls};
  rule.sni = Sni::require;
  rule.quota = {.tunnels = 1, .tunnels_per_second = 2, .bytes_per_second = 3, .bytes_per_day = 4};
  return rule;
}

}  // namespace

TEST_CASE("canonical: the whole text of a policy", "[policy]") {
  CHECK(canonical({full()}) == R"(culvert policy 1
default deny
mode enforce
rule "full"
allow
hosts
 10.0.0.0/8
 .a.test
 b.test
 *.c.test
ports 80-80 443-443
clients 10.0.0.0/8 ::1
users "ann" "bob"
groups "dev" "ops"
methods "GET" "POST"
schemes http https
hours Mon-Fri 08:00-18:00
private 10.20.0.0/16 fd00::/8
origins "a.test" "https://b.test"
paths "/a" "/chat/*"
protocols "v1" "v2"
tunnel tls websocket
sni require
quota 1 2 3 4
)");
  CHECK(canonical(Policy::built_in()) == R"(culvert policy 1
default deny
mode enforce
rule "public"
allow
ports 80-80 443-443 1024-65535
tunnel any
sni off
)");
}

TEST_CASE("canonical: what makes no difference is not told", "[policy]") {
  struct Case {
    const char* what;
    void (*change)(Rule&);
  };
  static const Case cases[] = {
      {"the line", [](Rule& rule) { rule.line = 99; }},
      {"the name of a set", [](Rule& rule) { rule.hosts[0].set = "t"; }},
      {"hosts in the rule or in sets",
       [](Rule& rule) { rule.hosts = hosts({"*.c.test", "10.0.0.0/8", ".a.test", "b.test"}); }},
      {"a host said twice",
       [](Rule& rule) { rule.hosts.push_back(named("again", {"B.test.", ".A.test"})); }},
      {"order and number of ports",
       [](Rule& rule) { rule.ports = {{80, 80}, {443, 443}, {443, 443}}; }},
      {"order and number of clients",
       [](Rule& rule) { rule.clients = networks({"::1", "10.0.0.0/8", "10.0.0.0/8"}); }},
      {"a client within another",
       [](Rule& rule) { rule.clients.push_back(Network::parse("10.1.0.0/16").value()); }},
      {"order and number of users", [](Rule& rule) { rule.users = {"ann", "bob", "ann"}; }},
      {"order of groups", [](Rule& rule) { rule.groups = {"ops", "dev"}; }},
      {"order of methods", [](Rule& rule) { rule.methods = {"GET", "POST"}; }},
      {"hours written in parts",
       [](Rule& rule) {
         rule.hours = Hours::parse("Mon-Fri 12:00-18:00").value();
         rule.hours.add(Hours::parse("Mon,Tue,Wed-Fri 08:00-12:00").value());
       }},
      {"order of private networks",
       [](Rule& rule) { rule.private_networks = networks({"fd00::/8", "10.20.0.0/16"}); }},
      {"spelling of origins",
       [](Rule& rule) {
         rule.websocket.origins = {parse_origin("A.test.").value(),
                                   parse_origin("HTTPS://b.test:443").value()};
       }},
      {"order of paths", [](Rule& rule) { rule.websocket.paths = {"/a", "/chat/*", "/a"}; }},
      {"order of protocols", [](Rule& rule) { rule.websocket.protocols = {"v1", "v2"}; }},
  };
  const auto before = canonical({full()});
  for (const auto& one : cases) {
    CAPTURE(one.what);
    auto rule = full();
    one.change(rule);
    CHECK(canonical({rule}) == before);
  }
}

TEST_CASE("canonical: all that is enforced is told", "[policy]") {
  struct Case {
    const char* what;
    void (*change)(Rule&);
  };
  static const Case cases[] = {
      {"name", [](Rule& rule) { rule.name = "Full"; }},
      {"action", [](Rule& rule) { rule.action = Action::deny; }},
      {"a host more", [](Rule& rule) { rule.hosts.push_back(named({}, {"d.test"})); }},
      {"another reach", [](Rule& rule) { rule.hosts[1] = named({}, {".c.test"}); }},
      {"a network less", [](Rule& rule) { rule.hosts[0] = named("s", {"b.test", ".a.test"}); }},
      {"all hosts", [](Rule& rule) { rule.hosts.clear(); }},
      {"no host", [](Rule& rule) { rule.hosts = {named("s", {})}; }},
      {"ports", [](Rule& rule) { rule.ports[0].last = 444; }},
      {"all ports", [](Rule& rule) { rule.ports.clear(); }},
      {"clients", [](Rule& rule) { rule.clients = networks({"10.0.0.0/9", "::1"}); }},
      {"all clients", [](Rule& rule) { rule.clients.clear(); }},
      {"users", [](Rule& rule) { rule.users = {"ann"}; }},
      {"case of users", [](Rule& rule) { rule.users = {"ann", "Bob"}; }},
      {"users whose names run together", [](Rule& rule) { rule.users = {"ann\" \"bob"}; }},
      {"users whose name is a line", [](Rule& rule) { rule.users = {"ann", "bob\ngroups"}; }},
      {"groups", [](Rule& rule) { rule.groups = {"dev"}; }},
      {"a group for a user",
       [](Rule& rule) { rule.users.push_back("dev"), rule.groups = {"ops"}; }},
      {"methods", [](Rule& rule) { rule.methods = {"GET"}; }},
      {"schemes", [](Rule& rule) { rule.schemes = {Scheme::https}; }},
      {"all schemes", [](Rule& rule) { rule.schemes = {}; }},
      {"hours", [](Rule& rule) { rule.hours = Hours::parse("Mon-Fri 08:00-18:01").value(); }},
      {"all hours", [](Rule& rule) { rule.hours = {}; }},
      {"private", [](Rule& rule) { rule.private_networks = networks({"10.20.0.0/16"}); }},
      {"all private", [](Rule& rule) { rule.all_private = true; }},
      {"no private", [](Rule& rule) { rule.private_networks.clear(); }},
      {"websocket denied", [](Rule& rule) { rule.websocket.denied = true; }},
      {"websocket allowed", [](Rule& rule) { rule.websocket.allowed = true; }},
      {"origins", [](Rule& rule) { rule.websocket.origins.pop_back(); }},
      {"paths", [](Rule& rule) { rule.websocket.paths = {"/chat/*"}; }},
      {"protocols", [](Rule& rule) { rule.websocket.protocols = {"v1"}; }},
      {"case of protocols", [](Rule& rule) { rule.websocket.protocols = {"V1", "v2"}; }},
      {"tunnel", [](Rule& rule) { rule.tunnel.add(Speech::http); }},
      {"opaque tunnel", [](Rule& rule) { rule.tunnel.add(Speech::any); }},
      {"no tunnel", [](Rule& rule) { rule.tunnel = {}; }},
      {"sni", [](Rule& rule) { rule.sni = Sni::match; }},
      {"open tunnels", [](Rule& rule) { rule.quota.tunnels = 9; }},
      {"new tunnels", [](Rule& rule) { rule.quota.tunnels_per_second = 9; }},
      {"bytes", [](Rule& rule) { rule.quota.bytes_per_second = 9; }},
      {"bytes a day", [](Rule& rule) { rule.quota.bytes_per_day = 9; }},
      {"no quota", [](Rule& rule) { rule.quota = {}; }},
  };
  std::vector<std::string> seen = {canonical({full()})};
  for (const auto& one : cases) {
    CAPTURE(one.what);
    auto rule = full();
    one.change(rule);
    const auto text = canonical({rule});
    CHECK(std::ranges::find(seen, text) == seen.end());
    seen.push_back(text);
  }
}

TEST_CASE("canonical: the order of rules, the default and the mode are told", "[policy]") {
  const auto before = canonical({allow("a"), allow("b")});
  CHECK(canonical({allow("b"), allow("a")}) != before);
  CHECK(canonical({allow("a")}) != before);
  CHECK(canonical(Policy({allow("a"), allow("b")}, Action::allow)) != before);
  CHECK(canonical(Policy({allow("a"), allow("b")}, Action::deny, Mode::report)) != before);
}

TEST_CASE("canonical: a long text comes in several pieces", "[policy]") {
  HostSet set;
  for (int i = 0; i < 5000; ++i) set.add(*HostPattern::parse("host" + std::to_string(i) + ".test"));
  auto rule = allow("many");
  rule.hosts = {{.set = "s", .hosts = std::make_shared<const HostSet>(set)}};
  std::size_t pieces = 0;
  std::size_t longest = 0;
  write_canonical(Policy({rule}, Action::deny), [&](std::string_view piece) {
    ++pieces;
    longest = std::max(longest, piece.size());
  });
  CHECK(pieces > 3);
  CHECK(longest < 32768);
}

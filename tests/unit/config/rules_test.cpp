// SPDX-License-Identifier: Apache-2.0
#include "config/rules.hpp"

#include <algorithm>

#include "unit/config/reading.hpp"

using namespace culvert;
using namespace culvert::config;
using Texts = std::vector<std::string>;

namespace {

/// A file with one rule that allows, and these further lines in it.
std::string rule_with(const std::string& line) {
  return "[[rule]]\nname = \"r\"\naction = \"allow\"\n" + line + "\n";
}

}  // namespace

TEST_CASE("rules: each key of a rule is read", "[config]") {
  const auto config = read_toml(R"(
[policy]
default = "deny"

[hosts]
chat = ["chat.example.com", ".Example.ORG."]
more = ["10.1.0.0/16"]

[[rule]]
name = "no mail"
action = "deny"
ports = [25, "465", "587-588"]

[[rule]]
name = "chat"
action = "allow"
hosts = ["@chat", "*.b\u00fccher.example", "0x7f.1", "@more"]
clients = ["10.0.0.0/8", "::1"]
private = ["10.20.0.0/16", "127.0.0.1"]

[[rule]]
name = "lab"
action = "allow"
private = true
)");
  const auto& rules = config.policy.rules();
  REQUIRE(rules.size() == 3);
  CHECK(config.policy.by_default() == policy::Action::deny);

  CHECK(rules[0].name == "no mail");
  CHECK(rules[0].action == policy::Action::deny);
  CHECK(rules[0].hosts.empty());
  REQUIRE(rules[0].ports.size() == 3);
  CHECK(rules[0].ports[0].contains(Port::of(25)));
  CHECK_FALSE(rules[0].ports[0].contains(Port::of(26)));
  CHECK(rules[0].ports[1].contains(Port::of(465)));
  CHECK(rules[0].ports[2].contains(Port::of(588)));

  CHECK(rules[1].action == policy::Action::allow);
  Texts hosts;
  for (const auto& entry : rules[1].hosts) {
    entry.hosts->each_in_order(
        [&](std::string_view pattern) { hosts.push_back(entry.set + ":" + std::string(pattern)); });
  }
  std::ranges::sort(hosts);
  CHECK(hosts == Texts{":*.xn--bcher-kva.example", ":127.0.0.1", "chat:.example.org",
                       "chat:chat.example.com", "more:10.1.0.0/16"});
  REQUIRE(rules[1].clients.size() == 2);
  CHECK(rules[1].clients[0].text() == "10.0.0.0/8");
  CHECK_FALSE(rules[1].all_private);
  REQUIRE(rules[1].private_networks.size() == 2);
  CHECK(rules[1].private_networks[1].text() == "127.0.0.1");

  CHECK(rules[2].all_private);
  CHECK(rules[2].private_networks.empty());
}

TEST_CASE("rules: what a file without them allows", "[config]") {
  auto [toml, rules, by_default] = GENERATE(table<const char*, std::size_t, policy::Action>({
      {"", 1, policy::Action::deny},
      {"[timeouts]\nconnect = \"5s\"", 1, policy::Action::deny},
      {"[hosts]\na = [\"a.example\"]", 1, policy::Action::deny},
      {"[policy]", 0, policy::Action::deny},
      {"[policy]\ndefault = \"deny\"", 0, policy::Action::deny},
      {"[policy]\ndefault = \"allow\"", 0, policy::Action::allow},
      {"rule = []", 0, policy::Action::deny},
      {"[[rule]]\nname = \"a\"\naction = \"deny\"", 1, policy::Action::deny},
  }));
  CAPTURE(toml);
  const auto config = read_toml(toml);
  CHECK(config.policy.rules().size() == rules);
  CHECK(config.policy.by_default() == by_default);
}

TEST_CASE("rules: a value that does not fit is a mistake where it stands", "[config]") {
  auto [line, mistake] = GENERATE(table<const char*, const char*>({
      {"hosts = \"a.example\"",
       "4:9: rule[1].hosts: wants a list, not \"a.example\"; write [\"a.example\"]"},
      {"hosts = []",
       "4:9: rule[1].hosts: is an empty list, which would match nothing; list something, or leave "
       "the key out"},
      {"hosts = [1]", "4:10: rule[1].hosts: wants a host such as \"example.com\", not 1"},
      {"hosts = [\"https://a.example/x\"]",
       "4:10: rule[1].hosts: \"https://a.example/x\" is a URL; write its host alone, such as "
       "\"example.com\""},
      {"hosts = [\"a.example:443\"]",
       "4:10: rule[1].hosts: \"a.example:443\" has a port; write \"a.example\" here and the port "
       "in ports"},
      {"hosts = [\"10.1.2.3/8\"]",
       "4:10: rule[1].hosts: \"10.1.2.3/8\" has bits set behind its prefix; write \"10.0.0.0/8\""},
      {"hosts = [\"-b\xc3\xbc"
       "cher.example\"]",
       "4:10: rule[1].hosts: \"-b\xc3\xbc"
       "cher.example\" is no name that IDNA allows; write the name as DNS has "
       "it (\"xn--...\")"},
      {"hosts = [\"chat*.example\"]",
       "4:10: rule[1].hosts: \"chat*.example\": a * stands alone, or as the whole first label: "
       "\"*.example.com\""},
      {"hosts = [\"a b\"]",
       "4:10: rule[1].hosts: \"a b\" is no host; write \"example.com\", \"*.example.com\" (below "
       "it), \".example.com\" (both), an address or a network"},
      {"hosts = [\"@chat\"]", "4:10: rule[1].hosts: no set \"chat\" stands in [hosts]"},
      {"ports = 443", "4:9: rule[1].ports: wants a list, not 443"},
      {"ports = []",
       "4:9: rule[1].ports: is an empty list, which would match nothing; list something, or leave "
       "the key out"},
      {"ports = [0]",
       "4:10: rule[1].ports: wants a port from 1 to 65535, or a range such as \"1024-65535\", not "
       "0"},
      {"ports = [65536]",
       "4:10: rule[1].ports: wants a port from 1 to 65535, or a range such as \"1024-65535\", not "
       "65536"},
      {"ports = [\"2000-1000\"]",
       "4:10: rule[1].ports: \"2000-1000\" runs backwards; write \"1000-2000\""},
      {"ports = [\"1-\"]",
       "4:10: rule[1].ports: \"1-\" is no port; write 1 to 65535, or a range such as "
       "\"1024-65535\""},
      {"ports = [\"0-80\"]",
       "4:10: rule[1].ports: \"0-80\" is no port; write 1 to 65535, or a range such as "
       "\"1024-65535\""},
      {"ports = [\"https\"]",
       "4:10: rule[1].ports: \"https\" is no port; write 1 to 65535, or a range such as "
       "\"1024-65535\""},
      {"clients = [\"10.0.0.1/8\"]",
       "4:12: rule[1].clients: \"10.0.0.1/8\" has bits set behind its prefix; write "
       "\"10.0.0.0/8\""},
      {"clients = [\"2001:db8::1/32\"]",
       "4:12: rule[1].clients: \"2001:db8::1/32\" has bits set behind its prefix; write "
       "\"2001:db8::/32\""},
      {"clients = [\"localhost\"]",
       "4:12: rule[1].clients: \"localhost\" is neither an address nor a network such as "
       "\"10.0.0.0/8\" or \"2001:db8::/32\""},
      {"clients = [10]",
       "4:12: rule[1].clients: wants an address or a network such as \"10.0.0.0/8\", not 10"},
      {"private = \"yes\"",
       "4:11: rule[1].private: wants true, false, or a list of networks such as "
       "[\"10.20.0.0/16\"], not \"yes\""},
      {"private = []",
       "4:11: rule[1].private: is an empty list, which would match nothing; list something, or "
       "leave the key out"},
      {"prots = [443]", "4:1: rule[1].prots: unknown key; did you mean \"ports\"?"},
      {"users = [\"alice\"]",
       "4:1: rule[1].users: unknown key; known here: name, action, hosts, ports, clients, "
       "private"},
  }));
  CAPTURE(line);
  CHECK(mistakes_in(rule_with(line)) == Texts{std::string("c.toml:") + mistake});
}

TEST_CASE("rules: a rule needs a name of its own and an action", "[config]") {
  auto [toml, mistakes] = GENERATE(table<const char*, Texts>({
      {"[[rule]]\naction = \"deny\"",
       {"c.toml:1:1: rule[1].name: is missing; each rule needs a name, for the log"}},
      {"[[rule]]\nname = \"a\"",
       {"c.toml:1:1: rule[1].action: is missing; write \"allow\" or \"deny\""}},
      {"[[rule]]\nname = \"a\"\naction = \"Allow\"",
       {"c.toml:3:10: rule[1].action: wants \"allow\" or \"deny\", not \"Allow\""}},
      {"[[rule]]\nname = \"\"\naction = \"deny\"",
       {"c.toml:2:8: rule[1].name: wants 1 to 64 letters, digits, spaces and ASCII signs, not "
        "\"\""}},
      {"[[rule]]\nname = \"a\\r\\nb\"\naction = \"deny\"",
       {"c.toml:2:8: rule[1].name: wants 1 to 64 letters, digits, spaces and ASCII signs, not "
        "\"a\\x0d\\x0ab\""}},
      {"[[rule]]\nname = \"default\"\naction = \"deny\"",
       {"c.toml:2:8: rule[1].name: \"default\" is what the log says when no rule matched; take "
        "another"}},
      {"[[rule]]\nname = \"a\"\naction = \"deny\"\n[[rule]]\naction = \"deny\"\nname = \"a\"",
       {"c.toml:6:8: rule[2].name: \"a\" is the name of rule[1] already; a name tells rules apart "
        "in the log"}},
      {"[[rule]]\nname = \"a\"\naction = \"deny\"\nprivate = true",
       {"c.toml:4:11: rule[1].private: says nothing in a deny rule; leave it out"}},
      {"[rule]\nname = \"a\"",
       {"c.toml:1:1: rule: wants tables, each under a line [[rule]], not a table"}},
      {"rule = [\"a\"]", {"c.toml:1:9: rule[1]: wants a table under a line [[rule]], not \"a\""}},
  }));
  CAPTURE(toml);
  CHECK(mistakes_in(toml) == mistakes);
}

TEST_CASE("rules: a set may stand behind the rules that name it", "[config]") {
  const auto config = read_toml(rule_with("hosts = [\"@a\"]") + "[hosts]\na = [\"a.example\"]");
  REQUIRE(config.policy.rules()[0].hosts.size() == 1);
  CHECK(config.policy.rules()[0].hosts[0].set == "a");
}

TEST_CASE("rules: a set that is wrong or unknown is a mistake", "[config]") {
  auto [sets, mistakes] = GENERATE(table<const char*, Texts>({
      {"cat = [\"a.example\"]",
       {"c.toml:4:10: rule[1].hosts: no set \"chat\" stands in [hosts]; did you mean \"@cat\"?"}},
      {"chat = []",
       {"c.toml:6:8: hosts.chat: is an empty list, which would match nothing; list something, or "
        "leave the key out"}},
      {"chat = \"a.example\"",
       {"c.toml:6:8: hosts.chat: wants a list, not \"a.example\"; write [\"a.example\"]"}},
      {"chat = { file = \"chat.txt\" }",
       {"c.toml:6:8: hosts.chat: wants a list of hosts; sets from files are not supported"}},
      {"chat = [\"@more\"]\nmore = [\"a.example\"]",
       {"c.toml:6:9: hosts.chat: a set holds hosts, not other sets; name both sets in the rule"}},
      {"chat = [\"a.example:1\"]",
       {"c.toml:6:9: hosts.chat: \"a.example:1\" has a port; write \"a.example\" here and the port "
        "in ports"}},
  }));
  CAPTURE(sets);
  CHECK(mistakes_in(rule_with("hosts = [\"@chat\"]") + "[hosts]\n" + sets) == mistakes);
  CHECK(mistakes_in("hosts = 1") ==
        Texts{"c.toml:1:9: hosts: wants a section [hosts] with lines such as chat = "
              "[\"chat.example.com\"], not 1"});
}

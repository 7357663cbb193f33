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
       "4:9: rule: asks who the user is, and nobody can say: set auth.htpasswd, auth.htdigest or "
       "auth.tokens, name clients in [identities], listen on a Unix socket, or ask for clients' "
       "certificates (client_ca in the tls of a [[listen]])"},
      {"methods = [\"get\"]", "4:12: rule[1].methods: \"get\": methods have a case; write \"GET\""},
      {"methods = [\"a b\"]", "4:12: rule[1].methods: wants a method such as \"GET\", not \"a b\""},
      {"schemes = [\"ftp\"]",
       "4:12: rule[1].schemes: wants \"http\", \"https\", \"ws\", \"wss\" or \"connect\", not "
       "\"ftp\""},
      {"hours = \"Mon-Fry 08:00-18:00\"",
       "4:9: rule[1].hours: \"Mon-Fry 08:00-18:00\" is no time; write \"Mon-Fri 08:00-18:00\", "
       "\"Sat,Sun\" or \"22:00-06:00\""},
      {"hours = []",
       "4:9: rule[1].hours: is an empty list, which would match nothing; list something, or leave "
       "the key out"},
      {"tunnel = \"any\"", "4:10: rule[1].tunnel: wants a list, not \"any\"; write [\"any\"]"},
      {"tunnel = [\"ssh\"]",
       "4:11: rule[1].tunnel: wants \"tls\", \"websocket\", \"http\" or \"any\", not \"ssh\""},
      {"sni = \"yes\"",
       "4:7: rule[1].sni: wants \"off\", \"log\", \"match\" or \"require\", not \"yes\""},
      {"websocket = true",
       "4:13: rule[1].websocket: wants \"allow\", \"deny\", or { origins = [...], paths = [...], "
       "protocols = [...] } with any key of [websocket], not true"},
      {"websocket = { allow = false }",
       "4:23: rule[1].websocket.allow: would refuse nothing; write websocket = \"deny\""},
      {"websocket = { path = [\"/a\"] }",
       "4:15: rule[1].websocket.path: unknown key; did you mean \"paths\"?"},
      {"websocket = { paths = [\"chat\"] }",
       "4:24: rule[1].websocket.paths: wants a path such as \"/chat\", or \"/chat/*\" for all "
       "below "
       "it, not \"chat\""},
      {"websocket = { origins = [\"https://\"] }",
       "4:26: rule[1].websocket.origins: \"https://\" is no origin; write "
       "\"https://app.example.com\", \"*.example.com\", \"null\", or \"none\" for a handshake "
       "without one"},
      {"websocket = { protocols = [\"a b\"] }",
       "4:28: rule[1].websocket.protocols: wants a subprotocol such as \"mqtt\", not \"a b\""},
      {"websocket = \"deny\"\ntunnel = [\"websocket\"]",
       "5:10: rule[1].tunnel: lists \"websocket\", which this rule denies"},
      {"origin_http = \"3\"",
       "4:15: rule[1].origin_http: wants \"auto\", \"1.1\" or \"2\", not \"3\""},
      {"origin_http = 2", "4:15: rule[1].origin_http: wants \"auto\", \"1.1\" or \"2\", not 2"},
      {"timeouts = { keep_alive = \"1s\" }",
       "4:14: rule[1].timeouts.keep_alive: unknown key; \"keep_alive\" stands in [timeouts]"},
      {"timeouts = { tunnel_idle = 1 }",
       "4:28: rule[1].timeouts.tunnel_idle: 1 has no unit; write \"1s\""},
      {"limits = 5", "4:10: rule[1].limits: wants a table such as { tunnels = 100 }, not 5"},
      {"limits = { tunnel = 1 }",
       "4:12: rule[1].limits.tunnel: unknown key; did you mean \"tunnels\"?"},
      {"limits = { tunnels = -1 }",
       "4:22: rule[1].limits.tunnels: wants a whole number from 0 to 1000000000, not -1"},
      {"limits = { bytes_per_day = \"5 apples\" }",
       "4:28: rule[1].limits.bytes_per_day: \"5 apples\" is no size; write a whole number with B, "
       "KiB, MiB or GiB, such as \"64KiB\""},
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
      {"chat = { file = \"/nowhere/chat.txt\" }",
       {"c.toml:6:17: hosts.chat.file: /nowhere/chat.txt cannot be read: No such file or "
        "directory"}},
      {"chat = { watch = true }",
       {"c.toml:6:8: hosts.chat: wants a list of hosts, or { file = \"hosts.txt\" }"}},
      {"chat = { file = 1 }", {"c.toml:6:17: hosts.chat.file: wants a file's path, not 1"}},
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

TEST_CASE("rules: every selector is read", "[config]") {
  const auto config = read_toml(
      "[[rule]]\nname = \"r\"\naction = \"allow\"\nusers = [\"alice\", \"uid:1000\"]\n"
      "groups = [\"dev\"]\nmethods = [\"GET\", \"CONNECT\"]\nschemes = [\"ws\", \"connect\"]\n"
      "hours = [\"Mon-Fri 08:00-18:00\", \"Sat\"]\n[identities]\nalice = [\"192.0.2.1\"]\n");
  const auto& rule = config.policy.rules().at(0);
  CHECK(rule.users == Texts{"alice", "uid:1000"});
  CHECK(rule.groups == Texts{"dev"});
  CHECK(rule.methods == Texts{"GET", "CONNECT"});
  CHECK(rule.schemes == policy::Few<policy::Scheme>{policy::Scheme::ws, policy::Scheme::connect});
  CHECK(rule.hours.text() == "Mon-Fri 08:00-18:00, Sat");
  CHECK(rule.line == 1);
}

TEST_CASE("rules: what may run in a tunnel follows from what is said of WebSockets", "[config]") {
  using policy::Speech;
  using Few = policy::Few<Speech>;
  auto [line, tunnel] = GENERATE(table<const char*, Few>({
      {"", {Speech::tls, Speech::websocket, Speech::http}},
      {"websocket = \"allow\"", {Speech::tls, Speech::websocket, Speech::http}},
      {"websocket = \"deny\"", {Speech::tls}},
      {"websocket = { paths = [\"/a\"] }", {Speech::tls, Speech::websocket}},
      {"tunnel = [\"any\"]", {Speech::any}},
      {"tunnel = [\"http\", \"tls\"]\nwebsocket = \"deny\"", {Speech::tls, Speech::http}},
  }));
  CAPTURE(line);
  const auto config = read_toml(rule_with(line));
  const auto& rule = config.policy.rules().at(0);
  CHECK(rule.tunnel == tunnel);
  CHECK(rule.sni == policy::Sni::match);
}

TEST_CASE("rules: one has time limits and quotas of its own", "[config]") {
  const auto config = read_toml(
      "[timeouts]\ntunnel_idle = \"3h\"\nconnect = \"4s\"\n" +
      rule_with("timeouts = { tunnel_idle = \"2h\", half_closed = 0 }\nlimits = { tunnels = 5, "
                "tunnels_per_second = 6, bytes_per_second = \"7KiB\", bytes_per_day = \"8GiB\" }") +
      "[[rule]]\nname = \"s\"\naction = \"deny\"\n");
  const auto& rules = config.policy.rules();
  CHECK(config.timeouts_of(rules.data()).tunnel_idle == std::chrono::hours(2));
  CHECK(config.timeouts_of(rules.data()).half_closed == std::chrono::hours(0));
  CHECK(config.timeouts_of(rules.data()).connect == std::chrono::seconds(4));
  CHECK(config.timeouts_of(&rules[1]).tunnel_idle == std::chrono::hours(3));
  CHECK(config.timeouts_of(nullptr).tunnel_idle == std::chrono::hours(3));
  CHECK(rules[0].quota == policy::Quota{.tunnels = 5,
                                        .tunnels_per_second = 6,
                                        .bytes_per_second = 7168,
                                        .bytes_per_day = 8UL << 30});
}

TEST_CASE("rules: one says how its origins are spoken to, and [http] says it for the others",
          "[config]") {
  using enum OriginHttp;
  auto [general, own, said, unsaid] =
      GENERATE(table<const char*, const char*, OriginHttp, OriginHttp>({
          {"", "", automatic, automatic},
          {"origin_http = \"2\"", "", http2, http2},
          {"origin_http = \"1.1\"", "origin_http = \"2\"", http2, http11},
          {"origin_http = \"2\"", "origin_http = \"auto\"", automatic, http2},
          {"", "origin_http = \"1.1\"", http11, automatic},
      }));
  CAPTURE(general, own);
  const auto config = read_toml("[http]\n" + std::string(general) + "\n" + rule_with(own) +
                                "[[rule]]\nname = \"s\"\naction = \"deny\"\n");
  const auto& rules = config.policy.rules();
  CHECK(config.origin_http_of(rules.data()) == said);
  CHECK(config.origin_http_of(&rules[1]) == unsaid);
  CHECK(config.origin_http_of(nullptr) == unsaid);
}

TEST_CASE("rules: what a deny rule cannot mean is a mistake", "[config]") {
  const auto* line = GENERATE("private = true", "websocket = \"deny\"", "tunnel = [\"any\"]",
                              "sni = \"off\"", "limits = { tunnels = 1 }",
                              "timeouts = { connect = \"1s\" }", "origin_http = \"2\"");
  CAPTURE(line);
  const auto mistakes =
      mistakes_in("[[rule]]\nname = \"r\"\naction = \"deny\"\n" + std::string(line) + "\n");
  REQUIRE(mistakes.size() == 1);
  CHECK(mistakes[0].ends_with("says nothing in a deny rule; leave it out"));
}

TEST_CASE("rules: what can hardly be meant is a warning", "[config]") {
  const auto warnings = [](const std::string& toml) {
    Texts texts;
    for (const auto& warning : parse(toml, "c.toml", {}).warnings) texts.push_back(warning.text());
    return texts;
  };
  CHECK(warnings(rule_with("") + "[[rule]]\nname = \"s\"\naction = \"deny\"\nports = [25]\n") ==
        Texts{"c.toml:5:1: rule[2]: \"s\" never matches: rule[1] \"r\" comes before it and matches "
              "all that it would"});
  CHECK(
      warnings(rule_with("methods = [\"GET\"]\nschemes = [\"connect\"]")) ==
      Texts{
          "c.toml:1:1: rule[1]: \"r\" never matches: no request has one of its methods and one of "
          "its schemes; CONNECT goes with \"connect\" alone, and \"ws\" and \"wss\" with GET "
          "alone"});
  CHECK(warnings(rule_with("websocket = { paths = [\"/a\"] }\ntunnel = [\"http\"]")).size() == 1);
  CHECK(warnings(rule_with("")).empty());
}

// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "unit/policy/rules.hpp"

using namespace culvert;
using namespace culvert::policy;
using namespace culvert::policy::testing;

namespace {

using Change = void (*)(Rule&);

/// "2 by 1" for each rule that can never match.
std::string shadowed(std::vector<Rule> rules, bool can_ask_user = false) {
  std::string text;
  for (const auto& [rule, by] :
       shadowed_rules(Policy(std::move(rules), Action::deny), can_ask_user)) {
    text += (text.empty() ? "" : ", ") + std::to_string(rule) + " by " + std::to_string(by);
  }
  return text;
}

bool second_is_shadowed(Change first, Change second) {
  std::vector<Rule> rules = {allow("first"), allow("second")};
  first(rules[0]);
  second(rules[1]);
  return shadowed(std::move(rules)) == "1 by 0";
}

void anything(Rule&) {}

}  // namespace

TEST_CASE("shadowed: a rule behind one that matches all that it would", "[policy]") {
  struct Case {
    const char* what;
    Change first;
    Change second;
  };
  static const Case cases[] = {
      {"all", anything, anything},
      {"all, by a rule that denies", [](Rule& rule) { rule.action = Action::deny; }, anything},
      {"one host", anything, [](Rule& rule) { rule.hosts = hosts({"a.test"}); }},
      {"hosts below", [](Rule& rule) { rule.hosts = hosts({".a.test"}); },
       [](Rule& rule) { rule.hosts = hosts({"a.test", "*.x.a.test"}); }},
      {"each of two sets",
       [](Rule& rule) { rule.hosts = {named("s", {".a.test"}), named({}, {"b.test"})}; },
       [](Rule& rule) { rule.hosts = {named({}, {"b.test"}), named("t", {"a.test"})}; }},
      {"a set by its content", [](Rule& rule) { rule.hosts = {named("s", {"a.test"})}; },
       [](Rule& rule) { rule.hosts = {named("t", {"a.test"})}; }},
      {"ports",
       [](Rule& rule) { rule.ports = {{.first = 400, .last = 443}, {.first = 444, .last = 500}}; },
       [](Rule& rule) { rule.ports = {{.first = 443, .last = 450}}; }},
      {"all ports", [](Rule& rule) { rule.ports = {{.first = 1, .last = 65535}}; }, anything},
      {"clients", [](Rule& rule) { rule.clients = networks({"10.0.0.0/8"}); },
       [](Rule& rule) { rule.clients = networks({"10.1.0.0/16", "10.2.2.2"}); }},
      {"methods", [](Rule& rule) { rule.methods = {"GET", "HEAD"}; },
       [](Rule& rule) { rule.methods = {"HEAD"}; }},
      {"schemes", [](Rule& rule) { rule.schemes = {Scheme::ws, Scheme::wss}; },
       [](Rule& rule) { rule.schemes = {Scheme::wss}; }},
      {"all schemes",
       [](Rule& rule) {
         rule.schemes = {Scheme::http, Scheme::https, Scheme::ws, Scheme::wss, Scheme::connect};
       },
       anything},
      {"hours", [](Rule& rule) { rule.hours = Hours::parse("Mon-Fri").value(); },
       [](Rule& rule) { rule.hours = Hours::parse("Tue 08:00-09:00").value(); }},
      {"users, by a rule that asks nobody", anything, [](Rule& rule) { rule.users = {"ann"}; }},
      {"users", [](Rule& rule) { rule.users = {"ann", "bob"}; },
       [](Rule& rule) { rule.users = {"bob"}; }},
      {"users and groups, by everybody", [](Rule& rule) { rule.users = {"*"}; },
       [](Rule& rule) { rule.users = {"bob"}, rule.groups = {"dev"}; }},
      {"groups", [](Rule& rule) { rule.groups = {"dev", "ops"}; },
       [](Rule& rule) { rule.groups = {"ops"}; }},
      {"what is allowed beyond makes no difference", anything,
       [](Rule& rule) {
         rule.all_private = true;
         rule.tunnel = {Speech::any};
         rule.sni = Sni::off;
         rule.websocket.denied = true;
         rule.quota.tunnels = 1;
       }},
      {"a denied network, by a wider denied network",
       [](Rule& rule) { rule = deny("first", {"10.0.0.0/8"}); },
       [](Rule& rule) { rule = deny("second", {"10.1.0.0/16"}); }},
      {"a denied network, by a rule that allows all hosts", anything,
       [](Rule& rule) { rule = deny("second", {"10.1.0.0/16"}); }},
      {"a denied network, by a rule that allows *", [](Rule& rule) { rule.hosts = hosts({"*"}); },
       [](Rule& rule) { rule = deny("second", {"10.1.0.0/16"}); }},
      {"an allowed network, by a denied one",
       [](Rule& rule) { rule = deny("first", {"10.0.0.0/8"}); },
       [](Rule& rule) { rule.hosts = hosts({"10.1.0.0/16"}); }},
  };
  for (const auto& one : cases) {
    CAPTURE(one.what);
    CHECK(second_is_shadowed(one.first, one.second));
  }
}

TEST_CASE("shadowed: not a rule that may still match", "[policy]") {
  struct Case {
    const char* what;
    Change first;
    Change second;
  };
  static const Case cases[] = {
      {"another host", [](Rule& rule) { rule.hosts = hosts({"a.test"}); },
       [](Rule& rule) { rule.hosts = hosts({"b.test"}); }},
      {"all hosts", [](Rule& rule) { rule.hosts = hosts({"a.test"}); }, anything},
      {"one set of two", [](Rule& rule) { rule.hosts = {named("s", {"a.test"})}; },
       [](Rule& rule) { rule.hosts = {named("s", {"a.test"}), named("t", {"b.test"})}; }},
      {"no host at all, which nobody has to cover",
       [](Rule& rule) { rule.hosts = hosts({"a.test"}); },
       [](Rule& rule) { rule.hosts = {named("empty", {})}; }},
      {"all ports", [](Rule& rule) { rule.ports = {{.first = 1, .last = 65534}}; }, anything},
      {"a port more",
       [](Rule& rule) { rule.ports = {{.first = 80, .last = 90}, {.first = 92, .last = 99}}; },
       [](Rule& rule) { rule.ports = {{.first = 80, .last = 99}}; }},
      {"clients on Unix sockets",
       [](Rule& rule) { rule.clients = networks({"0.0.0.0/0", "::/0"}); }, anything},
      {"a wider network of clients", [](Rule& rule) { rule.clients = networks({"10.1.0.0/16"}); },
       [](Rule& rule) { rule.clients = networks({"10.0.0.0/8"}); }},
      {"all methods", [](Rule& rule) { rule.methods = {"GET"}; }, anything},
      {"all schemes", [](Rule& rule) { rule.schemes = {Scheme::ws}; }, anything},
      {"all hours", [](Rule& rule) { rule.hours = Hours::parse("Mon").value(); }, anything},
      {"clients that nobody knows", [](Rule& rule) { rule.users = {"*"}; }, anything},
      {"other users", [](Rule& rule) { rule.users = {"ann"}; },
       [](Rule& rule) { rule.users = {"bob"}; }},
      {"everybody", [](Rule& rule) { rule.users = {"ann"}; },
       [](Rule& rule) { rule.users = {"*"}; }},
      {"a group", [](Rule& rule) { rule.users = {"ann"}; },
       [](Rule& rule) { rule.groups = {"dev"}; }},
      {"users of a group, which may be any", [](Rule& rule) { rule.groups = {"dev"}; },
       [](Rule& rule) { rule.users = {"ann"}; }},
      {"a denied network that judges what names resolve to",
       [](Rule& rule) { rule.hosts = hosts({"10.0.0.0/8"}); },
       [](Rule& rule) { rule = deny("second", {"10.0.0.0/8"}); }},
      {"a denied network with a name",
       [](Rule& rule) { rule.hosts = hosts({".a.test", "10.0.0.0/8"}); },
       [](Rule& rule) { rule = deny("second", {"a.test", "10.0.0.1"}); }},
  };
  for (const auto& one : cases) {
    CAPTURE(one.what);
    CHECK_FALSE(second_is_shadowed(one.first, one.second));
  }
}

TEST_CASE("shadowed: methods and schemes that exclude each other match nothing", "[policy]") {
  const auto contradicts = [](std::vector<std::string> methods, Few<Scheme> schemes) {
    Rule rule;
    rule.methods = std::move(methods);
    rule.schemes = schemes;
    return contradicts_itself(rule);
  };
  CHECK(contradicts({"CONNECT"}, {Scheme::http, Scheme::wss}));
  CHECK(contradicts({"GET", "POST"}, {Scheme::connect}));
  CHECK(contradicts({"POST"}, {Scheme::ws, Scheme::wss}));
  CHECK_FALSE(contradicts({"GET", "POST"}, {Scheme::ws}));
  CHECK_FALSE(contradicts({"CONNECT", "POST"}, {Scheme::https}));
  CHECK_FALSE(contradicts({"CONNECT"}, {Scheme::connect}));
  CHECK_FALSE(contradicts({"CONNECT"}, {}));
  CHECK_FALSE(contradicts({}, {Scheme::connect}));
}

TEST_CASE("shadowed: each rule is told once, with the first that covers it", "[policy]") {
  CHECK(shadowed({}).empty());
  CHECK(shadowed({allow("a")}).empty());
  CHECK(shadowed({deny("a", {"a.test"}), allow("b"), deny("c", {"a.test"}), allow("d")}) ==
        "2 by 0, 3 by 1");
}

TEST_CASE("shadowed: nobody gets past a rule for all users where users are asked", "[policy]") {
  auto everybody = allow("everybody");
  everybody.users = {"*"};
  auto ann = allow("ann");
  ann.users = {"ann"};
  CHECK(shadowed({everybody, allow("rest")}, true) == "1 by 0");
  CHECK(shadowed({everybody, allow("rest")}, false).empty());
  CHECK(shadowed({ann, allow("rest")}, true).empty());
}

// SPDX-License-Identifier: Apache-2.0
#include "policy/fit.hpp"

#include "unit/policy/rules.hpp"

using namespace culvert;
using namespace culvert::policy;
using namespace culvert::policy::testing;

namespace {

class Groups : public Membership {
 public:
  bool in_group(std::string_view user, std::string_view group) const override {
    return (user == "ann" && group == "dev") || (user == "bob" && group == "ops");
  }
};
const Groups groups;

/// A rule that has every selector, and a question that fits it.
Rule narrow() {
  auto rule = allow("narrow");
  rule.hosts = hosts({".example.com", "198.51.100.0/24"});
  rule.ports = {{.first = 443, .last = 443}};
  rule.clients = networks({"10.0.0.0/8"});
  rule.users = {"ann"};
  rule.methods = {"GET", "POST"};
  rule.schemes = {Scheme::https, Scheme::wss};
  rule.hours = Hours::parse("Mon 08:00-09:00").value();
  return rule;
}

Asked fitting() {
  Asked asked("10.1.2.3", "www.example.com:443");
  asked.scheme = Scheme::https;
  asked.method = "GET";
  asked.user = "ann";
  asked.when = 8 * 60;
  return asked;
}

std::string missed_by(const Rule& rule, const Asked& asked) {
  const auto tried = fit(rule, asked.question());
  if (tried.wants_user) return "asks";
  return tried.miss ? std::string(word(*tried.miss)) : "";
}

}  // namespace

TEST_CASE("fit: a rule matches when all its selectors do", "[policy]") {
  CHECK(missed_by(narrow(), fitting()).empty());
  CHECK(missed_by(allow("all"), fitting()).empty());
}

TEST_CASE("fit: a rule misses by the selector that does not match", "[policy]") {
  using Change = void (*)(Asked&);
  auto [by, change] = GENERATE(table<const char*, Change>({
      {"ports", [](Asked& asked) { asked.target.port = Port::of(444); }},
      {"clients", [](Asked& asked) { asked.client = Address::v4(0x0b000001); }},
      {"clients", [](Asked& asked) { asked.client.reset(); }},
      {"methods", [](Asked& asked) { asked.method = "PUT"; }},
      {"methods", [](Asked& asked) { asked.method = "get"; }},
      {"methods", [](Asked& asked) { asked.method = ""; }},
      {"schemes", [](Asked& asked) { asked.scheme = Scheme::http; }},
      {"schemes", [](Asked& asked) { asked.scheme = Scheme::ws; }},
      {"schemes", [](Asked& asked) { asked.scheme = Scheme::connect; }},
      {"hours", [](Asked& asked) { asked.when = 9 * 60; }},
      {"hosts", [](Asked& asked) { asked.target = *Authority::parse("example.org:443"); }},
      {"hosts", [](Asked& asked) { asked.target = *Authority::parse("198.51.101.1:443"); }},
      {"users", [](Asked& asked) { asked.user = "bob"; }},
      {"users", [](Asked& asked) { asked.user = "Ann"; }},
      {"users", [](Asked& asked) { asked.user = ""; }},
      // The first in this order, whatever else does not match.
      {"ports", [](Asked& asked) { asked.target = *Authority::parse("example.org:1"); }},
      {"hosts",
       [](Asked& asked) {
         asked.target = *Authority::parse("example.org:443");
         asked.user = "";
         asked.can_ask_user = true;
       }},
  }));
  auto asked = fitting();
  change(asked);
  CAPTURE(by, asked.target.text(), asked.method, asked.user);
  CHECK(missed_by(narrow(), asked) == by);
}

TEST_CASE("fit: users and groups say who matches", "[policy]") {
  using Names = std::vector<std::string>;
  auto [users, in_groups, user, fits] = GENERATE(table<Names, Names, const char*, bool>({
      {{"ann"}, {}, "ann", true},
      {{"ann", "bob"}, {}, "bob", true},
      {{"*"}, {}, "zoe", true},
      {{}, {"dev"}, "ann", true},
      {{}, {"dev", "ops"}, "bob", true},
      {{"zoe"}, {"dev"}, "ann", true},
      {{"zoe"}, {"dev"}, "zoe", true},
      {{"ann"}, {}, "bob", false},
      {{}, {"dev"}, "bob", false},
      {{}, {"*"}, "bob", false},
      {{"*"}, {}, "", false},
      {{"zoe"}, {"dev"}, "bob", false},
  }));
  CAPTURE(users, in_groups, user);
  auto rule = allow("who");
  rule.users = users;
  rule.groups = in_groups;
  Asked asked("example.com:443");
  asked.user = user;
  asked.groups = &groups;
  CHECK(missed_by(rule, asked) == (fits ? "" : "users"));
  asked.groups = nullptr;
  if (users.empty()) CHECK(missed_by(rule, asked) == "users");
}

TEST_CASE("fit: a client that can say who it is has to", "[policy]") {
  auto denied = deny("bad users", {"*"});
  denied.users = {"mallory"};
  auto staff = allow("staff");
  staff.groups = {"dev"};
  const Policy policy({denied, staff, allow("rest")}, Action::deny);
  CHECK(policy.asks_user());

  auto [user, can_ask, said] = GENERATE(table<const char*, bool, const char*>({
      {"mallory", false, "no bad users"},
      {"mallory", true, "no bad users"},
      {"ann", true, "yes staff"},
      {"bob", true, "yes rest"},
      {"", true, "who bad users"},
      {"", false, "yes rest"},  // nobody is mallory
  }));
  CAPTURE(user, can_ask);
  Asked asked("example.com:443");
  asked.user = user;
  asked.can_ask_user = can_ask;
  asked.groups = &groups;
  CHECK(ask(policy, asked, "1.1.1.1") == said);
}

TEST_CASE("fit: a client is asked for the sake of an address, too", "[policy]") {
  auto denied = deny("bad users", {"8.8.8.0/24"});
  denied.users = {"mallory"};
  const Policy policy({denied, allow("rest")}, Action::deny);
  auto [user, can_ask, address, said] =
      GENERATE(table<const char*, bool, const char*, const char*>({
          {"mallory", true, "8.8.8.8", "no bad users"},
          {"mallory", true, "64:ff9b::8.8.8.8", "no bad users"},
          {"mallory", true, "1.1.1.1", "yes rest"},
          {"ann", true, "8.8.8.8", "yes rest"},
          {"", true, "8.8.8.8", "who bad users"},
          {"", true, "1.1.1.1", "yes rest"},
          {"", false, "8.8.8.8", "yes rest"},
      }));
  CAPTURE(user, can_ask, address);
  Asked asked("name.example:443");
  asked.user = user;
  asked.can_ask_user = can_ask;
  CHECK(ask(policy, asked, address) == said);
}

TEST_CASE("fit: a deny rule judges addresses by all its selectors", "[policy]") {
  auto rule = narrow();
  rule.action = Action::deny;
  const Policy policy({rule, allow("rest")}, Action::deny);
  auto asked = fitting();
  asked.target = Authority::parse("other.test:443").value();
  CHECK(ask(policy, asked, "198.51.100.7") == "no narrow");
  asked.method = "PUT";
  CHECK(ask(policy, asked, "8.8.8.8") == "yes rest");
  CHECK(ask(policy, asked, "198.51.100.7") == "no rest");  // for documentation: private
  rule.hosts = hosts({"8.8.8.8"});
  const Policy public_address({rule, allow("rest")}, Action::deny);
  CHECK(ask(public_address, asked, "8.8.8.8") == "yes rest");
  asked.method = "GET";
  CHECK(ask(public_address, asked, "8.8.8.8") == "no narrow");
  asked.when = 7;
  CHECK(ask(public_address, asked, "8.8.8.8") == "yes rest");
}

TEST_CASE("fit: what each rule before the one that decides missed by", "[policy]") {
  auto mail = allow("mail");
  mail.ports = {{.first = 993, .last = 993}};
  auto office = allow("office");
  office.clients = networks({"10.0.0.0/8"});
  const Policy policy({mail, deny("bad", {"bad.test"}), office, allow("rest"), mail}, Action::deny);
  const auto told = [&policy](const Asked& asked) {
    std::string text;
    for (const auto& miss : policy.missed(asked.question())) {
      text += miss.rule->name + ":" + std::string(word(miss.by)) + " ";
    }
    return text;
  };
  CHECK(told(Asked("192.0.2.1", "good.test:443")) == "mail:ports bad:hosts office:clients ");
  CHECK(told(Asked("192.0.2.1", "bad.test:443")) == "mail:ports ");
  CHECK(told(Asked("192.0.2.1", "bad.test:993")).empty());
}

TEST_CASE("fit: a rule names the hosts of all its sets, or all", "[policy]") {
  auto rule = allow("r");
  CHECK(rule.names_host(*Host::parse("any.test")));
  rule.hosts = {named("a", {"a.test"}), named("none", {}), named({}, {"*.b.test", "8.8.8.0/24"})};
  CHECK(rule.names_host(*Host::parse("a.test")));
  CHECK(rule.names_host(*Host::parse("x.b.test")));
  CHECK(rule.names_host(*Host::parse("8.8.8.8")));
  CHECK_FALSE(rule.names_host(*Host::parse("b.test")));
  CHECK_FALSE(rule.names_host(*Host::parse("[64:ff9b::808:808]")));
  rule.hosts = {named("none", {})};
  CHECK_FALSE(rule.names_host(*Host::parse("a.test")));  // an empty set is no reason to match all
}

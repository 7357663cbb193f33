// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <vector>

#include "unit/policy/rules.hpp"

using namespace culvert;
using namespace culvert::policy;
using namespace culvert::policy::testing;
using Texts = std::vector<std::string>;

namespace {

std::string matching(const HostSet& set, const std::string& host) {
  const auto parsed = Host::parse(host).value();
  const auto found = set.matching(parsed);
  CHECK(found.has_value() == set.matches(parsed));
  return found.value_or("none");
}

Texts texts_of(const HostSet& set) {
  Texts made;
  set.each_in_order([&made](std::string_view text) { made.emplace_back(text); });
  return made;
}

}  // namespace

TEST_CASE("host set: the most specific pattern matches", "[policy]") {
  const auto set =
      set_of({"example.com", ".example.com", "*.www.example.com", ".a.test", "*.a.test", "*.test",
              "xn--bcher-kva.example", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "2001:db8::/32",
              "2001:db8::7", "0.0.0.0/1", "a_b.example"});
  auto [host, pattern] = GENERATE(table<const char*, const char*>({
      {"example.com", "example.com"},
      {"www.example.com", ".example.com"},
      {"x.www.example.com", "*.www.example.com"},
      {"y.x.www.example.com", "*.www.example.com"},
      {"a.test", ".a.test"},
      {"b.a.test", "*.a.test"},
      {"b.test", "*.test"},
      {"XN--Bcher-KVA.example.", "xn--bcher-kva.example"},
      {"a_b.example", "a_b.example"},
      {"test", "none"},
      {"com", "none"},
      {"evilexample.com", "none"},
      {"example.com.evil", "none"},
      {"example.comm", "none"},
      {"xample.com", "none"},
      {"10.1.2.3", "10.1.2.3"},
      {"10.1.2.4", "10.1.0.0/16"},
      {"10.2.0.1", "10.0.0.0/8"},
      {"0xa.2.1", "10.0.0.0/8"},
      {"[::ffff:10.1.2.3]", "10.1.2.3"},
      {"1.1.1.1", "0.0.0.0/1"},
      {"200.1.1.1", "none"},
      {"[2001:db8::7]", "2001:db8::7"},
      {"[2001:db8::8]", "2001:db8::/32"},
      {"[2001:db9::8]", "none"},
      {"[::1]", "none"},
  }));
  CAPTURE(host);
  CHECK(matching(set, host) == pattern);
}

TEST_CASE("host set: * matches every host, after all others", "[policy]") {
  const auto set = set_of({"*", "example.com", "10.0.0.0/8"});
  CHECK(matching(set, "example.com") == "example.com");
  CHECK(matching(set, "other.test") == "*");
  CHECK(matching(set, "10.0.0.1") == "10.0.0.0/8");
  CHECK(matching(set, "[::1]") == "*");
  CHECK(set.matches(*Address::parse("10.0.0.1")));
  CHECK_FALSE(set.matches(*Address::parse("11.0.0.1")));  // only networks match addresses
}

TEST_CASE("host set: an empty one matches nothing", "[policy]") {
  const HostSet set;
  CHECK(set.empty());
  CHECK_FALSE(set.has_networks());
  CHECK(matching(set, "example.com") == "none");
  CHECK(matching(set, "10.0.0.1") == "none");
  CHECK(texts_of(set).empty());
}

TEST_CASE("host set: networks of all names and of all addresses stand apart", "[policy]") {
  // The bytes of this network's key are letters; a name of the same letters is no key of it.
  const auto set = set_of({"6161:6161:6161:6161:6161:6161:6161:6161"});
  CHECK(matching(set, "aaaaaaaaaaaaaaaa") == "none");
  CHECK(matching(set_of({"aaaaaaaaaaaaaaaa"}), "[6161:6161:6161:6161:6161:6161:6161:6161]") ==
        "none");
  CHECK(matching(set_of({"0.0.0.0/0"}), "[::1]") == "none");
  CHECK(matching(set_of({"::/0"}), "1.1.1.1") == "none");
  CHECK(matching(set_of({"::/0"}), "[::1]") == "::/0");
  CHECK(matching(set_of({"0.0.0.0/0"}), "1.1.1.1") == "0.0.0.0/0");
}

TEST_CASE("host set: a pattern is kept once, and all come in one order", "[policy]") {
  const Texts patterns = {"b.test", "*.b.test",    ".b.test",    "a.test",  "10.0.0.0/8",
                          "*",      "2001:db8::1", "10.0.0.0/9", "a.b.test"};
  HostSet forwards;
  HostSet backwards;
  for (const auto& text : patterns) forwards.add(*HostPattern::parse(text));
  for (auto text = patterns.rbegin(); text != patterns.rend(); ++text) {
    backwards.add(*HostPattern::parse(*text));
    backwards.add(*HostPattern::parse(*text));
  }
  CHECK(forwards.size() == patterns.size());
  CHECK(backwards.size() == patterns.size());
  CHECK(forwards.has_networks());
  CHECK(texts_of(forwards) == texts_of(backwards));
  auto sorted = texts_of(forwards);
  std::ranges::sort(sorted);
  auto wanted = patterns;
  std::ranges::sort(wanted);
  CHECK(sorted == wanted);
}

TEST_CASE("host set: another set can be added", "[policy]") {
  auto set = set_of({"a.test", "10.0.0.0/8"});
  set.add(set_of({"*.a.test", ".b.c.d.test", "10.0.0.0/8", "2001:db8::/32", "*"}));
  CHECK(set.size() == 6);
  CHECK(matching(set, "x.a.test") == "*.a.test");
  CHECK(matching(set, "y.b.c.d.test") == ".b.c.d.test");
  CHECK(matching(set, "[2001:db8::1]") == "2001:db8::/32");
  CHECK(matching(set, "other.test") == "*");
}

TEST_CASE("host set: covers what matches no more than it does", "[policy]") {
  using Patterns = std::initializer_list<const char*>;
  struct Case {
    Patterns ours;
    Patterns theirs;
    bool covers;
  };
  static const Case cases[] = {
      {{"a.test"}, {"a.test"}, true},
      {{"a.test"}, {}, true},
      {{"*"}, {"a.test", "10.0.0.0/8", "*"}, true},
      {{".a.test"}, {"a.test", "*.a.test", ".a.test", "x.a.test", ".y.x.a.test"}, true},
      {{"*.a.test"}, {"x.a.test", "*.a.test", ".x.a.test", "*.x.a.test"}, true},
      {{"a.test", "*.a.test"}, {".a.test"}, true},
      {{"10.0.0.0/8"}, {"10.0.0.0/8", "10.1.0.0/16", "10.0.0.1"}, true},
      {{"::/0"}, {"2001:db8::/32", "::1"}, true},
      {{}, {"a.test"}, false},
      {{"a.test"}, {"*"}, false},
      {{"a.test"}, {".a.test"}, false},
      {{"*.a.test"}, {"a.test"}, false},
      {{"*.a.test"}, {".a.test"}, false},
      {{"*.a.test"}, {"b.test"}, false},
      {{".b.a.test"}, {".a.test"}, false},
      {{"a.test"}, {"a.test", "b.test"}, false},
      {{"10.0.0.0/8"}, {"10.0.0.0/7"}, false},
      {{"10.0.0.0/8"}, {"a.test"}, false},
      {{"::/0", "0.0.0.0/0"}, {"*"}, false},
      {{"10.0.0.0/9", "10.128.0.0/9"}, {"10.0.0.0/8"}, false},  // only both together
  };
  for (const auto& one : cases) {
    const auto ours = set_of(one.ours);
    CAPTURE(texts_of(ours), texts_of(set_of(one.theirs)));
    CHECK(ours.covers(set_of(one.theirs)) == one.covers);
  }
}

TEST_CASE("host set: names of the greatest length and depth are found", "[policy]") {
  std::string deep = "a";
  while (deep.size() < 253) deep += ".a";
  std::string wide;
  for (int i = 0; i < 3; ++i) wide += std::string(63, 'w') + ".";
  wide += std::string(61, 'w');
  HostSet set;
  for (const auto& name : {deep, wide, "*" + deep.substr(101)}) set.add(*HostPattern::parse(name));
  CHECK(matching(set, deep) == deep);
  CHECK(matching(set, wide) == wide);
  CHECK(matching(set, "b." + deep.substr(2)) == "*" + deep.substr(101));
  CHECK(matching(set, "b" + wide.substr(1)) == "none");
  CHECK(matching(set_of({"*.a"}), deep) == "*.a");
}

TEST_CASE("host set: a copy has a life of its own", "[policy]") {
  auto set = set_of({"a.test"});
  const auto copy = set;
  for (int i = 0; i < 1000; ++i) {
    set.add(*HostPattern::parse("name-" + std::to_string(i) + ".test"));
  }
  CHECK(set.size() == 1001);
  CHECK(matching(set, "name-999.test") == "name-999.test");
  CHECK(matching(set, "name-1000.test") == "none");
  CHECK(copy.size() == 1);
  CHECK(matching(copy, "name-999.test") == "none");
}

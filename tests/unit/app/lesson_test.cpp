// SPDX-License-Identifier: Apache-2.0
#include "app/lesson.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

#include "app/sighting.hpp"
#include "unit/app/access_lines.hpp"

using namespace culvert;
using app::Lesson;
using policy::Scheme;
using policy::Speech;
using test::request_line;
using test::tunnel_line;
using Names = std::vector<std::string>;
using Ports = std::vector<std::uint16_t>;

namespace {

std::vector<Lesson> learned(const Names& lines) {
  app::Tally tally;
  for (const auto& line : lines) {
    const auto read = app::read_sighting(line);
    REQUIRE(read);
    std::visit([&tally](const auto& one) { tally.add(one); }, *read);
  }
  return app::lessons(tally, app::Siblings());
}

Names patterns(const Lesson& lesson) {
  Names made;
  for (const auto& host : lesson.hosts) made.push_back(host.pattern);
  return made;
}

}  // namespace

TEST_CASE("lesson: hosts that are reached alike share a rule", "[lesson]") {
  const auto rules = learned({
      tunnel_line("b.example", {{"tunnel", "tls"}}),
      tunnel_line("a.example", {{"tunnel", "tls"}}),
      tunnel_line("c.example", {{"tunnel", "websocket"}}),
      request_line("a.example"),
  });
  REQUIRE(rules.size() == 3);
  CHECK(patterns(rules[0]) == Names{"a.example", "b.example"});
  CHECK(rules[0].ports == Ports{443});
  CHECK(rules[0].schemes == policy::Few<Scheme>{Scheme::connect});
  CHECK(patterns(rules[1]) == Names{"c.example"});
  CHECK(rules[1].speeches == policy::Few<Speech>{Speech::websocket});
  CHECK(patterns(rules[2]) == Names{"a.example"});
  CHECK(rules[2].ports == Ports{80});
  CHECK(rules[2].schemes == policy::Few<Scheme>{Scheme::http});
}

TEST_CASE("lesson: the ports of a host that is reached alike on each are together", "[lesson]") {
  const auto rules = learned({tunnel_line("a.example"), tunnel_line("a.example", {{"port", 8443}}),
                              tunnel_line("a.example", {{"port", 9443}})});
  REQUIRE(rules.size() == 1);
  CHECK(rules[0].ports == Ports{443, 8443, 9443});
}

TEST_CASE("lesson: a tunnel's two lines are one time, and half of them too", "[lesson]") {
  const auto open = tunnel_line("a.example", {{"event", "open"}});
  CHECK(learned({open, tunnel_line("a.example")})[0].hosts[0].times == 1);
  CHECK(learned({tunnel_line("a.example")})[0].hosts[0].times == 1);
  CHECK(learned({open, open, tunnel_line("a.example")})[0].hosts[0].times == 2);
}

TEST_CASE("lesson: siblings become a pattern that says what it stands for", "[lesson]") {
  const auto rules = learned(
      {tunnel_line("c.example.com"), tunnel_line("a.example.com"), tunnel_line("b.example.com"),
       tunnel_line("b.example.com"), tunnel_line("192.0.2.7", {{"resolved", "192.0.2.7"}}),
       tunnel_line("x.github.io"), tunnel_line("y.github.io"), tunnel_line("z.github.io")});
  REQUIRE(rules.size() == 2);  // 192.0.2.0/24 is for documentation: private
  CHECK(patterns(rules[0]) == Names{".example.com", "x.github.io", "y.github.io", "z.github.io"});
  CHECK(rules[0].hosts[0].times == 4);
  CHECK(rules[0].hosts[0].names == Names{"a.example.com", "b.example.com", "c.example.com"});
  CHECK(patterns(rules[1]) == Names{"192.0.2.7"});
}

TEST_CASE("lesson: no pattern stands before the rule of a host that needs more", "[lesson]") {
  const auto rules = learned({
      tunnel_line("a.example.com", {{"tunnel", "tls"}}),
      tunnel_line("b.example.com", {{"tunnel", "tls"}}),
      tunnel_line("c.example.com", {{"tunnel", "tls"}}),
      tunnel_line("chat.example.com", {{"tunnel", "websocket"}}),
      tunnel_line("other.example", {{"tunnel", "tls"}}),
      request_line("d.example.com"),
  });
  REQUIRE(rules.size() == 4);
  CHECK(patterns(rules[0]) == Names{"other.example"});
  CHECK(patterns(rules[1]) == Names{"chat.example.com"});
  CHECK(patterns(rules[2]) == Names{"d.example.com"});
  CHECK(patterns(rules[3]) == Names{".example.com"});
}

TEST_CASE("lesson: of two patterns for one domain and port, the second stays names", "[lesson]") {
  Names lines;
  for (const auto* name : {"a.example.com", "b.example.com", "c.example.com"}) {
    lines.push_back(tunnel_line(name, {{"tunnel", "tls"}}));
  }
  for (const auto* name : {"d.example.com", "e.example.com", "f.example.com"}) {
    lines.push_back(tunnel_line(name, {{"tunnel", "opaque"}}));
  }
  const auto rules = learned(lines);
  REQUIRE(rules.size() == 2);
  CHECK(rules[0].hosts.size() == 3);
  CHECK(rules[0].hosts[0].names.empty());
  CHECK(patterns(rules[1]) == Names{".example.com"});
}

TEST_CASE("lesson: private addresses set a host apart, and are kept", "[lesson]") {
  const auto rules = learned({tunnel_line("wiki.corp.example", {{"resolved", "10.20.0.7"}}),
                              tunnel_line("git.corp.example", {{"resolved", "10.20.0.8"}}),
                              tunnel_line("www.example.net")});
  REQUIRE(rules.size() == 2);
  CHECK(patterns(rules[1]) == Names{"git.corp.example", "wiki.corp.example"});
  CHECK(rules[1].seen.private_addresses.size() == 2);
  CHECK(rules[0].seen.private_addresses.empty());
}

TEST_CASE("lesson: the order of the lines makes no difference", "[lesson]") {
  Names lines;
  for (const auto* name : {"a.example.com", "b.example.com", "c.example.com", "z.example.org"}) {
    lines.push_back(tunnel_line(name, {{"user", name}}));
    lines.push_back(request_line(name, {{"client", "10.0.0.1:1"}}));
  }
  const auto forwards = learned(lines);
  std::ranges::reverse(lines);
  const auto backwards = learned(lines);
  REQUIRE(forwards.size() == backwards.size());
  for (std::size_t i = 0; i < forwards.size(); ++i) {
    CHECK(forwards[i].hosts == backwards[i].hosts);
    CHECK(forwards[i].seen.users.texts() == backwards[i].seen.users.texts());
  }
}

// SPDX-License-Identifier: Apache-2.0
#include "app/covered.hpp"

#include <catch2/catch.hpp>

#include "unit/app/access_lines.hpp"

using namespace culvert;
using policy::Speech;
using test::Json;
using test::tunnel_line;

namespace {

bool covered(const policy::Rule& rule, const Json& more = Json::object()) {
  const auto read = app::read_sighting(tunnel_line("a.example", more));
  const policy::Policy policy({rule}, policy::Action::deny);
  return app::covered(policy, nullptr, std::get<app::Sighting>(read.value()));
}

policy::Rule allowing() {
  policy::Rule rule;
  rule.name = "all";
  return rule;
}

}  // namespace

TEST_CASE("covered: a target that a rule allows is", "[covered]") {
  auto rule = allowing();
  CHECK(covered(rule));
  rule.ports = {{.first = 80, .last = 80}};
  CHECK(!covered(rule));
}

TEST_CASE("covered: a private address is only if the rule says so", "[covered]") {
  auto rule = allowing();
  CHECK(!covered(rule, {{"resolved", "10.0.0.1"}}));
  rule.all_private = true;
  CHECK(covered(rule, {{"resolved", "10.0.0.1"}}));
}

TEST_CASE("covered: so is what ran in the tunnel", "[covered]") {
  auto rule = allowing();
  rule.tunnel = {Speech::tls};
  CHECK(covered(rule, {{"tunnel", "tls"}}));
  CHECK(!covered(rule, {{"tunnel", "opaque"}}));
  rule.tunnel = {Speech::any};
  CHECK(covered(rule, {{"tunnel", "tls"}}));
}

TEST_CASE("covered: so is the server's name", "[covered]") {
  auto rule = allowing();
  CHECK(covered(rule, {{"sni", "A.example"}}));
  rule.hosts = {{.set = {},
                 .hosts = std::make_shared<policy::HostSet>(
                     std::vector{policy::HostPattern::parse("a.example").value()})}};
  CHECK(!covered(rule, {{"sni", "b.example"}}));
  rule.sni = policy::Sni::log;
  CHECK(covered(rule, {{"sni", "b.example"}}));
}

TEST_CASE("covered: so is the host that HTTP in the tunnel is for", "[covered]") {
  auto speech = GENERATE(as<std::string>(), "http", "websocket");
  CAPTURE(speech);
  auto rule = allowing();
  rule.hosts = {{.set = {},
                 .hosts = std::make_shared<policy::HostSet>(
                     std::vector{policy::HostPattern::parse("a.example").value()})}};
  CHECK(covered(rule, {{"tunnel", speech}, {"inner_host", "a.example"}}));
  CHECK(!covered(rule, {{"tunnel", speech}, {"inner_host", "b.example"}}));
  rule.sni = policy::Sni::log;
  CHECK(covered(rule, {{"tunnel", speech}, {"inner_host", "b.example"}}));
}

TEST_CASE("covered: the time of the line is what a rule's hours are asked of", "[covered]") {
  auto rule = allowing();
  rule.hours = policy::Hours::parse("Mon-Sun").value();
  CHECK(covered(rule));
  // The line is of a Saturday, in any zone.
  rule.hours = policy::Hours::parse("Tue").value();
  CHECK(!covered(rule, {{"ts", "2026-11-21T12:00:00.000Z"}}));
}

TEST_CASE("covered: a user counts by the groups of the configuration", "[covered]") {
  struct : policy::Membership {
    bool in_group(std::string_view user, std::string_view group) const override {
      return user == "alice" && group == "dev";
    }
  } groups;
  auto rule = allowing();
  rule.groups = {"dev"};
  const policy::Policy policy({rule}, policy::Action::deny);
  const auto covered_for = [&](const char* user, const policy::Membership* known) {
    const auto read = app::read_sighting(tunnel_line("a.example", {{"user", user}}));
    return app::covered(policy, known, std::get<app::Sighting>(read.value()));
  };
  CHECK(covered_for("alice", &groups));
  CHECK(!covered_for("bob", &groups));
  CHECK(!covered_for("alice", nullptr));
}

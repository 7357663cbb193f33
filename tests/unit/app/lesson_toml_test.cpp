// SPDX-License-Identifier: Apache-2.0
#include "app/lesson_toml.hpp"

#include <catch2/catch.hpp>

#include "app/covered.hpp"
#include "app/sighting.hpp"
#include "config/config.hpp"
#include "unit/app/access_lines.hpp"

using namespace culvert;
using app::as_toml;
using Catch::Contains;
using test::request_line;
using test::tunnel_line;

namespace {

std::string toml_of(const std::vector<std::string>& lines) {
  app::Tally tally;
  for (const auto& line : lines) {
    const auto read = app::read_sighting(line);
    REQUIRE(read);
    std::visit([&tally](const auto& one) { tally.add(one); }, *read);
  }
  const app::Heading heading{.text = "# learned\n\n[policy]\ndefault = \"deny\"\n"};
  return as_toml(app::lessons(tally, app::Siblings()), tally, heading);
}

/// The configuration that a text is; fails with its mistakes.
config::Config parsed(const std::string& toml) {
  INFO(toml);
  auto loaded = config::parse(toml, "learned.toml", {});
  for (const auto& mistake : loaded.mistakes) UNSCOPED_INFO(mistake.text());
  REQUIRE(loaded.config);
  return std::move(*loaded.config);
}

std::vector<std::string> everything() {
  return {
      tunnel_line("a.example.com", {{"tunnel", "tls"}, {"sni", "a.example.com"}}),
      tunnel_line("b.example.com", {{"tunnel", "tls"}, {"client", "10.1.2.3:4"}}),
      tunnel_line("c.example.com", {{"tunnel", "tls"}, {"user", "al\nice\"]"}}),
      tunnel_line("chat.example.org", {{"tunnel", "websocket"}, {"port", 80}}),
      tunnel_line("front.example.org", {{"tunnel", "tls"}, {"sni", "behind.example.net"}}),
      tunnel_line("[2001:db8::1]", {{"resolved", "2001:db8::1"}, {"tunnel", "opaque"}}),
      request_line("wiki.corp.example", {{"resolved", "10.20.0.7"}, {"client", "unix:7"}}),
      request_line("shop.example.net", {{"would_deny", "default"}, {"verdict", "deny"}}),
      request_line("gone.example.net", {{"status", 502}, {"error", "dns_error"}}),
  };
}

}  // namespace

TEST_CASE("learned TOML: is a configuration, whatever was seen", "[learn]") {
  const auto config = parsed(toml_of(everything()));
  CHECK(config.policy.rules().size() == 6);
  CHECK(config.policy.by_default() == policy::Action::deny);
  CHECK(parsed(toml_of({})).policy.rules().empty());
}

TEST_CASE("learned TOML: the policy that it is allows what was seen, and no more", "[learn]") {
  const auto policy = parsed(toml_of(everything())).policy;
  const auto client = Address::v4(0x7f000001);
  const auto allows = [&](const char* target, policy::Scheme scheme) {
    const auto read = Authority::parse(target).value();
    return policy.decide({.client = &client, .target = read, .scheme = scheme, .method = "GET"})
        .allowed;
  };
  CHECK(allows("b.example.com:443", policy::Scheme::connect));
  CHECK(allows("chat.example.org:80", policy::Scheme::connect));
  CHECK(allows("shop.example.net:80", policy::Scheme::http));
  CHECK(!allows("b.example.com:80", policy::Scheme::connect));
  CHECK(!allows("shop.example.net:80", policy::Scheme::connect));
  CHECK(!allows("gone.example.net:80", policy::Scheme::http));
  CHECK(!allows("example.org:443", policy::Scheme::connect));
}

TEST_CASE("learned TOML: who was not seen at a host is not let through to it", "[learn]") {
  const auto policy = parsed(toml_of(everything())).policy;
  const auto allows = [&policy](const char* client, const char* target) {
    const auto from = Address::parse(client).value();
    return policy.decide({.client = &from, .target = Authority::parse(target).value()}).allowed;
  };
  CHECK(allows("10.1.2.77", "a.example.com:443"));
  CHECK(!allows("10.1.3.77", "a.example.com:443"));
  CHECK(!allows("10.1.2.77", "chat.example.org:80"));
}

TEST_CASE("learned TOML: says how often, by whom, and what was left out", "[learn]") {
  const auto toml = toml_of(everything());
  CHECK_THAT(toml, Contains("\".example.com\",  # 3 times; 3 names: a.example.com, "));
  CHECK_THAT(toml, Contains("\"chat.example.org\",  # once"));
  CHECK_THAT(toml, Contains("# once; would have been denied by default"));
  CHECK_THAT(toml, Contains("users: al?ice\"]"));
  CHECK_THAT(toml, Contains("sni = \"log\"") && Contains("behind.example.net"));
  CHECK_THAT(toml, Contains("private = [\"10.20.0.7\"]"));
  CHECK_THAT(toml, Contains("clients = [\"10.1.2.0/24\", \"127.0.0.0/8\"]"));
  CHECK_THAT(toml, Contains("# Left out:\n#   dns_error: once\n"));
}

TEST_CASE("learned TOML: a tunnel that was for another host is let through", "[learn]") {
  const auto line = GENERATE(
      tunnel_line("front.example.org", {{"tunnel", "tls"}, {"sni", "behind.example.net"}}),
      tunnel_line("front.example.org", {{"tunnel", "http"}, {"inner_host", "behind.example.net"}}),
      tunnel_line("front.example.org",
                  {{"tunnel", "websocket"}, {"inner_host", "behind.example.net"}}));
  CAPTURE(line);
  const auto toml = toml_of({line});
  CHECK_THAT(toml, Contains("# tunnels named servers that were not asked for: behind.example.net\n"
                            "sni = \"log\"\n"));
  const auto seen = std::get<app::Sighting>(app::read_sighting(line).value());
  CHECK(app::covered(parsed(toml).policy, nullptr, seen));
}

TEST_CASE("learned TOML: what came from this machine or a Unix socket names no clients",
          "[learn]") {
  CHECK_THAT(toml_of({tunnel_line("a.example")}), !Contains("clients"));
  const auto mixed = toml_of({tunnel_line("a.example", {{"client", "unix:7"}}),
                              tunnel_line("a.example", {{"client", "10.1.2.3:4"}})});
  CHECK_THAT(mixed, !Contains("clients = ") && Contains("# clients: over a Unix socket, and"));
}

TEST_CASE("learned TOML: clients are told by their networks", "[learn]") {
  const auto toml = toml_of({tunnel_line("a.example", {{"client", "10.1.2.3:4"}}),
                             tunnel_line("a.example", {{"client", "10.1.2.77:4"}}),
                             tunnel_line("a.example", {{"client", "[2001:db8:1:2::5]:4"}})});
  CHECK_THAT(toml, Contains("clients = [\"10.1.2.0/24\", \"2001:db8:1:2::/64\"]"));
  CHECK(parsed(toml).policy.rules().at(0).clients.size() == 2);
}

TEST_CASE("learned TOML: long lists have an entry a line", "[learn]") {
  std::vector<std::string> lines;
  for (int port = 1; port <= 20; ++port) {
    lines.push_back(tunnel_line("a.example", {{"port", 8000 + port}}));
  }
  const auto toml = toml_of(lines);
  CHECK_THAT(toml, Contains("ports = [\n  8001,\n  8002,\n"));
  CHECK(parsed(toml).policy.rules().at(0).ports.size() == 20);
}

TEST_CASE("learned TOML: names go on counting where a file's rules end", "[learn]") {
  const auto named = [](const char* name) {
    policy::Rule rule;
    rule.name = name;
    return rule;
  };
  CHECK(app::next_number({}) == 1);
  CHECK(app::next_number({named("chat"), named("learned x"), named("learned")}) == 1);
  CHECK(app::next_number({named("learned 7"), named("learned 2")}) == 8);
}

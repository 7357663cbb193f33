// SPDX-License-Identifier: Apache-2.0
#include "app/explanation.hpp"

#include <memory>

#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>
#include <culvert/error.hpp>

#include "app/explanation_writers.hpp"

using namespace culvert;
using app::as_json;
using app::as_text;
using app::Colours;
using app::explained;
using app::Explanation;
using app::Found;
using app::Request;
using Catch::Contains;
using Catch::EndsWith;
using policy::Policy;
using policy::Rule;
using policy::Selector;
using Outcome = Explanation::Outcome;
using Addresses = std::vector<Address>;

namespace {

std::vector<policy::RuleHosts> hosts(const std::vector<std::string>& texts) {
  std::vector<policy::HostPattern> patterns;
  for (const auto& text : texts) patterns.push_back(policy::HostPattern::parse(text).value());
  return {{.set = {}, .hosts = std::make_shared<policy::HostSet>(patterns)}};
}

Rule rule(const std::string& name, std::uint32_t line) {
  Rule made;
  made.name = name;
  made.line = line;
  return made;
}

/// Each rule but the last two misses what is asked below by another selector.
Policy policy_of(policy::Mode mode = policy::Mode::enforce) {
  auto wiki = rule("wiki", 3);
  wiki.hosts = hosts({"wiki.example.net", "*.wiki.example.net"});
  auto admin = rule("admin", 9);
  admin.ports = {{.first = 22, .last = 22}, {.first = 8000, .last = 8999}};
  auto office = rule("office", 14);
  office.clients = {Network::parse("10.0.0.0/8").value()};
  auto hours = rule("hours", 20);
  hours.hours = policy::Hours::parse("Sat 08:00-09:00").value();
  auto upload = rule("upload", 25);
  upload.methods = {"PUT"};
  auto people = rule("people", 30);
  people.hosts = hosts({"people.example.com"});
  people.users = {"alice"};
  people.groups = {"dev"};
  auto metadata = rule("metadata", 35);
  metadata.action = policy::Action::deny;
  metadata.hosts = hosts({"169.254.0.0/16", "198.51.100.7"});
  auto chat = rule("chat", 40);
  chat.hosts = hosts({".example.com"});
  chat.private_networks = {Network::parse("10.20.0.0/16").value()};
  chat.websocket.paths = {"/chat"};
  chat.quota.tunnels = 10;
  return {{wiki, admin, office, hours, upload, people, metadata, chat}, policy::Action::deny, mode};
}

Request asking(const char* text, const char* user = "") {
  return {.asked = app::read_asked(text, "").value(),
          .user = user,
          .groups = {},
          .when = 0,
          .can_ask_user = true};
}

Found found(std::initializer_list<const char*> texts) {
  Addresses made;
  for (const auto* text : texts) made.push_back(Address::parse(text).value());
  return made;
}

}  // namespace

TEST_CASE("explanation: each earlier rule says what it missed by", "[explain]") {
  const auto policy = policy_of();
  const auto made = explained(policy, asking("chat.example.com:443"), found({"93.184.215.14"}));
  REQUIRE(made.missed.size() == 7);
  const auto missed = [&made](std::size_t at, Selector by, const char* why) {
    CHECK(made.missed[at].by == by);
    CHECK(made.missed[at].why == why);
  };
  missed(0, Selector::hosts, "chat.example.com is none of wiki.example.net, *.wiki.example.net");
  missed(1, Selector::ports, "443 is none of 22, 8000-8999");
  missed(2, Selector::clients, "127.0.0.1 is in none of 10.0.0.0/8");
  missed(3, Selector::hours, "Mon 00:00 is not in Sat 08:00-09:00");
  missed(4, Selector::methods, "CONNECT is none of PUT");
  CHECK(made.decision.rule->name == "chat");
  CHECK(made.outcome == Outcome::allow);
}

TEST_CASE("explanation: who needs a user is told so, and who has one is not", "[explain]") {
  const auto policy = policy_of();
  const auto public_address = found({"93.184.215.14"});
  const auto nobody = explained(policy, asking("people.example.com:443"), public_address);
  CHECK(nobody.outcome == Outcome::needs_user);
  CHECK(nobody.addresses.empty());
  const auto alice = explained(policy, asking("people.example.com:443", "alice"), public_address);
  CHECK(alice.outcome == Outcome::allow);
  CHECK(alice.decision.rule->name == "people");
  const auto bob = explained(policy, asking("people.example.com:443", "bob"), public_address);
  CHECK(bob.decision.rule->name == "chat");
  CHECK(bob.missed[5].why == "bob is not of users alice or groups dev");
  auto of_dev = asking("people.example.com:443", "bob");
  of_dev.groups = {"dev"};
  CHECK(explained(policy, of_dev, public_address).decision.rule->name == "people");
}

TEST_CASE("explanation: nobody needs a user where nobody can be asked", "[explain]") {
  auto request = asking("people.example.com:443");
  request.can_ask_user = false;
  const auto policy = policy_of();
  const auto made = explained(policy, request, found({"93.184.215.14"}));
  CHECK(made.decision.rule->name == "chat");
  CHECK(made.outcome == Outcome::allow);
}

TEST_CASE("explanation: a user who is known by the place is told as such", "[explain]") {
  const auto policy = policy_of();
  auto request = asking("people.example.com:443", "alice");
  const auto text_of_it = [&] { return as_text(explained(policy, request, {}), "", Colours::off); };
  const auto json_of_it = [&] {
    return nlohmann::json::parse(as_json(explained(policy, request, {}), ""))["request"];
  };
  CHECK_THAT(text_of_it(), Contains("user       alice\n"));
  CHECK(!json_of_it().contains("user_by"));
  request.known_by_place = true;
  CHECK_THAT(text_of_it(), Contains("user       alice; by [identities]\n"));
  CHECK(json_of_it()["user"] == "alice");
  CHECK(json_of_it()["user_by"] == "identities");
  request.groups = {"dev"};
  CHECK_THAT(text_of_it(), Contains("user       alice, of dev; by [identities]\n"));
}

TEST_CASE("explanation: each address is judged by itself", "[explain]") {
  const auto policy = policy_of();
  const auto made = explained(
      policy, asking("chat.example.com:443"),
      found({"93.184.215.14", "10.20.1.1", "10.30.1.1", "169.254.169.254", "64:ff9b::7f00:1",
             "::", "64:ff9b:1:a00:0:100:800:1", "64:ff9b:1::a9fe:a9fe"}));
  REQUIRE(made.addresses.size() == 8);
  CHECK(made.outcome == Outcome::allow);
  CHECK(made.addresses[0].allowed);
  CHECK(made.addresses[1].allowed);
  CHECK(made.addresses[2].why ==
        "private (RFC 1918), and not of private = 10.20.0.0/16 of rule \"chat\"");
  CHECK(made.addresses[3].why == "rule \"metadata\" denies this address");
  CHECK_THAT(made.addresses[4].why, Contains("carries 127.0.0.1, loopback"));
  CHECK(made.addresses[5].why == "no destination");
  CHECK_THAT(made.addresses[6].why, Contains("10.0.0.1") && Contains(", local NAT64"));
  CHECK(made.addresses[7].why == "rule \"metadata\" denies this address");
}

TEST_CASE("explanation: an address may be refused to those whom nobody knows", "[explain]") {
  auto inside = rule("inside", 1);
  inside.action = policy::Action::deny;
  inside.hosts = hosts({"198.51.100.0/24"});
  inside.users = {"guest"};
  const Policy policy({inside, rule("rest", 5)}, policy::Action::deny);
  const auto outcome = [&](const char* user) {
    return explained(policy, asking("a.example:443", user), found({"198.51.100.7"})).outcome;
  };
  CHECK(outcome("") == Outcome::needs_user);
  CHECK(outcome("guest") == Outcome::no_address);
  CHECK(outcome("alice") == Outcome::no_address);  // documentation, which no rule allows
}

TEST_CASE("explanation: without an address that is allowed it is denied", "[explain]") {
  const auto policy = policy_of();
  const auto refused = explained(policy, asking("chat.example.com:443"), found({"127.0.0.1"}));
  CHECK(refused.outcome == Outcome::no_address);
  const auto lost =
      explained(policy, asking("chat.example.com:443"), Found(fail(Errc::dns_timeout)));
  CHECK(lost.outcome == Outcome::cannot_tell);
  CHECK(!lost.lookup_failure.empty());
  CHECK(explained(policy, asking("chat.example.com:443"), {}).outcome == Outcome::allow);
}

TEST_CASE("explanation: an address that is asked for is judged without looking", "[explain]") {
  const auto policy = Policy::built_in();
  CHECK(!app::wants_addresses(policy, asking("127.0.0.1:443")));
  CHECK(explained(policy, asking("127.0.0.1:443"), {}).outcome == Outcome::no_address);
  CHECK(explained(policy, asking("1.1.1.1:443"), {}).outcome == Outcome::allow);
}

TEST_CASE("explanation: a name is looked up only if it may be reached", "[explain]") {
  const auto policy = policy_of();
  CHECK(app::wants_addresses(policy, asking("chat.example.com:443")));
  CHECK(!app::wants_addresses(policy, asking("elsewhere.example:443")));
}

TEST_CASE("explanation: browsers ask by CONNECT, which may be decided otherwise", "[explain]") {
  auto plain = rule("plain", 1);
  plain.schemes = {policy::Scheme::https};
  const Policy policy({plain}, policy::Action::deny);
  const auto made = explained(policy, asking("https://a.example/"), {});
  CHECK(made.decision.allowed);
  REQUIRE(made.browsers);
  CHECK(!made.browsers->allowed);
  CHECK(!explained(policy, asking("http://a.example/"), {}).browsers);
  CHECK(!explained(policy, asking("a.example:443"), {}).browsers);
}

TEST_CASE("explanation: an origin that has no choice of HTTP's version is told", "[explain]") {
  using enum config::OriginHttp;
  auto [what, how, line] = GENERATE(table<const char*, config::OriginHttp, const char*>({
      {"https://chat.example.com/", http2, "origin     HTTP/2 alone\n"},
      {"https://chat.example.com/", http11, "origin     HTTP/1.1 alone\n"},
      {"https://chat.example.com/", automatic, ""},
      {"chat.example.com:443", http2, ""},  // what runs in a tunnel is the client's affair
  }));
  CAPTURE(what);
  const auto policy = policy_of();
  auto made = explained(policy, asking(what), found({"93.184.215.14"}));
  REQUIRE(made.decision.allowed);
  made.origin_http = how;
  const auto text = as_text(made, "c.toml", Colours::off);
  CHECK(text.contains("\norigin") == (*line != '\0'));
  CHECK_THAT(text, Contains(line));
}

TEST_CASE("explanation: its text is steps, and the answer last", "[explain]") {
  const auto policy = policy_of();
  auto made =
      explained(policy, asking("chat.example.com:443"), found({"93.184.215.14", "10.30.1.1"}));
  made.timeouts = {{.name = "tunnel_idle", .value = "2h"}};
  const auto text = as_text(made, "c.toml", Colours::off);
  CHECK_THAT(text, Contains("target     chat.example.com:443\n"));
  CHECK_THAT(text, Contains("missed     \"wiki\"      c.toml:3   hosts: chat.example.com is"));
  CHECK_THAT(text, Contains("           \"admin\"     c.toml:9   ports: 443 is none of"));
  CHECK_THAT(text, Contains("decides    \"chat\"      c.toml:40  allow\n"));
  CHECK_THAT(text, Contains("addresses  93.184.215.14  allowed\n"));
  CHECK_THAT(text, Contains("           10.30.1.1      refused: private"));
  CHECK_THAT(text, Contains("tunnel     tls, websocket, http; server name: match\n"));
  CHECK_THAT(text, Contains("websocket  paths /chat\n"));
  CHECK_THAT(text, Contains("timeouts   tunnel_idle 2h\n"));
  CHECK_THAT(text, Contains("quota      10 tunnels\n"));
  CHECK_THAT(text, EndsWith("\n\nallow\n"));
  CHECK_THAT(as_text(made, "c.toml", Colours::on), EndsWith("\x1b[1;32mallow\x1b[0m\n"));
}

TEST_CASE("explanation: the last line of a denial says why", "[explain]") {
  const auto policy = policy_of();
  const auto last = [&policy](const Request& request, const Found& addresses) {
    const auto text = as_text(explained(policy, request, addresses), "c.toml", Colours::off);
    return text.substr(text.rfind('\n', text.size() - 2) + 1);
  };
  CHECK(last(asking("elsewhere.example:443"), {}) == "deny\n");
  CHECK(last(asking("people.example.com:443"), {}) == "deny: needs a user (407)\n");
  CHECK(last(asking("chat.example.com:443"), found({"127.0.0.1"})) ==
        "deny: no address is allowed\n");
  CHECK(last(asking("chat.example.com:443"), Found(fail(Errc::dns_error))) ==
        "deny: cannot tell the addresses\n");
}

TEST_CASE("explanation: report mode says that it passes all the same", "[explain]") {
  const auto policy = policy_of(policy::Mode::report);
  const auto denied =
      as_text(explained(policy, asking("elsewhere.example:443"), {}), "c.toml", Colours::off);
  CHECK_THAT(denied, Contains("mode       report: it passes all the same"));
  CHECK_THAT(denied, EndsWith("\ndeny\n"));
}

TEST_CASE("explanation: built-in rules stand in no file", "[explain]") {
  const auto policy = Policy::built_in();
  const auto made = explained(policy, asking("a.example:22"), {});
  const auto text = as_text(made, "", Colours::off);
  CHECK_THAT(text, Contains("\"public\"     built in  ports: 22 is none of 80, 443, 1024-65535\n"));
  CHECK_THAT(text, Contains("decides    the default            deny\n"));
}

TEST_CASE("explanation: as JSON it is one object with the same content", "[explain]") {
  const auto policy = policy_of();
  auto made =
      explained(policy, asking("https://chat.example.com/"), found({"93.184.215.14", "10.30.1.1"}));
  made.timeouts = {{.name = "connect", .value = "1s500ms"}};
  const auto json = nlohmann::json::parse(as_json(made, "c.toml"));
  CHECK(json["request"]["host"] == "chat.example.com");
  CHECK(json["request"]["port"] == 443);
  CHECK(json["request"]["scheme"] == "https");
  CHECK(json["request"]["client"] == "127.0.0.1");
  CHECK(json["missed"].size() == 7);
  CHECK(json["missed"][1]["rule"] == "admin");
  CHECK(json["missed"][1]["line"] == 9);
  CHECK(json["missed"][1]["by"] == "ports");
  CHECK(json["decides"]["rule"] == "chat");
  CHECK(json["decides"]["file"] == "c.toml");
  CHECK(json["decides"]["verdict"] == "allow");
  CHECK(json["addresses"][1]["verdict"] == "deny");
  CHECK(json["asks"]["tunnel"] == nlohmann::json{"tls", "websocket", "http"});
  CHECK(json["asks"]["timeouts"] == nlohmann::json{{"connect", "1s500ms"}});
  CHECK(json["asks"]["origin_http"] == "auto");
  CHECK(json["asks"]["quota"]["tunnels"] == 10);
  CHECK(json["browsers"]["verdict"] == "allow");
  CHECK(json["mode"] == "enforce");
  CHECK(json["verdict"] == "allow");
}

namespace {

/// One rule that denies WebSockets, and one that is particular about them.
Policy websocket_policy(policy::Mode mode = policy::Mode::enforce) {
  auto none = rule("none", 3);
  none.hosts = hosts({"none.example"});
  none.websocket.denied = true;
  auto some = rule("some", 9);
  some.hosts = hosts({"some.example"});
  some.websocket.paths = {"/chat"};
  some.websocket.origins = {policy::parse_origin("http://a.example").value()};
  some.websocket.protocols = {"v1"};
  return {{none, some}, policy::Action::deny, mode};
}

}  // namespace

TEST_CASE("explanation: a WebSocket that the rule refuses is denied, and says why", "[explain]") {
  auto [url, why] = GENERATE(table<const char*, const char*>({
      {"ws://none.example/", "denied"},
      {"wss://none.example/", "denied"},
      {"ws://some.example/other?secret=1", "path \"/other\""},
      {"wss://some.example/other", "path \"/other\""},
  }));
  CAPTURE(url);
  const auto policy = websocket_policy();
  CHECK(!app::wants_addresses(policy, asking(url)));  // nor does the proxy look any up
  const auto made = explained(policy, asking(url), found({"93.184.215.14"}));
  CHECK(made.outcome == Outcome::deny);
  CHECK(made.addresses.empty());
  const auto text = as_text(made, "c.toml", Colours::off);
  CHECK_THAT(text, EndsWith(std::string("\ndeny: websocket: ") + why + "\n"));
  CHECK_THAT(text, !Contains("secret"));
  const auto json = nlohmann::json::parse(as_json(made, "c.toml"));
  CHECK(json["verdict"] == "deny");
  CHECK(json["last_word"] == std::string("deny: websocket: ") + why);
  CHECK(json["decides"]["verdict"] == "allow");
  CHECK(json["decides"]["handshake"] == nlohmann::json{{"verdict", "deny"}, {"why", why}});
}

TEST_CASE("explanation: what is no WebSocket is not judged as one", "[explain]") {
  const auto policy = websocket_policy();
  auto url = GENERATE("http://none.example/", "https://some.example/other", "some.example:443");
  CAPTURE(url);
  const auto made = explained(policy, asking(url), {});
  CHECK(made.outcome == Outcome::allow);
  CHECK(!nlohmann::json::parse(as_json(made, ""))["decides"].contains("handshake"));
}

TEST_CASE("explanation: what a WebSocket depends on is said where nobody said it", "[explain]") {
  const auto policy = websocket_policy();
  auto request = asking("ws://some.example/chat");
  CHECK(app::wants_addresses(policy, request));
  const auto open = explained(policy, request, found({"93.184.215.14"}));
  CHECK(open.outcome == Outcome::allow);
  CHECK_THAT(as_text(open, "", Colours::off),
             EndsWith("\nallow, if the Origin is one of http://a.example, and if every subprotocol "
                      "is one of v1, and there is one\n"));
  const auto json = nlohmann::json::parse(as_json(open, ""));
  CHECK(json["verdict"] == "allow");
  CHECK(json["request"]["path"] == "/chat");
  CHECK(json["decides"]["handshake"]["verdict"] == "allow");
  CHECK(json["decides"]["handshake"]["if"].size() == 2);

  request.asked.origin = "http://a.example";
  request.asked.protocols = {"v1"};
  const auto said = explained(policy, request, {});
  const auto text = as_text(said, "", Colours::off);
  CHECK_THAT(text, EndsWith("\n\nallow\n"));
  CHECK_THAT(text, Contains("request    GET, scheme ws, path /chat, Origin http://a.example, "
                            "subprotocols v1\n"));
  const auto told = nlohmann::json::parse(as_json(said, ""));
  CHECK(told["request"]["origin"] == "http://a.example");
  CHECK(told["request"]["protocols"] == nlohmann::json{"v1"});
  CHECK(!told["decides"]["handshake"].contains("if"));

  request.asked.origin = "http://b.example";
  CHECK(explained(policy, request, {}).outcome == Outcome::deny);
}

TEST_CASE("explanation: a browser's WebSocket is judged in its tunnel, if it is in the clear",
          "[explain]") {
  const auto policy = websocket_policy();
  const auto text_of_it = [&policy](const char* url) {
    return as_text(explained(policy, asking(url), {}), "", Colours::off);
  };
  CHECK_THAT(text_of_it("ws://some.example/other"),
             Contains("browsers   ask for CONNECT some.example:80 instead: allow, by \"some\"; the "
                      "WebSocket in it is refused: path \"/other\"\n"));
  CHECK_THAT(text_of_it("ws://some.example/chat"),
             Contains("; the WebSocket in it is let through if the Origin is one of http://a"));
  CHECK_THAT(text_of_it("wss://some.example/other"),
             Contains("ask for CONNECT some.example:443 instead: allow, by \"some\"\n"));
}

TEST_CASE("explanation: who asks for a WebSocket is asked first", "[explain]") {
  auto people = rule("people", 1);
  people.users = {"alice"};
  people.websocket.denied = true;
  const Policy policy({people}, policy::Action::deny);
  CHECK(explained(policy, asking("ws://a.example/"), {}).outcome == Outcome::needs_user);
  CHECK(explained(policy, asking("ws://a.example/", "alice"), {}).outcome == Outcome::deny);
}

TEST_CASE("explanation: report mode lets a refused WebSocket pass, and says so", "[explain]") {
  const auto policy = websocket_policy(policy::Mode::report);
  const auto text = as_text(explained(policy, asking("ws://none.example/"), {}), "", Colours::off);
  CHECK_THAT(text, Contains("mode       report: it passes all the same"));
}

TEST_CASE("explanation: a WebSocket depends on the listener that it comes by", "[explain]") {
  const Policy policy({rule("all", 1)}, policy::Action::deny);
  auto asked = asking("ws://a.example/");
  asked.asked.ways_in = {.taking = {"127.0.0.1:1"}, .refusing = {"127.0.0.1:2"}};
  const auto made = explained(policy, asked, {});
  CHECK(made.outcome == Outcome::allow);
  const auto text = as_text(made, "c.toml", Colours::off);
  CHECK_THAT(text, Contains("; the WebSocket in it is let through if it comes by 127.0.0.1:1\n"));
  CHECK_THAT(text, EndsWith("\nallow, if it comes by 127.0.0.1:1\n"));
  CHECK_THAT(text, !Contains("listener"));
  auto json = nlohmann::json::parse(as_json(made, "c.toml"));
  CHECK(json["decides"]["handshake"]["if"] == nlohmann::json{"it comes by 127.0.0.1:1"});
  CHECK(json["browsers"]["handshake"]["if"] == nlohmann::json{"it comes by 127.0.0.1:1"});
  CHECK_FALSE(json["request"].contains("listener"));

  asked.listener = "127.0.0.1:2";
  asked.asked.ways_in.taking.clear();
  const auto denied = explained(policy, asked, {});
  CHECK(denied.outcome == Outcome::deny);
  CHECK_THAT(as_text(denied, "c.toml", Colours::off), Contains("listener   127.0.0.1:2\n"));
  json = nlohmann::json::parse(as_json(denied, "c.toml"));
  CHECK(json["request"]["listener"] == "127.0.0.1:2");
  CHECK(json["last_word"] == "deny: websocket: the listener 127.0.0.1:2 does not take any");
  asked.asked.scheme = policy::Scheme::http;
  CHECK(explained(policy, asked, {}).outcome == Outcome::allow);
}

// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <catch2/catch.hpp>
#include <culvert/policy/rule.hpp>

using namespace culvert;
using namespace culvert::policy;

namespace {

std::string objection_to_path(std::initializer_list<const char*> paths, const std::string& path) {
  WebSockets rule;
  rule.paths.assign(paths.begin(), paths.end());
  return objection(rule, {.path = path, .origin = {}, .protocols = {}}).value_or("fine");
}

std::string objection_to_protocols(std::vector<std::string_view> offered) {
  WebSockets rule;
  rule.protocols = {"chat", "chat.v2"};
  return objection(rule, {.path = "/", .origin = {}, .protocols = std::move(offered)})
      .value_or("fine");
}

}  // namespace

TEST_CASE("websockets: a rule that says nothing lets every handshake through", "[policy]") {
  const Handshake handshake{.path = "//a/../b\\%2f", .origin = "null", .protocols = {"x"}};
  CHECK_FALSE(objection({}, handshake));
  CHECK_FALSE(WebSockets{}.restricted());
}

TEST_CASE("websockets: a rule can deny them all", "[policy]") {
  WebSockets rule;
  rule.denied = true;
  CHECK(rule.restricted());
  CHECK(objection(rule, {.path = "/", .origin = {}, .protocols = {}}) == "WebSocket");
}

TEST_CASE("websockets: a path is one of those listed, or below one", "[policy]") {
  auto [path, fits] = GENERATE(table<const char*, bool>({
      {"/chat", true},
      {"/chat?room=1", true},
      {"/chat?file=../../x", true},  // a query is not looked at
      {"/live/", true},
      {"/live/a", true},
      {"/live/a/b?c", true},
      {"/live/..a/.b/c.d/a;b=c", true},
      {"/live/a%20b", true},
      {"/live", false},
      {"/lively", false},
      {"/chat/", false},
      {"/chat/a", false},
      {"/Chat", false},
      {"/%63hat", false},
      {"/", false},
      {"", false},
      {"chat", false},
      {"?/chat", false},
      // What some servers read in another way.
      {"/live/../admin", false},
      {"/live/..", false},
      {"/live/.", false},
      {"/live/./a", false},
      {"/live//a", false},
      {"//live/a", false},
      {"/live/%2e%2e/admin", false},
      {"/live/%2E./admin", false},
      {"/live/..%2fadmin", false},
      {"/live/..%2Fadmin", false},
      {"/live/..%5cadmin", false},
      {"/live/..%5Cadmin", false},
      {"/live/..\\admin", false},
      {"/live/%252e%252e/admin", false},
      {"/live/..%3B/admin", false},
      {"/live/%c0%ae%C0%AE/admin", false},
      {"/live/%e0%80%ae/admin", false},
      {"/live/%F0%80%80%AE/admin", false},
      {"/live/%e0%a4%95/%c3%a9/%f0%9f%98%80", true},
      {"/live/..;/admin", false},
      {"/live/..;a=b/admin", false},
      {"/live/;/admin", false},
      {"/live/a%00", false},
      {"/live/a%", false},
      {"/live/a%2", false},
      {"/live/#/../admin", false},
  }));
  CAPTURE(path);
  const auto said = objection_to_path({"/chat", "/live/*"}, path);
  CHECK((said == "fine") == fits);
  if (!fits)
    CHECK(said.starts_with("path \"" + std::string(path).substr(0, path[0] == '?' ? 0 : 3)));
}

TEST_CASE("websockets: no path is the path /", "[policy]") {
  CHECK(objection_to_path({"/"}, "") == "fine");
  CHECK(objection_to_path({"/"}, "?a") == "fine");
  CHECK(objection_to_path({"/*"}, "") == "fine");
  CHECK(objection_to_path({"/*"}, "/a/b") == "fine");
  CHECK(objection_to_path({"/*"}, "/a/../b") == "path \"/a/../b\"");
}

TEST_CASE("websockets: a long path is not told in full", "[policy]") {
  const auto said = objection_to_path({"/a"}, "/" + std::string(5000, 'x'));
  CHECK(said == "path \"/" + std::string(99, 'x') + "...\"");
}

TEST_CASE("websockets: what an entry of paths may be", "[policy]") {
  for (const auto* text : {"/", "/*", "/chat", "/chat/", "/chat/*", "/a.b/c-d_e~f", "/a%20b"}) {
    CAPTURE(text);
    CHECK(is_path_pattern(text));
  }
  for (const auto* text : {"", "*", "chat", "/chat*", "/*/a", "/chat?x", "/a#b", "/a b", "/../a",
                           "/a//b", "/a/./*", "/a\\b", "/a%2fb", "//*", "/\u00fc", "/a\n", "/**"}) {
    CAPTURE(text);
    CHECK_FALSE(is_path_pattern(text));
  }
}

TEST_CASE("websockets: every subprotocol that is offered must be allowed", "[policy]") {
  CHECK(objection_to_protocols({"chat"}) == "fine");
  CHECK(objection_to_protocols({"chat.v2", "chat"}) == "fine");
  CHECK(objection_to_protocols({}) == "no subprotocol");
  CHECK(objection_to_protocols({"Chat"}) == "subprotocol \"Chat\"");
  CHECK(objection_to_protocols({"chat", "mqtt"}) == "subprotocol \"mqtt\"");
  CHECK(objection_to_protocols({""}) == "subprotocol \"\"");
}

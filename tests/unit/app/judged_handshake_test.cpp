// SPDX-License-Identifier: Apache-2.0
#include "app/judged_handshake.hpp"

#include <catch2/catch.hpp>

using namespace culvert;
using app::Asked;
using app::judged_handshake;
using app::judged_in_tunnel;
using policy::Speech;
using policy::WebSockets;
using Words = std::vector<std::string>;

namespace {

Asked asking(const char* url) {
  return app::read_asked(url, "").value();
}

WebSockets rule(const Words& origins, const Words& paths, const Words& protocols) {
  WebSockets made;
  for (const auto& origin : origins) {
    made.origins.push_back(policy::parse_origin(origin).value());
  }
  made.paths = paths;
  made.protocols = protocols;
  return made;
}

}  // namespace

TEST_CASE("judged handshake: a rule that denies WebSockets refuses each", "[explain]") {
  WebSockets denying;
  denying.denied = true;
  const auto judged = judged_handshake(denying, asking("ws://a.test/"));
  CHECK(!judged.allowed());
  CHECK(judged.why == "denied");
  CHECK(judged_handshake({}, asking("ws://a.test/")).allowed());
}

TEST_CASE("judged handshake: the path of the URL is one of the rule's, or it is refused",
          "[explain]") {
  auto [url, why] = GENERATE(table<const char*, const char*>({
      {"ws://a.test/chat", ""},
      {"wss://a.test/chat?room=1#top", ""},
      {"ws://a.test/", "path \"/\""},
      {"ws://a.test", "path \"/\""},
      {"ws://a.test?x=/chat", "path \"/\""},
      {"ws://a.test/other?secret=1", "path \"/other\""},
      {"ws://a.test/x/../chat", "path \"/x/../chat\""},
      {"wss://a.test/%63hat%2f", "path \"/%63hat%2f\""},
  }));
  CAPTURE(url);
  CHECK(judged_handshake(rule({}, {"/chat"}, {}), asking(url)).why == why);
}

TEST_CASE("judged handshake: what nobody said is a condition", "[explain]") {
  const auto particular = rule({"http://a.test", "null"}, {"/chat"}, {"v1", "v2"});
  auto asked = asking("ws://a.test/chat");
  const auto judged = judged_handshake(particular, asked);
  CHECK(judged.allowed());
  CHECK(judged.conditions == Words{"the Origin is one of http://a.test, null",
                                   "every subprotocol is one of v1, v2, and there is one"});
  CHECK(app::text_of(judged.conditions) ==
        "if the Origin is one of http://a.test, null, and if every subprotocol is one of v1, v2, "
        "and there is one");
  asked.path = "/other";
  const auto refused = judged_handshake(particular, asked);
  CHECK(refused.why == "path \"/other\"");
  CHECK(refused.conditions.empty());
  CHECK(app::text_of(refused.conditions).empty());
}

TEST_CASE("judged handshake: what was said is judged", "[explain]") {
  const auto particular = rule({"http://a.test"}, {}, {"v1", "v2"});
  auto asked = asking("ws://a.test/");
  const auto why = [&](const char* origin, const Words& protocols) {
    asked.origin = origin;
    asked.protocols = protocols;
    return judged_handshake(particular, asked).why;
  };
  CHECK(why("http://a.test", {"v1"}).empty());
  CHECK(judged_handshake(particular, asked).conditions.empty());
  CHECK(why("http://a.test", {"v2", "v1"}).empty());
  CHECK(why("http://a.test", {"v2, v1"}).empty());  // as a field would list them
  CHECK(why("http://b.test", {"v1"}) == "origin \"http://b.test\"");
  CHECK(why("none", {"v1"}) == "no origin");
  CHECK(why("http://a.test", {"v1", "v3"}) == "subprotocol \"v3\"");
  CHECK(why("http://a.test", {"v1, v3"}) == "subprotocol \"v3\"");
}

TEST_CASE("judged handshake: no Origin is what a rule may ask for", "[explain]") {
  auto asked = asking("ws://a.test/");
  asked.origin = "none";
  CHECK(judged_handshake(rule({"none"}, {}, {}), asked).allowed());
  asked.origin = "http://a.test";
  CHECK(!judged_handshake(rule({"none"}, {}, {}), asked).allowed());
}

TEST_CASE("judged handshake: a tunnel may hold one, or may not", "[explain]") {
  policy::Rule made;
  const auto asked = asking("ws://a.test/other");
  CHECK(judged_in_tunnel(made, asked).allowed());
  made.tunnel = {Speech::tls};
  CHECK(judged_in_tunnel(made, asked).why == "the rule's tunnels may hold none");
  made.tunnel = {Speech::any};
  CHECK(judged_in_tunnel(made, asked).allowed());
  made.websocket.paths = {"/chat"};
  CHECK(judged_in_tunnel(made, asked).why == "path \"/other\"");
}

TEST_CASE("judged handshake: the listener is asked before the rule", "[explain]") {
  auto asked = asking("ws://a.test/other");
  const auto particular = rule({"http://a.test"}, {"/chat"}, {});
  asked.ways_in = {.taking = {}, .refusing = {"127.0.0.1:2"}};
  CHECK(judged_handshake(particular, asked).why == "the listener 127.0.0.1:2 does not take any");
  CHECK(judged_in_tunnel({}, asked).why == "the listener 127.0.0.1:2 does not take any");
  asked.ways_in.taking = {"127.0.0.1:1"};
  CHECK(judged_handshake(particular, asked).why == "path \"/other\"");
  asked.path = "/chat";
  CHECK(judged_handshake(particular, asked).conditions ==
        Words{"it comes by 127.0.0.1:1", "the Origin is one of http://a.test"});
}

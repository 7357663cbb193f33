// SPDX-License-Identifier: Apache-2.0
#include "app/ways_in.hpp"

#include <catch2/catch.hpp>

using namespace culvert;
using app::condition_of;
using app::objection_of;
using app::ways_in;
using app::WaysIn;
using Texts = std::vector<std::string>;

namespace {

/// Listens on ports 1, 2, ... of loopback, and on a Unix socket.
config::Config listening(const std::vector<bool>& websocket) {
  std::string toml;
  for (std::size_t i = 0; i < websocket.size(); ++i) {
    toml += "[[listen]]\naddress = \"127.0.0.1:" + std::to_string(i + 1) +
            "\"\nwebsocket = " + (websocket[i] ? "true" : "false") + "\n";
  }
  toml += "[[listen]]\naddress = \"unix:/run/c.sock\"\n";
  return config::parse(toml, "c.toml", {}).config.value();
}

policy::WebSockets rule(bool allowed, bool denied) {
  policy::WebSockets made;
  made.allowed = allowed;
  made.denied = denied;
  return made;
}

}  // namespace

TEST_CASE("ways in: a request comes by the listener that is said, or by any", "[explain]") {
  const auto config = listening({true, false});
  const auto all = ways_in(config, "").value();
  CHECK(all.taking == Texts{"127.0.0.1:1", "unix:/run/c.sock"});
  CHECK(all.refusing == Texts{"127.0.0.1:2"});
  const auto first = ways_in(config, "[::ffff:127.0.0.1]:1").value();
  CHECK(first.taking == Texts{"127.0.0.1:1"});
  CHECK(first.refusing.empty());
  CHECK(ways_in(config, "127.0.0.1:2").value().refusing == Texts{"127.0.0.1:2"});
  CHECK(ways_in(config, "unix:/run/c.sock").value().taking == Texts{"unix:/run/c.sock"});
}

TEST_CASE("ways in: what is no listener is told so", "[explain]") {
  const auto config = listening({true});
  CHECK(ways_in(config, "127.0.0.1:7").error() ==
        "--listener 127.0.0.1:7: there is only 127.0.0.1:1, unix:/run/c.sock");
  CHECK(ways_in(config, "here").error().starts_with("--listener here: \"here\" is no IP address"));
}

TEST_CASE("ways in: a WebSocket depends on the listener where they differ", "[explain]") {
  const WaysIn both{.taking = {"a:1"}, .refusing = {"b:2"}};
  CHECK(objection_of(both, {}).empty());
  CHECK(condition_of(both, {}) == "it comes by a:1");
  const WaysIn more{.taking = {"a:1", "c:3"}, .refusing = {"b:2"}};
  CHECK(condition_of(more, {}) == "it comes by one of a:1, c:3");
  const WaysIn none{.taking = {}, .refusing = {"b:2"}};
  CHECK(objection_of(none, {}) == "the listener b:2 does not take any");
  CHECK_FALSE(condition_of(none, {}));
  const WaysIn neither{.taking = {}, .refusing = {"b:2", "d:4"}};
  CHECK(objection_of(neither, {}) == "no listener takes any");
  const WaysIn open{.taking = {"a:1"}, .refusing = {}};
  CHECK(objection_of(open, {}).empty());
  CHECK_FALSE(condition_of(open, {}));
}

TEST_CASE("ways in: where the rule has the word, the listener has none", "[explain]") {
  const auto word = GENERATE(rule(true, false), rule(false, true));
  CHECK(objection_of({.taking = {}, .refusing = {"b:2"}}, word).empty());
  CHECK_FALSE(condition_of({.taking = {"a:1"}, .refusing = {"b:2"}}, word));
}

// SPDX-License-Identifier: Apache-2.0
#include "proxy/handshake.hpp"

#include <catch2/catch.hpp>

using namespace culvert;
using namespace culvert::proxy;

namespace {

policy::Handshake handshake(std::string_view path, std::optional<std::string_view> origin = {},
                            std::vector<std::string_view> protocols = {}) {
  return {.path = path, .origin = origin, .protocols = std::move(protocols)};
}

}  // namespace

TEST_CASE("handshake: what rules ask about is kept, the query is not", "[handshake]") {
  const auto kept =
      kept_handshake(handshake("/chat?token=secret", "http://a.test", {"chat", "v2"}));
  CHECK_FALSE(kept.contains("secret"));
  const auto again = handshake_from(kept);
  CHECK(again.path == "/chat");
  CHECK(again.origin == "http://a.test");
  CHECK(again.protocols == std::vector<std::string_view>{"chat", "v2"});
}

TEST_CASE("handshake: an empty origin is not none", "[handshake]") {
  CHECK_FALSE(handshake_from(kept_handshake(handshake("/"))).origin);
  CHECK(handshake_from(kept_handshake(handshake("/", ""))).origin == "");
}

TEST_CASE("handshake: an open WebSocket keeps no more than 2 KiB of it", "[handshake]") {
  const std::string usual = kept_handshake(handshake("/chat", "http://a.test", {"chat"}));
  CHECK(small_enough(usual) == usual);
  CHECK(small_enough(std::string(2048, 'x')).size() == 2048);
  const std::string much(2100, 'x');
  CHECK(small_enough(kept_handshake(handshake("/" + much))) == forgotten_handshake);
  CHECK(small_enough(kept_handshake(handshake("/", much))) == forgotten_handshake);
}

TEST_CASE("handshake: of one that is too long the subprotocols go first", "[handshake]") {
  const std::string token(2100, 'x');
  const auto kept =
      small_enough(kept_handshake(handshake("/chat", "http://a.test", {"v1", token})));
  const auto again = handshake_from(kept);
  CHECK(again.path == "/chat");
  CHECK(again.origin == "http://a.test");
  CHECK(again.protocols == std::vector<std::string_view>{""});
  policy::WebSockets asks;
  asks.paths = {"/chat"};
  CHECK_FALSE(policy::objection(asks, again));
  asks.protocols = {"v1"};
  CHECK(policy::objection(asks, again));
}

TEST_CASE("handshake: a target without a path is kept as a slash", "[handshake]") {
  const auto kept = kept_handshake(handshake("?token=x"));
  CHECK(kept != forgotten_handshake);
  CHECK(handshake_from(kept).path == "/");
}

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
  CHECK(small_enough(std::string(2049, 'x')) == forgotten_handshake);
  CHECK(usual != forgotten_handshake);
}

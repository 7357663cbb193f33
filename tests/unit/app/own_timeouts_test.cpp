// SPDX-License-Identifier: Apache-2.0
#include "app/own_timeouts.hpp"

#include <catch2/catch.hpp>

using namespace culvert;
using app::own_timeouts;
using app::text_of;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

TEST_CASE("own timeouts: those that differ are told by their keys", "[explain]") {
  const config::Timeouts general;
  auto of_rule = general;
  CHECK(own_timeouts(general, of_rule).empty());
  of_rule.tunnel_idle = 2h;
  of_rule.connect = 3s;
  const auto made = own_timeouts(general, of_rule);
  REQUIRE(made.size() == 2);
  CHECK(made[0].name == "connect");
  CHECK(made[0].limit == 3s);
  CHECK(made[1].name == "tunnel_idle");
  CHECK(made[1].limit == 2h);
}

TEST_CASE("own timeouts: a limit is written as a configuration has it", "[explain]") {
  auto [limit, text] = GENERATE(table<milliseconds, const char*>({
      {0ms, "off"},
      {500ms, "500ms"},
      {10s, "10s"},
      {90min, "1h30m"},
      {36h, "1d12h"},
      {61500ms, "1m1s500ms"},
  }));
  CHECK(text_of(limit) == text);
}

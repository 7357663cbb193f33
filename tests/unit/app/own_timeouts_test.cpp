// SPDX-License-Identifier: Apache-2.0
#include "app/own_timeouts.hpp"

#include <catch2/catch.hpp>

using namespace culvert;
using app::own_timeouts;
using app::text_of;
using std::chrono::milliseconds;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

namespace {

config::Config with_one_rule() {
  config::Config made;
  made.policy = {std::vector<policy::Rule>(1), policy::Action::deny, policy::Mode::enforce};
  made.rule_timeouts.resize(1);
  made.rule_websocket.resize(1);
  return made;
}

Texts texts_of(const std::vector<app::OwnSetting>& settings) {
  Texts made;
  for (const auto& [name, value] : settings) made.push_back(std::string(name) + " " + value);
  return made;
}

}  // namespace

TEST_CASE("own timeouts: those that differ are told by their keys", "[explain]") {
  auto config = with_one_rule();
  const auto* rule = config.policy.rules().data();
  CHECK(texts_of(own_timeouts(config, rule)).empty());
  config.rule_timeouts[0].tunnel_idle = 2h;
  config.rule_timeouts[0].connect = 3s;
  CHECK(texts_of(own_timeouts(config, rule)) == Texts{"connect 3s", "tunnel_idle 2h"});
  CHECK(own_timeouts(config, nullptr).empty());
}

TEST_CASE("own timeouts: what a rule asks of WebSockets by itself is told, too", "[explain]") {
  auto config = with_one_rule();
  config.websocket.idle = 1h;
  config.websocket.max_message = 1 << 20;
  config.rule_websocket[0] = {.idle = 10min,
                              .heartbeat = websocket::Heartbeat::answered,
                              .pong_timeout = 0ms,
                              .ping_interval = 20s,
                              .strict = true,
                              .max_message = 0,
                              .max_frame = 65536};
  CHECK(texts_of(own_timeouts(config, config.policy.rules().data())) ==
        Texts{"websocket.idle 10m", "websocket.pong_timeout off", "websocket.ping_interval 20s",
              "websocket.heartbeat answered", "websocket.strict true", "websocket.max_message 0",
              "websocket.max_frame 64KiB"});
  CHECK(own_timeouts(config, nullptr).empty());
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

// SPDX-License-Identifier: Apache-2.0
#include "config/websocket.hpp"

#include "unit/config/reading.hpp"

using namespace culvert;
using namespace culvert::config;
using namespace std::chrono_literals;
using websocket::Heartbeat;
using websocket::Settings;
using Texts = std::vector<std::string>;

namespace {

/// A file with a rule that allows and says this of WebSockets.
std::string rule_with(const std::string& websocket) {
  return "[[rule]]\nname = \"r\"\naction = \"allow\"\nwebsocket = " + websocket + "\n";
}

Texts warnings_in(const std::string& toml) {
  Texts texts;
  for (const auto& warning : parse(toml, "c.toml", {}).warnings) texts.push_back(warning.text());
  return texts;
}

}  // namespace

TEST_CASE("websocket: what nobody says is off, but for answers to a Ping", "[config]") {
  const auto config = read_toml("");
  CHECK(config.websocket == Settings{});
  CHECK(config.websocket_of(nullptr) == Settings{});
}

TEST_CASE("websocket: a rule says some of it for itself, and has the rest from all", "[config]") {
  const auto config = read_toml(
      rule_with(
          "{ idle = \"2m\", heartbeat = \"data\", ping_interval = 0, max_frame = \"1KiB\" }") +
      "[[rule]]\nname = \"s\"\naction = \"allow\"\nports = [443]\n"
      "[websocket]\nping_interval = \"20s\"\npong_timeout = \"5s\"\nstrict = true\n"
      "max_message = \"1MiB\"\n");
  const auto& rules = config.policy.rules();
  CHECK(config.websocket_of(rules.data()) == Settings{.idle = 2min,
                                                      .heartbeat = Heartbeat::data,
                                                      .pong_timeout = 5s,
                                                      .ping_interval = 0s,
                                                      .strict = true,
                                                      .max_message = 1 << 20,
                                                      .max_frame = 1024});
  CHECK(config.websocket_of(&rules[1]) == config.websocket);
  CHECK(config.websocket.ping_interval == 20s);
  CHECK(config.websocket_of(nullptr) == config.websocket);
}

TEST_CASE("websocket: each key of it may stand in a rule", "[config]") {
  const auto config = read_toml(rule_with(
      "{ origins = [\"https://a.test\"], paths = [\"/a\"], protocols = [\"p\"], idle = \"1s\", "
      "heartbeat = \"answered\", pong_timeout = \"off\", ping_interval = \"3s\", strict = true, "
      "max_message = 5, max_frame = 4 }"));
  const auto& rule = config.policy.rules().front();
  CHECK(rule.websocket.restricted());
  CHECK(rule.websocket.origins.size() == 1);
  CHECK(config.websocket_of(&rule) == Settings{.idle = 1s,
                                               .heartbeat = Heartbeat::answered,
                                               .pong_timeout = 0s,
                                               .ping_interval = 3s,
                                               .strict = true,
                                               .max_message = 5,
                                               .max_frame = 4});
}

TEST_CASE("websocket: a table that only says how they are watched restricts nothing", "[config]") {
  const auto config = read_toml(rule_with("{ idle = \"10m\", strict = true }"));
  const auto& rule = config.policy.rules().front();
  CHECK_FALSE(rule.websocket.restricted());
  CHECK_FALSE(rule.websocket.allowed);
  CHECK(rule.tunnel.has(policy::Speech::http));
}

TEST_CASE("websocket: a value in a rule that does not fit is a mistake where it stands",
          "[config]") {
  auto [own, mistake] = GENERATE(table<const char*, const char*>({
      {"{ idle = 5 }", "4:22: rule[1].websocket.idle: 5 has no unit; write \"5s\""},
      {"{ heartbeat = \"none\" }",
       "4:27: rule[1].websocket.heartbeat: wants \"any\", \"answered\" or \"data\", not \"none\""},
      {"{ strict = 1 }", "4:24: rule[1].websocket.strict: wants true or false, not 1"},
      {"{ max_frame = \"1K\" }",
       "4:27: rule[1].websocket.max_frame: \"1K\" is no size; write a whole number with B, KiB, "
       "MiB or GiB, such as \"64KiB\""},
      {"{ idel = \"5s\" }", "4:15: rule[1].websocket.idel: unknown key; did you mean \"idle\"?"},
      {"{ tunnel_idle = \"5s\" }",
       "4:15: rule[1].websocket.tunnel_idle: unknown key; \"tunnel_idle\" stands in [timeouts]"},
  }));
  CAPTURE(own);
  CHECK(mistakes_in(rule_with(own)) == Texts{std::string("c.toml:") + mistake});
}

TEST_CASE("websocket: what can hardly be meant is a warning", "[config]") {
  CHECK(warnings_in("[websocket]\nmax_message = \"1KiB\"\nmax_frame = \"2KiB\"\n") ==
        Texts{"c.toml:3:13: websocket.max_frame: max_frame is more than max_message, so it never "
              "strikes"});
  CHECK(warnings_in("[websocket]\nping_interval = \"500ms\"\n") ==
        Texts{"c.toml:2:17: websocket.ping_interval: ping_interval is less than a second, so each "
              "WebSocket that is silent is pinged that often"});
  CHECK(warnings_in("[websocket]\nmax_message = 10\n" + rule_with("{ max_frame = 11 }")) ==
        Texts{"c.toml:6:13: rule[1].websocket: max_frame is more than max_message, so it never "
              "strikes"});
  CHECK(warnings_in(rule_with("{ ping_interval = \"1ms\" }")).size() == 1);
  CHECK(warnings_in("[websocket]\nmax_message = 10\nmax_frame = 10\nping_interval = \"1s\"\n"
                    "heartbeat = \"answered\"\npong_timeout = \"off\"\n" +
                    rule_with("{ idle = \"1s\" }"))
            .empty());
}

TEST_CASE("websocket: the policy's hash takes in what rules ask", "[config]") {
  const auto hash = [](const std::string& toml) { return read_toml(toml).policy_hash; };
  const auto plain = hash(rule_with("{}"));
  CHECK(hash(rule_with("{ idle = \"off\", heartbeat = \"any\" }")) == plain);
  const auto* own = GENERATE("{ idle = \"1s\" }", "{ heartbeat = \"data\" }",
                             "{ pong_timeout = \"1s\" }", "{ ping_interval = \"1s\" }",
                             "{ strict = true }", "{ max_message = 1 }", "{ max_frame = 1 }");
  CAPTURE(own);
  CHECK(hash(rule_with(own)) != plain);
}

// SPDX-License-Identifier: Apache-2.0
#include "config/keys.hpp"

#include "unit/config/reading.hpp"

using namespace culvert::config;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

TEST_CASE("keys: each key sets what it names", "[config]") {
  const auto config = read_toml(R"(
workers = 4
shutdown_grace = "1m"
[timeouts]
request_head = "1s"
keep_alive = "2s"
connect = "3s"
response_head = "4s"
body_idle = "5s"
tunnel_idle = "6s"
tunnel_lifetime = "7s"
half_closed = "off"
[dns]
servers = ["127.0.0.1:5353", "::1"]
hosts_file = "off"
timeout = "100ms"
tries = 1
cache_entries = 0
min_ttl = "off"
max_ttl = "2m"
negative_ttl = 0
[log]
access = "/var/log/culvert/access.log"
level = "error"
[http]
via = "proxy-1.example"
head_bytes = "32KiB"
target_bytes = 8192
fields = 50
origin_http = "1.1"
remember_origins = "1h"
[websocket]
idle = "8s"
heartbeat = "answered"
pong_timeout = "off"
ping_interval = "9s"
strict = true
max_message = "1MiB"
max_frame = 125
[limits]
connections = 1000
connections_per_client = 10
requests_per_connection = 0
min_body_rate = "1KiB"
body_grace = "5s"
)");
  CHECK(config.file == "c.toml");
  CHECK(config.workers == 4);
  CHECK(config.shutdown_grace == 1min);
  CHECK(config.http.origin_http == OriginHttp::http11);
  CHECK(config.http.remember_origins == 1h);
  CHECK(config.timeouts.request_head == 1s);
  CHECK(config.timeouts.keep_alive == 2s);
  CHECK(config.timeouts.connect == 3s);
  CHECK(config.timeouts.response_head == 4s);
  CHECK(config.timeouts.body_idle == 5s);
  CHECK(config.timeouts.tunnel_idle == 6s);
  CHECK(config.timeouts.tunnel_lifetime == 7s);
  CHECK(config.timeouts.half_closed == 0s);
  REQUIRE(config.dns.servers.size() == 2);
  CHECK(config.dns.servers[0].text() == "127.0.0.1:5353");
  CHECK(config.dns.servers[1].text() == "[::1]:53");
  CHECK(config.dns.hosts_file == "off");
  CHECK(config.dns.timeout == 100ms);
  CHECK(config.dns.tries == 1);
  CHECK(config.dns.cache_entries == 0);
  CHECK(config.dns.min_ttl == 0s);
  CHECK(config.dns.max_ttl == 2min);
  CHECK(config.dns.negative_ttl == 0s);
  CHECK(config.log.access == "/var/log/culvert/access.log");
  CHECK(config.log.level == "error");
  CHECK(config.http.via == "proxy-1.example");
  CHECK(config.http.limits.head_bytes == 32768);
  CHECK(config.http.limits.target_bytes == 8192);
  CHECK(config.http.limits.fields == 50);
  CHECK(config.websocket.idle == 8s);
  CHECK(config.websocket.heartbeat == culvert::websocket::Heartbeat::answered);
  CHECK(config.websocket.pong_timeout == 0s);
  CHECK(config.websocket.ping_interval == 9s);
  CHECK(config.websocket.strict);
  CHECK(config.websocket.max_message == 1024 * 1024);
  CHECK(config.websocket.max_frame == 125);
  CHECK(config.limits.connections == 1000);
  CHECK(config.limits.connections_per_client == 10);
  CHECK(config.limits.requests_per_connection == 0);
  CHECK(config.limits.min_body_rate == 1024);
  CHECK(config.limits.body_grace == 5s);
}

TEST_CASE("keys: a value that does not fit is a mistake where it stands", "[config]") {
  auto [toml, mistake] = GENERATE(table<const char*, const char*>({
      {"workers = 1025", "c.toml:1:11: workers: wants a whole number from 0 to 1024, not 1025"},
      {"workers = \"4\"", "c.toml:1:11: workers: wants a whole number from 0 to 1024, not \"4\""},
      {"workers = 1.5",
       "c.toml:1:11: workers: wants a whole number from 0 to 1024, not a number with a fraction"},
      {"workers = 1979-05-27",
       "c.toml:1:11: workers: wants a whole number from 0 to 1024, not a date or time"},
      {"shutdown_grace = \"off\"",
       "c.toml:1:18: shutdown_grace: must be more than 0 and cannot be off; write \"1s\" or more"},
      {"[timeouts]\nconnect = 10", "c.toml:2:11: timeouts.connect: 10 has no unit; write \"10s\""},
      {"[dns]\ntimeout = 0",
       "c.toml:2:11: dns.timeout: must be more than 0 and cannot be off; write \"1s\" or more"},
      {"[dns]\ntries = 0", "c.toml:2:9: dns.tries: wants a whole number from 1 to 10, not 0"},
      {"[dns]\nservers = \"1.1.1.1\"",
       "c.toml:2:11: dns.servers: wants a list, not \"1.1.1.1\"; write [\"1.1.1.1\"]"},
      {"[dns]\nservers = [\"1.1.1.1\", \"dns.example\"]",
       "c.toml:2:23: dns.servers: \"dns.example\" is no IP address; write one such as "
       "\"192.0.2.53\", \"127.0.0.1:5353\" or \"[2001:db8::53]:53\""},
      {"[dns]\nhosts_file = \"hosts\"",
       "c.toml:2:14: dns.hosts_file: wants a path with a slash, or \"off\", not \"hosts\""},
      {"[log]\naccess = \"stderr\"",
       "c.toml:2:10: log.access: wants \"stdout\", \"off\", or a file's path with a slash, not "
       "\"stderr\""},
      {"[log]\naccess = false",
       "c.toml:2:10: log.access: wants \"stdout\", \"off\", or a file's path with a slash, not "
       "false"},
      {"[log]\naccess = \"/a\\u0000b\"",
       "c.toml:2:10: log.access: wants \"stdout\", \"off\", or a file's path with a slash, not "
       "\"/a\\x00b\""},
      {"[log]\nlevel = \"warn\"",
       "c.toml:2:9: log.level: wants \"error\", \"warning\", \"info\" or \"debug\", not "
       "\"warn\""},
      {"[http]\nvia = \"my proxy\"",
       "c.toml:2:7: http.via: wants a name of letters, digits, - and . (64 at most), not "
       "\"my proxy\""},
      {"[http]\nhead_bytes = \"64KB\"",
       "c.toml:2:14: http.head_bytes: \"64KB\" is no size; write a whole number with B, KiB, MiB "
       "or GiB, such as \"64KiB\""},
      {"[http]\nhead_bytes = \"1GiB\"",
       "c.toml:2:14: http.head_bytes: wants a size from 1KiB to 1MiB, not \"1GiB\""},
      {"[limits]\nconnections = -1",
       "c.toml:2:15: limits.connections: wants a whole number from 0 to 1000000000, not -1"},
      {"[limits]\nmin_body_rate = \"100\"",
       "c.toml:2:17: limits.min_body_rate: \"100\" is no size; write a whole number with B, KiB, "
       "MiB or GiB, such as \"64KiB\""},
      {"[limits]\nbody_grace = \"off\"",
       "c.toml:2:14: limits.body_grace: must be more than 0 and cannot be off; write \"1s\" or "
       "more"},
      {"[websocket]\nheartbeat = \"all\"",
       "c.toml:2:13: websocket.heartbeat: wants \"any\", \"answered\" or \"data\", not \"all\""},
      {"[websocket]\nstrict = \"true\"",
       "c.toml:2:10: websocket.strict: wants true or false, not \"true\""},
      {"[websocket]\nidle = 60", "c.toml:2:8: websocket.idle: 60 has no unit; write \"60s\""},
      {"[websocket]\nmax_frame = \"off\"",
       "c.toml:2:13: websocket.max_frame: \"off\" is no size; write a whole number with B, KiB, "
       "MiB or GiB, such as \"64KiB\""},
      {"[websocket]\nmax_message = -1",
       "c.toml:2:15: websocket.max_message: wants a size from 0B to 1048576GiB, not -1"},
      {"[policy]\ndefault = \"permit\"",
       "c.toml:2:11: policy.default: wants \"allow\" or \"deny\", not \"permit\""},
      {"timeouts = \"10s\"",
       "c.toml:1:12: timeouts: wants a section, under a line [timeouts], not \"10s\""},
  }));
  CAPTURE(toml);
  CHECK(mistakes_in(toml) == Texts{mistake});
}

TEST_CASE("keys: an unknown key is told what was likely meant", "[config]") {
  auto [toml, mistake] = GENERATE(table<const char*, const char*>({
      {"\n\n[timeouts]\nconect = \"5s\"",
       "c.toml:4:1: timeouts.conect: unknown key; did you mean \"connect\"?"},
      {"timeouts.conect = \"5s\"",
       "c.toml:1:10: timeouts.conect: unknown key; did you mean \"connect\"?"},
      {"[timeout]\nconnect = \"5s\"",
       "c.toml:1:2: timeout: unknown key; did you mean \"timeouts\"?"},
      {"[[rules]]\nname = \"x\"", "c.toml:1:3: rules: unknown key; did you mean \"rule\"?"},
      {"connect = \"5s\"", "c.toml:1:1: connect: unknown key; \"connect\" stands in [timeouts]"},
      {"[log]\nworkers = 4",
       "c.toml:2:1: log.workers: unknown key; \"workers\" stands at the top, before the first "
       "[section]"},
      {"action = \"deny\"", "c.toml:1:1: action: unknown key; \"action\" stands in [[rule]]"},
      {"address = \"[::1]:1\"",
       "c.toml:1:1: address: unknown key; \"address\" stands in [[listen]]"},
      {"[log]\ncolour = true", "c.toml:2:1: log.colour: unknown key; known here: access, level"},
      {"\"timeouts.connect\" = \"5s\"",
       "c.toml:1:1: timeouts.connect: unknown key; known here: listen, rule, hosts, "
       "identities, workers, shutdown_grace, policy, auth, timeouts, websocket, dns, log, http, "
       "http2, origin_tls, limits, limits_per_client, limits_per_user"},
      {"\"wor\\u001bkers\" = 1",
       "c.toml:1:1: wor\\x1bkers: unknown key; did you mean \"workers\"?"},
  }));
  CAPTURE(toml);
  CHECK(mistakes_in(toml) == Texts{mistake});
}

TEST_CASE("keys: values that do not fit each other are a mistake where they were set", "[config]") {
  CHECK(mistakes_in("[dns]\nmax_ttl = \"10s\"\nmin_ttl = \"1m\"") ==
        Texts{"c.toml:3:11: dns.min_ttl: dns.min_ttl is longer than dns.max_ttl; the floor must "
              "not be above the ceiling"});
  CHECK(mistakes_in("[dns]\nmax_ttl = \"10ms\"") ==
        Texts{"c.toml:2:11: dns.max_ttl: dns.min_ttl is longer than dns.max_ttl; the floor must "
              "not be above the ceiling"});
  CHECK(mistakes_in("[http]\nhead_bytes = \"2KiB\"") ==
        Texts{"c.toml:2:14: http.head_bytes: http.target_bytes is more than http.head_bytes, and "
              "the target is part of the head"});
  CHECK(mistakes_in("[dns]\nmin_ttl = \"2h\"\nmax_ttl = \"3x\"").size() == 1);
}

TEST_CASE("keys: all mistakes are told, in the order of the file", "[config]") {
  const auto found = mistakes_in(R"(workers = -1
tunnel_idle = "1h"

[timeouts]
connect = 5
conect = "5s"

[[rule]]
nmae = "x"
ports = [0, "9-1", true]

[log]
level = 3
)");
  std::vector<std::string> starts;
  for (const auto& text : found) starts.push_back(text.substr(0, text.find(' ')));
  CHECK(starts == Texts{"c.toml:1:11:", "c.toml:2:1:", "c.toml:5:11:", "c.toml:6:1:", "c.toml:8:1:",
                        "c.toml:8:1:", "c.toml:9:1:", "c.toml:10:10:", "c.toml:10:13:",
                        "c.toml:10:20:", "c.toml:13:9:"});
}

TEST_CASE("keys: every row has a help line and a name of its own", "[config]") {
  for (const auto& key : keys()) {
    CAPTURE(key.name);
    CHECK(key.help.ends_with('.'));
    CHECK(find_key(key.name) == &key);
  }
  CHECK(find_key("timeouts") == nullptr);
}

TEST_CASE("mistake: a control character cannot reach the terminal", "[config]") {
  const Mistake mistake{.file = "a\x1b.toml", .key = {}, .what = "b\nc\x7f"};
  CHECK(mistake.text() == "a\\x1b.toml: b\\x0ac\\x7f");
}

TEST_CASE("value: long text is cut between characters", "[config]") {
  CHECK(quoted(std::string(60, 'a')) == '"' + std::string(60, 'a') + '"');
  CHECK(quoted(std::string(59, 'a') + "\xc3\xbcx") == '"' + std::string(59, 'a') + "...\"");
}

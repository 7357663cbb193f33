// SPDX-License-Identifier: Apache-2.0
#include "config/overrides.hpp"

#include "config/keys.hpp"
#include "unit/config/reading.hpp"

using namespace culvert;
using namespace culvert::config;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

namespace {

/// The mistakes of one variable, without a file.
Texts mistakes_of(const char* variable) {
  const char* const environment[] = {variable, nullptr};
  Texts made;
  for (const auto& mistake : defaults(overrides_from(environment)).mistakes) {
    made.push_back(mistake.text());
  }
  return made;
}

}  // namespace

TEST_CASE("overrides: the environment sets keys by their names", "[config]") {
  const char* const environment[] = {
      "PATH=/usr/bin",
      "CULVERT_WORKERS=4",
      "CULVERT_SHUTDOWN_GRACE=5s",
      "CULVERT_LISTEN=127.0.0.1:8080, [::1]:8080,unix:/run/c.sock",
      "CULVERT_TIMEOUTS_TUNNEL_IDLE=off",
      "CULVERT_TIMEOUTS_CONNECT=0",
      "CULVERT_WEBSOCKET_IDLE=5m",
      "CULVERT_WEBSOCKET_HEARTBEAT=data",
      "CULVERT_WEBSOCKET_STRICT= true",
      "CULVERT_WEBSOCKET_MAX_FRAME=64KiB",
      "CULVERT_DNS_SERVERS=127.0.0.1:5353,::1",
      "CULVERT_DNS_CACHE_ENTRIES=7",
      "CULVERT_HTTP_HEAD_BYTES=32KiB",
      "CULVERT_HTTP_TARGET_BYTES=4096",
      "CULVERT_HTTP_VIA=42",
      "CULVERT_LOG_ACCESS=/var/log/a=b,c",
      "CULVERTS=none of ours",
      "culvert_workers=none of ours",
      nullptr,
  };
  const auto overrides = overrides_from(environment);
  CHECK(overrides.size() == 15);
  const auto loaded = defaults(overrides);
  REQUIRE(loaded.config);
  const auto& config = *loaded.config;
  CHECK(config.file.empty());
  CHECK(config.workers == 4);
  CHECK(config.shutdown_grace == 5s);
  REQUIRE(config.listen.size() == 3);
  CHECK(config.listen[1].place.text() == "[::1]:8080");
  CHECK(config.listen[2].place.text() == "unix:/run/c.sock");
  CHECK(config.listen[2].mode == 0660);
  CHECK(config.timeouts.tunnel_idle == 0s);
  CHECK(config.timeouts.connect == 0s);
  CHECK(config.websocket.idle == 5min);
  CHECK(config.websocket.heartbeat == websocket::Heartbeat::data);
  CHECK(config.websocket.strict);
  CHECK(config.websocket.max_frame == 65536);
  REQUIRE(config.dns.servers.size() == 2);
  CHECK(config.dns.servers[1].text() == "[::1]:53");
  CHECK(config.dns.cache_entries == 7);
  CHECK(config.http.limits.head_bytes == 32768);
  CHECK(config.http.limits.target_bytes == 4096);
  CHECK(config.http.via == "42");
  CHECK(config.log.access == "/var/log/a=b,c");
}

TEST_CASE("overrides: every single key has a variable", "[config]") {
  for (const auto& key : keys()) {
    std::string line = "CULVERT_";
    for (const char c : key.name) {
      line += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    line += "=x";
    const char* const environment[] = {line.c_str(), nullptr};
    const auto overrides = overrides_from(environment);
    REQUIRE(overrides.size() == 1);
    CHECK(overrides[0].key == key.name);
    CHECK(overrides[0].value == "x");
  }
}

TEST_CASE("overrides: a mistake names the variable", "[config]") {
  auto [variable, mistake] = GENERATE(table<const char*, const char*>({
      {"CULVERT_WORKERS=many",
       "CULVERT_WORKERS: wants a whole number from 0 to 1024, not \"many\""},
      {"CULVERT_WORKERS=", "CULVERT_WORKERS: wants a whole number from 0 to 1024, not \"\""},
      {"CULVERT_WORKERS=-1", "CULVERT_WORKERS: wants a whole number from 0 to 1024, not -1"},
      {"CULVERT_TIMEOUTS_CONNECT=10", "CULVERT_TIMEOUTS_CONNECT: 10 has no unit; write \"10s\""},
      {"CULVERT_LISTEN=",
       "CULVERT_LISTEN: is an empty list, which would match nothing; list "
       "something, or leave the key out"},
      {"CULVERT_LISTEN=localhost:1",
       "CULVERT_LISTEN: \"localhost\" is no IP address; write one such as \"127.0.0.1:1\" or "
       "\"[::1]:1\""},
      {"CULVERT_LISTEN=[::1]:1,[::1]:1",
       "CULVERT_LISTEN: [::1]:1 is listened on by listen[1] already"},
      {"CULVERT_LISTEN=0.0.0.0:1",
       "CULVERT_LISTEN: would be open to anyone who can reach 0.0.0.0:1; write clients = [...] or "
       "users = [...] in "
       "each rule that allows, or open = true in the [[listen]] of a file if that is meant"},
      {"CULVERT_TIMEOUTS_CONECT=5s",
       "CULVERT_TIMEOUTS_CONECT: unknown variable; did you mean CULVERT_TIMEOUTS_CONNECT?"},
      {"CULVERT_CONNECT=5s",
       "CULVERT_CONNECT: unknown variable; did you mean CULVERT_TIMEOUTS_CONNECT?"},
      {"CULVERT_RULE=x", "CULVERT_RULE: unknown variable"},
      {"CULVERT_=x", "CULVERT_: unknown variable"},
  }));
  CAPTURE(variable);
  CHECK(mistakes_of(variable) == Texts{mistake});
}

TEST_CASE("overrides: a flag with an unknown key says what may be set", "[config]") {
  const auto loaded = defaults({{.key = "timeouts.conect", .value = "5s", .origin = "--set"}});
  REQUIRE(loaded.mistakes.size() == 1);
  CHECK(loaded.mistakes[0].text() ==
        "--set: no key \"timeouts.conect\" can be set from outside the file; did you mean "
        "\"timeouts.connect\"?");
}

TEST_CASE("overrides: win over the file, and the last of them over the others", "[config]") {
  const auto config =
      read_toml("workers = 1\n[[listen]]\naddress = \"127.0.0.1:1\"\n[timeouts]\nconnect = \"1s\"",
                {{.key = "workers", .value = "2", .origin = "CULVERT_WORKERS"},
                 {.key = "workers", .value = "3", .origin = "--workers"},
                 {.key = "listen", .value = "127.0.0.1:2", .origin = "--listen"}});
  CHECK(config.workers == 3);
  CHECK(config.timeouts.connect == 1s);
  REQUIRE(config.listen.size() == 1);
  CHECK(config.listen[0].place.text() == "127.0.0.1:2");
}

TEST_CASE("overrides: a default from outside takes the place of the built-in policy", "[config]") {
  const auto loaded =
      defaults({{.key = "policy.default", .value = "deny", .origin = "CULVERT_POLICY_DEFAULT"}});
  REQUIRE(loaded.config);
  CHECK(loaded.config->policy.rules().empty());
  CHECK(loaded.config->policy.by_default() == policy::Action::deny);
}

TEST_CASE("overrides: what they replace in the file must be right all the same", "[config]") {
  const auto found =
      mistakes_in("workers = -1", {{.key = "workers", .value = "2", .origin = "-w"}});
  CHECK(found.size() == 1);
}

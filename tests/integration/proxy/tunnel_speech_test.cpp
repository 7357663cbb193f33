// SPDX-License-Identifier: Apache-2.0
// What runs in a tunnel: what the rule allows passes as it is, all else ends before the origin
// hears of it.
#include <algorithm>

#include <catch2/catch.hpp>

#include "support/descriptors.hpp"
#include "support/tunnels.hpp"
#include "unit/inspect/hellos.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

/// A client's first bytes, and what becomes of them.
struct Spoken {
  const char* name;
  std::string bytes;
  const char* kind;    ///< the log's `tunnel`
  const char* detail;  ///< in the log's `reason` when it ends
};

const Spoken spoken[] = {
    {"tls",
     culvert::inspect::record(
         culvert::inspect::hello(culvert::inspect::server_names({"chat.test"}))),
     "tls", "speaks tls, which the rule does not allow"},
    {"websocket", handshake_inside(), "websocket", "speaks websocket, which the rule does not"},
    {"http", "GET /a HTTP/1.1\r\nHost: chat.test\r\n\r\n", "http", "speaks http, which the rule"},
    {"http with a body", "POST /a HTTP/1.1\r\nHost: chat.test\r\nContent-Length: 3\r\n\r\nabc",
     "http", "speaks http, which the rule"},
    {"ssh", "SSH-2.0-OpenSSH_9.2\r\n", "opaque", "speaks SSH"},
    {"smtp", "EHLO client.test\r\n", "opaque", "speaks SMTP"},
    {"postgres", "\0\0\0\x08\x04\xd2\x16\x2f"s, "opaque", "speaks PostgreSQL"},
    {"http2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"s, "opaque",
     "speaks HTTP/2 without TLS"},
    {"connect", "CONNECT evil.test:80 HTTP/1.1\r\nHost: evil.test:80\r\n\r\n", "opaque",
     "speaks CONNECT inside the tunnel"},
    {"noise", "\xff\xfe\0\1\2\3"s, "opaque", "speaks unknown protocol"},
};

bool is_any_of(std::string_view name, const std::vector<std::string>& names) {
  return std::ranges::any_of(names, [&](const auto& one) { return name.starts_with(one); });
}

void check_passes(Tunnels& tunnels, Tunnel& tunnel, const Spoken& row) {
  CHECK(tunnel.server.read_exactly(row.bytes.size()) == row.bytes);
  const bool handshake = std::string_view(row.kind) == "websocket";
  const std::string answer = (handshake ? switching : "") + "answer\0\xff"s;
  tunnel.server.send(answer);
  CHECK(tunnel.client.read_exactly(answer.size()) == answer);
  tunnel.client.send("more\0"s);
  CHECK(tunnel.server.read_exactly(5) == "more\0"s);
  tunnel.server.finish();
  CHECK(tunnel.client.ends_here());
  tunnel.client.finish();
  CHECK(tunnel.server.ends_here());
  const auto lines = tunnels.proxy.log(2);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["event"] == "open");
  CHECK(lines[0].value("tunnel", "") == row.kind);
  CHECK(lines[1]["event"] == "close");
  CHECK(lines[1]["bytes_up"] == row.bytes.size() + 5);
  CHECK(lines[1]["bytes_down"] == answer.size());
  CHECK(lines[1]["verdict"] == "allow");
}

void check_last_word(const std::string& said, const Spoken& row) {
  const std::string_view kind = row.kind;
  if (kind == "tls") {
    CHECK(said == access_denied);
  } else if (kind == "opaque") {
    CHECK(said.empty());
  } else {
    CHECK(said.starts_with("HTTP/1.1 403 "));
    CHECK(said.contains("\r\nConnection: close\r\n"));
    CHECK(said.contains("error=http_request_denied"));
  }
}

void check_line(const Proxy::Line& line, const std::string& kind, const std::string& detail) {
  CAPTURE(line.dump());
  CHECK(line["event"] == "close");
  CHECK(line["kind"] == "connect");
  CHECK(line["closer"] == "policy");
  CHECK(line["verdict"] == "deny");
  CHECK(line["rule"] == "chat");
  CHECK(line.value("tunnel", "") == kind);
  CHECK(line.value("reason", "").contains(detail));
  CHECK(line["bytes_up"] == 0);
}

void check_ends(Tunnels& tunnels, Tunnel& tunnel, const Spoken& row) {
  const auto said = tunnel.client.read_to_end();
  check_last_word(said, row);
  CHECK(reached_by_nothing(tunnel));
  const auto lines = tunnels.proxy.final_log();
  REQUIRE(lines.size() == 1);
  check_line(lines[0], row.kind, row.detail);
  CHECK(lines[0]["bytes_down"] == said.size());
}

}  // namespace

TEST_CASE("tunnel speech: what the rule allows passes byte for byte, and nothing else does",
          "[tunnel_speech]") {
  auto [terms, allowed] = GENERATE(table<std::string, std::vector<std::string>>({
      {"", {"tls", "websocket", "http"}},
      {"tunnel = [\"tls\"]", {"tls"}},
      {"tunnel = [\"websocket\"]", {"websocket"}},
      {"tunnel = [\"http\"]", {"http"}},
      {"tunnel = [\"tls\", \"websocket\"]", {"tls", "websocket"}},
      {"tunnel = [\"any\"]", {""}},
      {"tunnel = [\"any\"]\nsni = \"off\"", {""}},
      {"websocket = \"deny\"", {"tls"}},
      {"websocket = { paths = [\"/chat\"] }", {"tls", "websocket"}},
  }));
  const bool looked_into = !terms.contains("off");
  const bool glued = GENERATE(false, true);
  for (auto row : spoken) {
    // "http" does not stand for "http2".
    const bool passes =
        is_any_of(row.name, allowed) && (allowed[0].empty() || row.name != "http2"s);
    if (!looked_into) row.kind = "opaque";
    if (!looked_into && row.name == "websocket"s) continue;  // its answer may come any time
    CAPTURE(terms, row.name, glued);
    Tunnels tunnels(terms);
    auto client = tunnels.proxy.connect();
    client.send(connect_to(tunnels.authority()) + (glued ? row.bytes : ""));
    CHECK(client.read_head().starts_with("HTTP/1.1 200 "));
    Tunnel tunnel{.client = std::move(client), .server = tunnels.origin.accept()};
    if (!glued) tunnel.client.send(row.bytes);
    passes ? check_passes(tunnels, tunnel, row) : check_ends(tunnels, tunnel, row);
  }
}

TEST_CASE("tunnel speech: a server speaks first only where anything may be spoken",
          "[tunnel_speech]") {
  auto [terms, said] = GENERATE(table<std::string, std::string>({
      {"", ""},
      {"tunnel = [\"tls\", \"http\"]", ""},
      {"tunnel = [\"tls\"]", "\x16\x03\x01"},
      {"tunnel = [\"http\", \"websocket\"]", "GET / HTTP/1.1\r\nHost: c"},
      {"tunnel = [\"tls\"]", "SS"},
  }));
  CAPTURE(terms, said);
  Tunnels tunnels(terms);
  const auto begun = std::chrono::steady_clock::now();
  auto tunnel = tunnels.open();
  tunnel.server.send("220 mail.test ESMTP\r\n");
  tunnel.client.send(said);
  CHECK(tunnel.client.read_to_end() == "");
  CHECK(std::chrono::steady_clock::now() - begun >= 900ms);
  CHECK(std::chrono::steady_clock::now() - begun < 5s);
  CHECK(reached_by_nothing(tunnel));
  check_line(
      tunnels.only_line(), "opaque",
      said.empty() ? "waits for the server to speak first" : "does not say in time what it speaks");
}

TEST_CASE("tunnel speech: a server speaks first where anything may be spoken", "[tunnel_speech]") {
  const std::string sni = GENERATE("off", "log", "match");
  CAPTURE(sni);
  Tunnels tunnels("tunnel = [\"any\"]\nsni = \"" + sni + "\"");
  const auto begun = std::chrono::steady_clock::now();
  auto tunnel = tunnels.open();
  tunnel.server.send("220 mail.test ESMTP\r\n");
  CHECK(tunnel.client.read_until("\n") == "220 mail.test ESMTP\r\n");
  // Where nothing is looked at, nothing is waited for.
  const auto waited = std::chrono::steady_clock::now() - begun;
  CHECK((waited < 900ms) == (sni == "off"));
  tunnel.client.send("EHLO client.test\r\n");
  CHECK(tunnel.server.read_until("\n") == "EHLO client.test\r\n");
  CHECK(tunnels.only_line().value("tunnel", "") == "opaque");
}

TEST_CASE("tunnel speech: where a name is required, saying nothing at first is no way round it",
          "[tunnel_speech]") {
  Tunnels tunnels(
      "tunnel = [\"any\"]\nsni = \"require\"\ntimeouts = { tunnel_first_bytes = \"200ms\" }");
  auto tunnel = tunnels.open();
  CHECK(tunnel.client.read_to_end().empty());
  CHECK(reached_by_nothing(tunnel));
  CHECK(tunnels.only_line()["closer"] == "policy");
}

TEST_CASE("tunnel speech: TLS that cannot be read hides no name where anything may be spoken",
          "[tunnel_speech]") {
  Tunnels tunnels("tunnel = [\"any\"]");
  auto tunnel = tunnels.open();
  tunnel.client.send("\x16\x03\x01\x40\0\1\0\xff\xff"s);  // longer than any hello may be
  CHECK(tunnel.client.read_to_end() == access_denied);
  CHECK(reached_by_nothing(tunnel));
}

TEST_CASE("tunnel speech: a finish behind few bytes is passed on where anything may be spoken",
          "[tunnel_speech]") {
  Tunnels tunnels("tunnel = [\"any\"]");
  auto tunnel = tunnels.open();
  tunnel.client.send("S");
  tunnel.client.finish();
  CHECK(tunnel.server.read_rest() == "S");
  tunnel.server.send("bye");
  tunnel.server.finish();
  CHECK(tunnel.client.read_to_end() == "bye");
}

TEST_CASE("tunnel speech: broken TLS is told so in TLS, and broken HTTP nothing",
          "[tunnel_speech]") {
  auto [said, detail, last_word] = GENERATE(table<std::string, const char*, std::string>({
      {"\x16\x03\x01\0\0"s, "malformed TLS: ", access_denied},
      {"\x16\x03\x01\0\4\2\0\0\0"s, "malformed TLS: ", access_denied},
      {"\x16\x03\x01\xff\xff\1"s, "malformed TLS: ", access_denied},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "malformed HTTP: ", ""},
      {"GET / HTTP/1.1\r\nHost : chat.test\r\n\r\n", "malformed HTTP: ", ""},
      {"\r\nGET / HTTP/1.1\r\nHost: chat.test\r\n\r\n", "unknown protocol", ""},
      {"GET /" + std::string(70'000, 'a'), "malformed HTTP: ", ""},
  }));
  CAPTURE(detail);
  Tunnels tunnels;
  auto tunnel = tunnels.open();
  tunnel.client.send(said);
  CHECK(tunnel.client.read_to_end() == last_word);
  CHECK(reached_by_nothing(tunnel));
  check_line(tunnels.only_line(), "opaque", detail);
}

TEST_CASE("tunnel speech: a client that ends during the look is one line", "[tunnel_speech]") {
  const std::string said = GENERATE("", "SS", "GET / HTTP/1.1\r\nHo");
  const bool reset = GENERATE(true, false);
  CAPTURE(said, reset);
  Tunnels tunnels("timeouts = { tunnel_first_bytes = \"5s\" }");
  auto tunnel = tunnels.open();
  tunnel.client.send(said);
  reset ? tunnel.client.reset() : tunnel.client.close();
  CHECK(tunnel.server.read_rest().empty());
  const auto lines = tunnels.proxy.final_log();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["event"] == "close");
  CHECK(lines[0]["closer"] == "client");
  CHECK(!lines[0].contains("reason"));
}

TEST_CASE("tunnel speech: a stop ends the look at once", "[tunnel_speech]") {
  Tunnels tunnels("timeouts = { tunnel_first_bytes = \"off\" }");
  auto tunnel = tunnels.open();
  tunnel.client.send("GET / HTTP/1.1\r\nHo");
  CHECK(tunnel.server.silent_for(50ms));
  tunnels.proxy.server().stop();
  CHECK(tunnels.proxy.ended_within(Peer::patience));
  tunnel.client.drain();
  CHECK(tunnel.server.read_rest().empty());
  const auto lines = tunnels.proxy.final_log();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["event"] == "close");
  CHECK(lines[0]["closer"] == "shutdown");
}

TEST_CASE("tunnel speech: a drain lets a tunnel begin that is being looked into",
          "[tunnel_speech]") {
  Tunnels tunnels("timeouts = { tunnel_first_bytes = \"5s\" }");
  auto tunnel = tunnels.open();
  const auto& tls = spoken[0].bytes;
  tunnel.client.send(tls.substr(0, 7));
  tunnels.proxy.server().drain();
  CHECK(tunnel.server.silent_for(50ms));
  tunnel.client.send(tls.substr(7));
  CHECK(tunnel.server.read_exactly(tls.size()) == tls);
  CHECK(!tunnels.proxy.ended_within(0ms));
  tunnel.client.close();
  CHECK(tunnel.server.ends_here());
  tunnel.server.close();
  CHECK(tunnels.proxy.ended_within(Peer::patience));
}

TEST_CASE("tunnel speech: a policy that comes into force during the look decides",
          "[tunnel_speech]") {
  Tunnels tunnels("timeouts = { tunnel_first_bytes = \"5s\" }");
  auto tunnel = tunnels.open();
  const auto& tls = spoken[0].bytes;
  tunnel.client.send(tls.substr(0, 7));
  CHECK(tunnel.server.silent_for(50ms));
  REQUIRE(tunnels.proxy.reload("[policy]\ndefault = \"deny\"\n") == "");
  tunnel.client.send(tls.substr(7));
  tunnel.client.drain();
  CHECK(reached_by_nothing(tunnel));
  const auto line = tunnels.only_line();
  CHECK(line["event"] == "close");
  CHECK(line["closer"] == "policy");
}

TEST_CASE("tunnel speech: a tunnel that was ended leaves no descriptor behind", "[tunnel_speech]") {
  Tunnels tunnels;
  const auto run = [&](const Spoken& row) {
    auto tunnel = tunnels.open();
    tunnel.client.send(row.bytes);
    row.name == "ssh"s ? tunnel.client.drain() : tunnel.client.reset();
  };
  for (const auto& row : spoken) run(row);
  const auto before = descriptors();
  for (const auto& row : spoken) run(row);
  CHECK(descriptors_fall_to(before));
}

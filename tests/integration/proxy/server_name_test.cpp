// SPDX-License-Identifier: Apache-2.0
// The name in a tunnel's TLS, against the host of its CONNECT.
#include <fcntl.h>

#include <catch2/catch.hpp>

#include "support/tls_client.hpp"
#include "support/tunnels.hpp"
#include "unit/inspect/hellos.hpp"

using namespace culvert::test;
using namespace culvert::inspect;
using namespace std::chrono_literals;

namespace {

// What other.test may is no other rule's affair.
const std::string other =
    "[[rule]]\nname = \"other\"\naction = \"allow\"\nprivate = true\nhosts = [\"other.test\"]\n";

std::string hello_for(std::string_view name, std::string_view more = "") {
  return record(hello(server_names({name}).append(more)));
}

const std::string nameless = record(hello(""));

void check_passes(Tunnels& tunnels, Tunnel tunnel, const std::string& bytes) {
  CHECK(tunnel.server.read_exactly(bytes.size()) == bytes);
  tunnel.server.send("answer");
  CHECK(tunnel.client.read_exactly(6) == "answer");
  CHECK(tunnels.only_line()["event"] == "open");
}

/// Ended with an alert and one line, and the origin has heard nothing.
Proxy::Line check_ends(Tunnels& tunnels, Tunnel tunnel) {
  CHECK(tunnel.client.read_to_end() == access_denied);
  CHECK(reached_by_nothing(tunnel));
  auto line = tunnels.only_line();
  CAPTURE(line.dump());
  CHECK(line["event"] == "close");
  CHECK(line["closer"] == "policy");
  CHECK(line["verdict"] == "deny");
  CHECK(line["rule"] == "chat");
  CHECK(line["error"] == "http_request_denied");
  CHECK(line["status"] == 200);
  CHECK(line["bytes_up"] == 0);
  CHECK(line["bytes_down"] == access_denied.size());
  return line;
}

struct Named {
  const char* says;
  const char* sni;
  const char* connected;
  std::string hello;
  bool passes;
};

}  // namespace

TEST_CASE("server name: it is held against the CONNECT's host as the rule says", "[server_name]") {
  const auto row = GENERATE(values<Named>({
      {"the host", "match", "chat.test", hello_for("chat.test"), true},
      {"the host", "require", "chat.test", hello_for("chat.test"), true},
      {"upper case", "match", "chat.test", hello_for("CHAT.Test"), true},
      {"of the same rule", "match", "chat.test", hello_for("images.test"), true},
      {"of the same rule", "require", "chat.test", hello_for("images.test"), true},
      {"an address, name of the rule", "match", "127.0.0.1", hello_for("chat.test"), true},
      {"an address, no name", "match", "127.0.0.1", nameless, true},
      {"an address, no name", "require", "127.0.0.1", nameless, false},
      {"an address, another name", "match", "127.0.0.1", hello_for("evil.test"), false},
      {"of no rule", "match", "chat.test", hello_for("evil.test"), false},
      {"of no rule", "require", "chat.test", hello_for("evil.test"), false},
      {"of no rule", "log", "chat.test", hello_for("evil.test"), true},
      {"of no rule", "off", "chat.test", hello_for("evil.test"), true},
      {"of another rule", "match", "chat.test", hello_for("other.test"), false},
      {"below the host", "match", "chat.test", hello_for("a.chat.test"), false},
      {"the host as a suffix", "match", "chat.test", hello_for("evilchat.test"), false},
      {"the host as a prefix", "match", "chat.test", hello_for("chat.test.evil.test"), false},
      {"none", "match", "chat.test", nameless, true},
      {"none", "require", "chat.test", nameless, false},
      {"none", "log", "chat.test", nameless, true},
      {"none, encrypted", "require", "chat.test", record(hello(encrypted_hello())), false},
      {"the host, encrypted", "match", "chat.test", hello_for("chat.test", encrypted_hello()),
       true},
      {"another, encrypted", "match", "chat.test", hello_for("evil.test", encrypted_hello()),
       false},
      {"GREASE", "require", "chat.test",
       hello_for("chat.test", extension(0x3a3a, "x") + alpn({"\x1a\x1a", "h2"})), true},
      {"two names", "match", "chat.test", record(hello(server_names({"chat.test", "evil.test"}))),
       false},
      {"two names, the host last", "log", "chat.test",
       record(hello(server_names({"evil.test", "chat.test"}))), false},
      {"the extension twice", "match", "chat.test",
       hello_for("chat.test", server_names({"evil.test"})), false},
      {"an address, the same", "match", "127.0.0.1", hello_for("127.1"), true},
      {"an address, another", "match", "127.0.0.1", hello_for("127.0.0.2"), false},
      {"an address, another", "off", "127.0.0.1", hello_for("127.0.0.2"), true},
      {"a NUL", "match", "chat.test", hello_for(std::string_view("chat.test\0.evil.test", 20)),
       false},
      {"an empty record before", "match", "chat.test", record("") + hello_for("chat.test"), false},
      {"an empty record between", "match", "chat.test",
       record(hello(server_names({"chat.test"})).substr(0, 9)) + record("") +
           record(hello(server_names({"chat.test"})).substr(9)),
       false},
  }));
  CAPTURE(row.says, row.sni, row.connected);
  Tunnels tunnels("sni = \"" + std::string(row.sni) + "\"", other);
  auto tunnel = tunnels.open(row.connected);
  tunnel.client.send(row.hello);
  if (row.passes) return check_passes(tunnels, std::move(tunnel), row.hello);
  const auto line = check_ends(tunnels, std::move(tunnel));
  CHECK(line.contains("reason"));
}

TEST_CASE("server name: the log says which it was, and why a tunnel ended", "[server_name]") {
  auto [bytes, name, reason] = GENERATE(table<std::string, const char*, const char*>({
      {hello_for("evil.test"), "evil.test",
       "server name evil.test is not chat.test, and not allowed by the same rule"},
      {hello_for("evil.test", encrypted_hello()), "evil.test",
       "server name evil.test is not chat.test, and not allowed by the same rule (outside an "
       "encrypted hello)"},
      {nameless, "", "has no server name"},
  }));
  Tunnels tunnels("sni = \"require\"");
  auto tunnel = tunnels.open();
  tunnel.client.send(bytes);
  const auto line = check_ends(tunnels, std::move(tunnel));
  CHECK(line["tunnel"] == "tls");
  CHECK(line.value("sni", "") == name);
  CHECK(line["reason"] == reason);
}

TEST_CASE("server name: it is found however the hello is split, and the hello stays as it was",
          "[server_name]") {
  const auto message = hello(server_names({"chat.test"}) + extension(21, std::string(2000, '\0')));
  const auto evil = hello(server_names({"evil.test"}) + extension(21, std::string(2000, '\0')));
  const std::size_t fragment = GENERATE(1U, 3U, 100U, 3000U);
  const std::size_t piece = GENERATE(1U, 100U, 100000U);
  CAPTURE(fragment, piece);
  const bool passes = GENERATE(true, false);
  const auto bytes = in_records(passes ? message : evil, fragment);
  if (piece == 1 && fragment < 100) return;  // 12000 segments
  // Of a client that is so slow.
  Tunnels tunnels("sni = \"require\"\ntimeouts = { tunnel_first_bytes = \"5s\" }");
  auto tunnel = tunnels.open();
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    tunnel.client.send(std::string_view(bytes).substr(at, piece));
  }
  if (passes) return check_passes(tunnels, std::move(tunnel), bytes);
  CHECK(check_ends(tunnels, std::move(tunnel))["tunnel"] == "tls");
}

TEST_CASE("server name: what clients have sent passes where it names the host", "[server_name]") {
  const std::string client = GENERATE("chromium", "curl", "java", "node", "openssl", "python");
  CAPTURE(client);
  const auto bytes = recorded(client);
  const auto name = whole(bytes).server_name.value();
  const bool allowed = GENERATE(true, false);
  Origin origin;
  Proxy proxy("[[rule]]\nname = \"a\"\naction = \"allow\"\nprivate = true\nhosts = [\"" +
                  (allowed ? name : "chat.test") + "\"]\n",
              "127.0.0.1 chat.test " + name + "\n");
  auto tunnel = proxy.tunnel((allowed ? name : "chat.test") + ":" + std::to_string(origin.port()));
  auto server = origin.accept();
  tunnel.send(bytes);
  if (allowed) {
    CHECK(server.read_exactly(bytes.size()) == bytes);
    CHECK(proxy.log(1).at(0)["sni"] == name);
    return;
  }
  CHECK(tunnel.read_to_end() == access_denied);
  tunnel.close();
  CHECK(server.read_rest().empty());
  CHECK(proxy.log(1).at(0)["sni"] == name);
}

TEST_CASE("server name: a handshake goes through, and what comes behind it", "[server_name]") {
  TlsOrigin origin;
  const Proxy proxy(
      "[[rule]]\nname = \"a\"\naction = \"allow\"\nprivate = true\nhosts = [\"origin.test\"]\n"
      "sni = \"require\"\n",
      "127.0.0.1 origin.test\n");
  auto client = proxy.tunnel("origin.test:" + std::to_string(origin.port()));
  std::string said;  // by the other thread, which must not assert
  std::string name;
  bool ended = false;
  auto served = meanwhile([&] {
    auto server = origin.accept();
    said = server.read_exactly(5);
    server.send("there");
    name = server.server_name();
    ended = server.ends_here();
  });
  culvert::net::Descriptor descriptor(client.release());
  fcntl(descriptor.number(), F_SETFL, O_NONBLOCK);
  {
    SocketUser user(std::move(descriptor));
    REQUIRE(user.start_tls("origin.test"));
    user.write("hello");
    CHECK(user.read(5) == "there");
    user.socket().finish();
    user.turn(20ms);
  }
  CHECK_NOTHROW(served.get());
  CHECK(said == "hello");
  CHECK(name == "origin.test");
  CHECK(ended);
}

// SPDX-License-Identifier: Apache-2.0
// Live tunnels under a new policy: those that it denies end soon, the others notice
// nothing.
#include <algorithm>
#include <thread>

#include <catch2/catch.hpp>

#include "support/dns_server.hpp"
#include "support/hop.hpp"
#include "support/soon.hpp"
#include "support/users.hpp"
#include "unit/inspect/hellos.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;
using namespace std::string_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr const char* hosts = "127.0.0.1 a.test b.test\n";
const std::string nothing = "[policy]\ndefault = \"deny\"\n";
const std::string allow_spoken = "[[rule]]\nname = \"local\"\naction = \"allow\"\nprivate = true\n";

const std::string ws_fields =
    "Origin: http://a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const std::string switched =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
const std::string close_1008 = "\x88\x16\x03\xf0not allowed any more";

std::string deny(const std::string& what) {
  return "[[rule]]\nname = \"no\"\naction = \"deny\"\n" + what + "\n";
}

/// The frame that a masked one stands for.
std::string unmasked(const std::string& frame) {
  std::string out = frame.substr(0, 1) + static_cast<char>(frame.at(1) & 0x7f);
  for (std::size_t i = 6; i < frame.size(); ++i) {
    out += static_cast<char>(frame[i] ^ frame[2 + (i - 6) % 4]);
  }
  return out;
}

std::string hello_for(const std::string& name) {
  return culvert::inspect::record(culvert::inspect::hello(culvert::inspect::server_names({name})));
}

/// The two ends of a tunnel.
struct Tunnel {
  Peer client;
  Peer server;

  /// A byte goes each way.
  bool carries() {
    client.send("x");
    server.send("y");
    return server.read_exactly(1) == "x" && client.read_exactly(1) == "y";
  }
};

/// A proxy that knows users, and an origin.
struct Live {
  explicit Live(const std::string& policy, const std::string& top = "")
      : proxy(top + users.auth() + policy, hosts) {}

  Tunnel tunnel(const std::string& host, const std::string& fields = "",
                const std::string& first = "", Peer client = Peer(-1)) {
    if (client.number() < 0) client = proxy.connect();
    client.send(connect_to(at(host), fields) + first);
    if (!client.read_head().starts_with("HTTP/1.1 200 ")) throw std::runtime_error("no tunnel");
    Tunnel made{.client = std::move(client), .server = origin.accept()};
    made.server.read_exactly(first.size());
    return made;
  }
  Tunnel websocket(const std::string& host) {
    auto client = proxy.connect();
    client.send(get(at(host), "/chat", ws_fields));
    return answered(std::move(client));
  }
  /// Inside a CONNECT tunnel.
  Tunnel inner_websocket(const std::string& host) {
    auto client = proxy.connect();
    client.send(connect_to(at(host)));
    client.read_head();
    client.send("GET /chat HTTP/1.1\r\nHost: " + at(host) + "\r\n" + ws_fields + "\r\n");
    return answered(std::move(client));
  }
  std::string at(const std::string& host) const {
    return host + ":" + std::to_string(origin.port());
  }
  void reload(const std::string& policy) {
    REQUIRE(proxy.reload(users.auth() + policy) == "");
    reloaded = Clock::now();
  }
  /// It ends soon, and the log says why.
  void check_ended(Tunnel& tunnel, const std::string& reason, std::size_t lines) {
    tunnel.client.drain();
    tunnel.server.drain();
    CHECK(Clock::now() - reloaded < 3s);
    const auto line = last_close(lines);
    CHECK(line["closer"] == "policy");
    CHECK(line["error"] == "http_request_denied");
    CHECK(line["reason"] == "after a reload: " + reason);
  }
  Proxy::Line last_close(std::size_t lines) {
    Proxy::Line last;
    soon([&] {
      for (auto& line : proxy.log(lines)) {
        if (line["event"] == "close") last = line;
      }
      return !last.is_null();
    });
    return last;
  }

  UserFiles users;
  Origin origin;
  Proxy proxy;
  Clock::time_point reloaded;

 private:
  Tunnel answered(Peer client) {
    Tunnel made{.client = std::move(client), .server = origin.accept()};
    made.server.read_head();
    made.server.send(switched);
    made.client.read_head();
    return made;
  }
};

}  // namespace

TEST_CASE("rejudge: what a new policy denies ends, and what it allows goes on", "[rejudge]") {
  struct Case {
    std::string before, after;
    std::string fields_denied, fields_allowed;
    std::string reason;
  };
  const std::string both = allow_only("users = [\"alice\", \"guest\"]");
  const auto one = GENERATE_COPY(values<Case>({
      {allow_local, deny("hosts = [\"a.test\"]") + allow_local, "", "", "rule no denies it"},
      {allow_local, allow_only("hosts = [\"b.test\"]") + nothing, "", "", "rule default denies it"},
      {both, allow_only("users = [\"guest\"]"), alice, guest, "rule default denies it"},
      {both, deny("groups = [\"dev\"]") + both, alice, guest, "rule no denies it"},
      {allow_local, allow_only("users = [\"guest\"]"), "", guest, "rule staff denies it"},
      {allow_local, deny("hosts = [\"a.test\"]\nhours = \"Mon-Sun 00:00-24:00\"") + allow_local, "",
       "", "rule no denies it"},
      {allow_local, deny("hosts = [\"a.test\"]\nmethods = [\"CONNECT\"]") + allow_local, "", "",
       "rule no denies it"},
  }));
  CAPTURE(one.after);
  Live live(one.before);
  auto denied = live.tunnel("a.test", one.fields_denied);
  auto allowed = live.tunnel("b.test", one.fields_allowed);
  live.reload(one.after);
  live.check_ended(denied, one.reason, 3);
  CHECK(allowed.carries());
  const auto lines = live.proxy.log(3);
  CHECK(lines.size() == 3);
  CHECK(lines[2]["host"] == "a.test");
}

TEST_CASE("rejudge: by the client's address", "[rejudge]") {
  Live live(allow_local);
  auto allowed = live.tunnel("a.test");
  auto denied = live.tunnel("a.test", "", "", Peer::from("127.0.0.2", live.proxy.endpoint()));
  live.reload(deny("clients = [\"127.0.0.2\"]") + allow_local);
  live.check_ended(denied, "rule no denies it", 3);
  CHECK(allowed.carries());
}

TEST_CASE("rejudge: by the address that a name had", "[rejudge]") {
  const auto after = GENERATE(deny("hosts = [\"127.0.0.0/8\"]") + std::string(allow_local),
                              "[[rule]]\nname = \"local\"\naction = \"allow\"\n" CULVERT_OPAQUE +
                                  std::string("private = [\"10.0.0.0/8\"]\n"));
  Live live(allow_local);
  auto denied = live.tunnel("a.test");
  live.reload(after);
  live.check_ended(denied, "its address is not allowed", 2);
}

TEST_CASE("rejudge: by what the tunnel speaks", "[rejudge]") {
  Live live(allow_spoken);
  auto tls = live.tunnel("a.test", "", hello_for("a.test"));
  auto http = live.tunnel("a.test", "", "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n");
  live.reload(allow_spoken + "tunnel = [\"tls\"]\n");
  live.check_ended(http, "speaks http, which the rule does not allow", 3);
  CHECK(tls.carries());
}

TEST_CASE("rejudge: a tunnel that was never looked into is allowed only by \"any\"", "[rejudge]") {
  Live live(allow_local);
  auto opaque = live.tunnel("a.test");
  live.reload(allow_spoken + "tunnel = [\"any\"]\nsni = \"log\"\n");
  CHECK(opaque.carries());
  live.reload(allow_spoken);
  live.check_ended(opaque, "was never looked into", 2);
}

TEST_CASE("rejudge: by the server name", "[rejudge]") {
  Live live(allow_spoken + "sni = \"log\"\n");
  auto same = live.tunnel("a.test", "", hello_for("a.test"));
  auto other = live.tunnel("a.test", "", hello_for("elsewhere.test"));
  live.reload(allow_spoken + "hosts = [\"a.test\"]\n");
  live.check_ended(other,
                   "server name elsewhere.test is not a.test, and not allowed by the same rule", 3);
  CHECK(same.carries());
}

TEST_CASE("rejudge: a WebSocket hears a Close on both sides, between frames", "[rejudge]") {
  const bool inner = GENERATE(false, true);
  const std::string what = GENERATE("websocket = \"deny\"", "websocket = { paths = [\"/other\"] }",
                                    "websocket = { origins = [\"http://b.test\"] }");
  CAPTURE(inner, what);
  Live live(allow_spoken);
  auto ws = inner ? live.inner_websocket("a.test") : live.websocket("a.test");
  ws.server.send("\x81\x05hel");  // a frame under way
  CHECK(ws.client.read_exactly(5) == "\x81\x05hel");
  ws.client.send("\x81\x82"s + "\1\2\3\4" + "ab");
  CHECK(ws.server.read_exactly(8) == "\x81\x82"s + "\1\2\3\4" + "ab");
  live.reload(allow_spoken + what + "\n");
  CHECK(unmasked(ws.server.read_exactly(close_1008.size() + 4)) == close_1008);
  CHECK(ws.client.silent_for(30ms));
  ws.server.send("lo");
  CHECK(ws.client.read_to_end() == "lo" + close_1008);
  ws.client.close();
  ws.server.close();
  const auto line = live.last_close(2);
  CHECK(line["closer"] == "policy");
  CHECK(line["reason"].get<std::string>().starts_with("after a reload: "));
  CHECK(Clock::now() - live.reloaded < 3s);
}

TEST_CASE("rejudge: a WebSocket that is still allowed hears nothing", "[rejudge]") {
  const bool inner = GENERATE(false, true);
  Live live(allow_spoken);
  auto ws = inner ? live.inner_websocket("a.test") : live.websocket("a.test");
  live.reload(allow_spoken +
              "websocket = { paths = [\"/chat\"], origins = [\"http://a.test\"] }\n");
  CHECK(ws.client.silent_for(100ms));
  CHECK(ws.carries());
}

TEST_CASE("rejudge: report mode ends nothing", "[rejudge]") {
  Live live(allow_local);
  auto tunnel = live.tunnel("a.test");
  live.reload("[policy]\nmode = \"report\"\ndefault = \"deny\"\n");
  CHECK(tunnel.client.silent_for(200ms));
  CHECK(tunnel.carries());
}

TEST_CASE("rejudge: a tunnel that was being opened is judged by what holds then", "[rejudge]") {
  Live live(allow_spoken);
  auto client = live.proxy.connect();
  SECTION("while its first bytes are waited for") {
    client.send(connect_to(live.at("a.test")));
    CHECK(client.read_head().starts_with("HTTP/1.1 200 "));
    live.reload(nothing);
    std::this_thread::sleep_for(50ms);
    client.send(hello_for("a.test"));
  }
  SECTION("while the origin's answer to a handshake inside is waited for") {
    client.send(connect_to(live.at("a.test")));
    client.read_head();
    client.send("GET /chat HTTP/1.1\r\nHost: a.test\r\n" + ws_fields + "\r\n");
    auto server = live.origin.accept();
    server.read_head();
    live.reload(nothing);
    CHECK(server.read_rest().empty());
    CHECK(Clock::now() - live.reloaded < 3s);
  }
  client.drain();
  const auto line = live.last_close(1);
  CHECK(line["closer"] == "policy");
  CHECK(line["error"] == "http_request_denied");
  CHECK(line["reason"] == "after a reload: rule default denies it");
}

TEST_CASE("rejudge: a tunnel that was being connected is refused", "[rejudge]") {
  Live live(allow_spoken, "workers = 1\n");
  FullOrigin full;
  auto client = live.proxy.connect();
  client.send(connect_to(full.authority()) + hello_for("a.test"));
  live.proxy.catch_up();
  live.reload(nothing);
  full.drain();
  CHECK(client.read_head().starts_with("HTTP/1.1 403 "));
}

TEST_CASE(
    "rejudge: what is asked for while a name is looked up reaches no origin that is denied then",
    "[rejudge]") {
  DnsServer dns;
  Origin origin;
  const auto resolver =
      "[dns]\nhosts_file = \"off\"\nservers = [\"127.0.0.1:" + std::to_string(dns.port()) + "\"]\n";
  const std::vector<Record> found = {{.owner = "slow.test", .data = "127.0.0.1"}};
  dns.script("slow.test", Type::a, {{.records = found, .delay = 1s}});
  dns.script("slow.test", Type::aaaa, {{.delay = 1s}});
  Live live(allow_spoken + resolver);
  const auto authority = "slow.test:" + std::to_string(origin.port());
  const std::vector<std::string> requests = {
      connect_to(authority) + "GET /chat HTTP/1.1\r\nHost: slow.test\r\n" + ws_fields + "\r\n",
      get(authority), get(authority, "/chat", ws_fields)};
  const auto& request = requests[GENERATE(0U, 1U, 2U)];
  auto client = live.proxy.connect();
  client.send(request);
  REQUIRE(soon([&] { return dns.queries("slow.test", Type::a) == 1; }));
  live.reload(nothing + resolver);
  CHECK(client.read_head().starts_with("HTTP/1.1 403 "));
  CHECK(origin.accept().read_rest().empty());
  const auto line = live.proxy.log(1).at(0);
  CHECK(line["error"] == "http_request_denied");
  CHECK(line["verdict"] == "deny");
  CHECK(line["reason"] == "after a reload: rule default denies it");
}

TEST_CASE("rejudge: by the host that is named inside", "[rejudge]") {
  const bool websocket = GENERATE(false, true);
  const auto first = [&](const std::string& host) {
    return "GET /chat HTTP/1.1\r\nHost: " + host + "\r\n" + (websocket ? ws_fields : "") + "\r\n";
  };
  const std::string both = allow_spoken + "hosts = [\"a.test\", \"b.test\"]\n";
  Live live(both, "workers = 1\n");  // which logs in their order
  auto same = live.tunnel("a.test", "", first("a.test"));
  auto other = live.tunnel("a.test", "", first("B.test:80"));
  for (auto* tunnel : {&same, &other}) {
    tunnel->server.send(switched);
    tunnel->client.read_head();
  }
  CHECK(live.proxy.log(2).at(1)["inner_host"] == "b.test");
  live.reload(both + "sni = \"require\"\n");
  CHECK(other.client.silent_for(100ms));
  live.reload(allow_spoken + "hosts = [\"a.test\"]\n");
  live.check_ended(other, "Host b.test is not a.test, and not allowed by the same rule", 3);
  CHECK(same.carries());
}

TEST_CASE(
    "rejudge: of a handshake that is too long to be kept, nobody vouches for the subprotocols",
    "[rejudge]") {
  Live live(allow_spoken);
  auto client = live.proxy.connect();
  const std::string protocol(3000, 'x');
  client.send(
      get(live.at("a.test"), "/chat", ws_fields + "Sec-WebSocket-Protocol: " + protocol + "\r\n"));
  auto server = live.origin.accept();
  CHECK(server.read_head().contains(protocol));
  server.send(switched);
  client.read_head();
  live.reload(allow_spoken +
              "websocket = { paths = [\"/chat\"], origins = [\"http://a.test\"] }\n");
  CHECK(client.silent_for(100ms));
  live.reload(allow_spoken + "websocket = { protocols = [\"chat\"] }\n");
  CHECK(client.read_to_end() == close_1008);
}

TEST_CASE("rejudge: one that still may goes on, although a reload came while it was opened",
          "[rejudge]") {
  Live live(allow_local, "workers = 1\n");
  FullOrigin full;
  auto client = live.proxy.connect();
  client.send(connect_to(full.authority()));
  live.proxy.catch_up();
  live.reload(std::string(allow_local) + nothing);
  full.drain();
  CHECK(client.read_head().starts_with("HTTP/1.1 200 "));
  CHECK(client.silent_for(100ms));
}

TEST_CASE("rejudge: a thousand tunnels are judged in no time", "[rejudge]") {
  Live live(allow_local, "workers = 1\n");
  std::vector<Tunnel> tunnels;
  for (int i = 0; i < 1000; ++i) tunnels.push_back(live.tunnel(i == 500 ? "b.test" : "a.test"));
  auto& probe = tunnels[500];
  const auto longest_trip = [&] {
    Clock::duration longest{};
    for (const auto begun = Clock::now(); Clock::now() - begun < 300ms;) {
      const auto from = Clock::now();
      REQUIRE(probe.carries());
      longest = std::max(longest, Clock::now() - from);
    }
    return longest;
  };
  live.reload(deny("hosts = [\"never.test\"]") + allow_local);
  CHECK(longest_trip() < 1s);
  live.reload(deny("hosts = [\"a.test\"]") + allow_local);
  CHECK(longest_trip() < 2s);
  for (auto& tunnel : tunnels) {
    if (&tunnel != &probe) tunnel.client.drain();
  }
  CHECK(Clock::now() - live.reloaded < 5s);
  CHECK(probe.carries());
}

TEST_CASE("rejudge: a user who is none any more has no tunnels", "[rejudge]") {
  const auto policy = allow_only("users = [\"*\"]");
  Live live(policy);
  auto gone = live.tunnel("a.test", bearer("t0ken"));
  auto stays = live.tunnel("b.test", alice);
  REQUIRE(live.proxy.reload(live.users.auth("htpasswd") + policy) == "");
  live.reloaded = Clock::now();
  live.check_ended(gone, "rule staff denies it", 3);
  CHECK(stays.carries());
}

TEST_CASE("rejudge: a request that began before a reload is judged by what holds at its end",
          "[rejudge]") {
  Live live(allow_local, "workers = 1\n");
  auto client = live.proxy.connect();
  client.send("GE");
  live.proxy.catch_up();
  live.reload(nothing);
  client.send("T http://" + live.at("a.test") + "/ HTTP/1.1\r\nHost: a.test\r\n\r\n");
  CHECK(client.read_head().starts_with("HTTP/1.1 403 "));
}

TEST_CASE("rejudge: a tunnel whose first bytes are waited for ends at once", "[rejudge]") {
  Live live(allow_spoken + "timeouts = { tunnel_first_bytes = \"off\" }\n");
  auto denied = live.proxy.connect();
  denied.send(connect_to(live.at("a.test")));
  denied.read_head();
  denied.send("GET / HT");
  auto stays = live.proxy.connect();
  stays.send(connect_to(live.at("b.test")));
  stays.read_head();
  live.reload(deny("hosts = [\"a.test\"]") + allow_spoken);
  denied.drain();
  CHECK(Clock::now() - live.reloaded < 3s);
  const auto line = live.last_close(1);
  CHECK(line["closer"] == "policy");
  CHECK(line["reason"] == "after a reload: rule no denies it");
  CHECK(stays.silent_for(100ms));
}

TEST_CASE("rejudge: a WebSocket that is denied by the time of its 101 hears a 403", "[rejudge]") {
  Live live(allow_local, "workers = 1\n");
  auto client = live.proxy.connect();
  client.send(get(live.at("a.test"), "/chat", ws_fields));
  auto server = live.origin.accept();
  server.read_head();
  live.reload(deny("hosts = [\"a.test\"]") + allow_local);
  auto other = live.proxy.connect();  // the worker has the new policy when it answers this
  CHECK(ask(other, get(live.at("a.test"))).status() == 403);
  server.send(switched);
  CHECK(client.read_head().starts_with("HTTP/1.1 403 "));
}

TEST_CASE("rejudge: while it drains, a reload brings new users, too", "[rejudge]") {
  const auto policy = allow_only("users = [\"*\"]");
  Live live(policy, "workers = 1\n");
  auto tunnel = live.tunnel("a.test", alice);
  auto client = live.proxy.connect();
  client.send("GE");
  auto other = live.proxy.connect();
  CHECK(ask(other, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").status() == 200);  // it has been read
  live.proxy.server().drain();
  REQUIRE(live.proxy.reload(live.users.auth("tokens") + policy) == "");
  tunnel.client.drain();  // the worker has heard of it
  client.send("T http://" + live.at("a.test") + "/ HTTP/1.1\r\nHost: a.test\r\n" + alice + "\r\n");
  CHECK(client.read_head().starts_with("HTTP/1.1 407 "));
}

// SPDX-License-Identifier: Apache-2.0
// Clients of HTTP/1.1, and origins that speak HTTP/2.
#include <catch2/catch.hpp>

#include "support/h2_origin.hpp"
#include "support/http.hpp"
#include "support/pattern.hpp"
#include "support/proxy.hpp"
#include "support/soon.hpp"
#include "support/tls_origin.hpp"
#include "support/tunnels.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* hosts = "127.0.0.1 origin.test\n";

/// One worker, so that what it keeps is there for every client; `rule` are lines of the rule,
/// `http` of [http], `more` any others.
std::string trusting(const std::string& rule = "", const std::string& http = "",
                     const std::string& more = "") {
  return "workers = 1\n" + std::string(allow_local) + rule + "[http]\n" + http +
         "[origin_tls]\nca_file = \"" + ca_file() + "\"\n" + more;
}

/// A client, the proxy, and an origin that speaks HTTP/2.
struct Http2 {
  explicit Http2(const H2Origin::How& how = {}, const std::string& toml = trusting())
      : secured(how.tls), origin(how), proxy(toml, hosts), client(proxy.connect()) {}

  std::string url(const std::string& path = "/") const {
    return (secured ? "https://origin.test:" : "http://origin.test:") +
           std::to_string(origin.port()) + path;
  }
  std::string request(const std::string& path, const std::string& method = "GET",
                      const std::string& fields = "") const {
    return method + " " + url(path) + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
  }
  Response ask(const std::string& path = "/", const std::string& method = "GET",
               const std::string& fields = "") {
    client.send(request(path, method, fields));
    return read_response(client);
  }
  /// The answer to a handshake from a new client; `peer` is that one then.
  Response open_websocket(const std::string& path = "/echo") {
    peer = proxy.connect();
    peer.send(request(path, "GET", handshake_fields));
    return read_response(peer);
  }
  /// True when what it says to the WebSocket comes back.
  bool echoes(const std::string& text = "\x81\x85\x01\x02\x03\x04hello") {
    peer.send(text);
    return peer.read_exactly(text.size()) == text;
  }

  bool secured;
  H2Origin origin;
  Proxy proxy;
  Peer client;
  Peer peer{-1};
};

const H2Origin::How both{.offers = {"h2", "http/1.1"}};
const H2Origin::How both_without_websockets{.offers = {"h2", "http/1.1"}, .websockets = false};
const H2Origin::How http11_alone{.offers = {"http/1.1"}};

}  // namespace

TEST_CASE("origin HTTP/2: requests of all clients go over one connection, where it is chosen",
          "[origin_http2]") {
  Http2 sound;
  CHECK(sound.ask("/a").body == "GET /a over h2\n");
  CHECK(sound.ask("/b", "POST", "Content-Length: 0\r\n").body == "POST /b over h2\n");
  sound.client.send(sound.request("/c", "PUT", "Content-Length: 3\r\n") + "abc");
  CHECK(read_response(sound.client).body == "PUT /c over h2\nabc");
  auto other = sound.proxy.connect();
  other.send(sound.request("/d"));
  CHECK(read_response(other).body == "GET /d over h2\n");

  CHECK(sound.origin.accepted() == 1);
  const auto asked = sound.origin.asked();
  REQUIRE(asked.size() == 4);
  CHECK(asked[0].field(":authority") == sound.url("").substr(8));
  CHECK(asked[0].field(":scheme") == "https");
  CHECK(asked[0].field("via").starts_with("1.1 "));
  const auto lines = sound.proxy.final_log();
  REQUIRE(lines.size() == 4);
  CHECK(lines[0]["origin_proto"] == "h2");
  CHECK(lines[0]["proto"] == "h1");
  CHECK(!lines[0].contains("reused"));
  CHECK(lines[3]["origin_proto"] == "h2");
  CHECK(lines[3]["reused"] == true);
  CHECK(lines[3]["resolved"] == "127.0.0.1");
}

TEST_CASE("origin HTTP/2: an origin that chooses HTTP/1.1 is spoken to by that", "[origin_http2]") {
  Http2 sound(http11_alone);
  CHECK(sound.ask("/a").body == "GET /a over http/1.1\n");
  CHECK(sound.open_websocket().status() == 101);
  CHECK(sound.echoes());
  sound.peer.close();
  for (const auto& line : sound.proxy.log(3)) CHECK(!line.contains("origin_proto"));
}

TEST_CASE("origin HTTP/2: several requests are under way on one connection", "[origin_http2]") {
  Http2 sound;
  sound.ask("/first");
  std::vector<Peer> clients;
  for (int i = 0; i < 5; ++i) {
    clients.push_back(sound.proxy.connect());
    clients.back().send(sound.request("/held"));
  }
  CHECK(soon([&] { return sound.origin.asked().size() == 6; }));
  CHECK(sound.ask("/between").status() == 200);
  sound.origin.release();
  for (auto& client : clients) CHECK(read_response(client).status() == 200);
  CHECK(sound.origin.accepted() == 1);
}

TEST_CASE("origin HTTP/2: where an origin takes no more streams, a connection more is made",
          "[origin_http2]") {
  Http2 sound({.streams = 1});
  sound.ask("/first");
  auto waits = sound.proxy.connect();
  waits.send(sound.request("/held"));
  CHECK(soon([&] { return sound.origin.asked().size() == 2; }));
  CHECK(sound.ask("/beside").status() == 200);
  CHECK(sound.origin.accepted() == 2);
  sound.origin.release();
  CHECK(read_response(waits).status() == 200);
}

TEST_CASE("origin HTTP/2: a WebSocket is bridged to an origin that takes it there",
          "[origin_http2]") {
  Http2 sound;
  const auto switched = sound.open_websocket("/chat?room=1");
  CHECK(switched.status() == 101);
  CHECK(switched.field("Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  CHECK(switched.field("Upgrade") == "websocket");
  CHECK(sound.echoes());
  CHECK(sound.echoes(std::string("\x81\xfe\x40\x00", 4) + std::string(4, '\0') +
                     std::string(0x4000, 'x')));
  const auto asked = sound.origin.asked();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].method == "CONNECT");
  CHECK(asked[0].field(":protocol") == "websocket");
  CHECK(asked[0].path == "/chat?room=1");
  CHECK(asked[0].field("sec-websocket-version") == "13");
  CHECK(asked[0].field("sec-websocket-key").empty());
  sound.peer.finish();
  CHECK(sound.peer.ends_here());
  const auto lines = sound.proxy.log(2);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["event"] == "open");
  CHECK(lines[0]["origin_proto"] == "h2");
  CHECK(lines[1]["event"] == "close");
  CHECK(lines[1]["status"] == 101);
  CHECK(lines[1]["websocket"]["up"]["text"]["frames"] == 2);
}

TEST_CASE("origin HTTP/2: what is larger than any window passes both ways", "[origin_http2]") {
  Http2 sound;
  constexpr std::size_t size = 4UL << 20;
  CHECK(sound.open_websocket().status() == 101);
  const std::string head("\x82\xff\0\0\0\0\0\x40\0\0\0\0\0\0", 14);
  sound.peer.send(head);
  const auto sent = send_pattern(sound.peer, 7, size);
  CHECK(sound.peer.read_exactly(head.size()) == head);
  CHECK(read_pattern(sound.peer, 7, size).empty());
}

TEST_CASE("origin HTTP/2: WebSockets and requests share a connection", "[origin_http2]") {
  Http2 sound;
  CHECK(sound.open_websocket().status() == 101);
  auto first = std::move(sound.peer);
  CHECK(sound.open_websocket().status() == 101);
  CHECK(sound.echoes());
  CHECK(sound.ask().status() == 200);
  first.send("\x81\x80\x01\x02\x03\x04");
  CHECK(first.read_exactly(6).size() == 6);
  CHECK(sound.origin.accepted() == 1);
}

TEST_CASE("origin HTTP/2: a refused handshake keeps its status and body", "[origin_http2]") {
  Http2 sound;
  const auto refused = sound.open_websocket("/no");
  CHECK(refused.status() == 403);
  CHECK(refused.body == "CONNECT /no over h2\n");
}

TEST_CASE(
    "origin HTTP/2: a WebSocket goes over HTTP/1.1 where HTTP/2 takes none, and that is known",
    "[origin_http2]") {
  Http2 sound(both_without_websockets);
  for (int i = 0; i < 3; ++i) {
    CHECK(sound.open_websocket().status() == 101);
    CHECK(sound.echoes());
  }
  CHECK(sound.origin.accepted("h2") == 1);  // by which it was found out
  CHECK(sound.origin.accepted("http/1.1") == 3);
  // And which is there for what it does take.
  CHECK(sound.ask("/a").body == "GET /a over h2\n");
  CHECK(sound.origin.accepted("h2") == 1);
}

TEST_CASE("origin HTTP/2: what is forgotten at once is found out each time", "[origin_http2]") {
  Http2 sound(both_without_websockets, trusting("", "remember_origins = 0\npool = 0\n"));
  for (int i = 0; i < 2; ++i) CHECK(sound.open_websocket().status() == 101);
  CHECK(sound.origin.accepted("h2") == 2);
  CHECK(sound.origin.accepted("http/1.1") == 2);
}

TEST_CASE("origin HTTP/2: an origin that changes is found out anew after a reload",
          "[origin_http2]") {
  Http2 sound(both_without_websockets);
  CHECK(sound.open_websocket().status() == 101);
  sound.origin.change(both);
  CHECK(sound.open_websocket().status() == 101);
  CHECK(sound.origin.asked().back().protocol == "http/1.1");
  CHECK(sound.proxy.reload(trusting()) == "");
  CHECK(sound.open_websocket().status() == 101);
  CHECK(sound.echoes());
  CHECK(sound.origin.asked().back().protocol == "h2");
}

TEST_CASE("origin HTTP/2: one that takes WebSockets no more is found out as soon as it says so",
          "[origin_http2]") {
  Http2 sound(both);
  CHECK(sound.open_websocket().status() == 101);
  sound.origin.change(both_without_websockets);
  sound.origin.cut_all();
  CHECK(soon([&] { return sound.origin.open() == 0; }));
  CHECK(sound.peer.read_rest().empty());
  CHECK(sound.open_websocket().status() == 101);
  CHECK(sound.echoes());
  CHECK(sound.origin.asked().back().protocol == "http/1.1");
}

TEST_CASE("origin HTTP/2: a WebSocket that an origin has no way for is a 502 that says so",
          "[origin_http2]") {
  Http2 sound({.websockets = false});
  for (int i = 0; i < 2; ++i) {
    const auto refused = sound.open_websocket();
    CHECK(refused.status() == 502);
    CHECK(refused.field("Proxy-Status").contains("error=http_upgrade_failed"));
    CHECK(refused.body.contains("takes no WebSocket on HTTP/2"));
    CHECK(refused.body.contains("does not speak HTTP/1.1"));
  }
  CHECK(sound.ask().body == "GET / over h2\n");
}

TEST_CASE("origin HTTP/2: an origin that never sends its settings is given up for a WebSocket",
          "[origin_http2]") {
  Http2 sound({.silent = true}, trusting("timeouts = { connect = \"500ms\" }\n"));
  const auto refused = sound.open_websocket();
  CHECK(refused.status() == 504);
  CHECK(refused.field("Proxy-Status").contains("error=connection_timeout"));
  CHECK(refused.body.contains("SETTINGS"));
}

TEST_CASE("origin HTTP/2: a rule may hold to HTTP/1.1", "[origin_http2]") {
  Http2 sound(both, trusting("origin_http = \"1.1\"\n"));
  CHECK(sound.ask("/a").body == "GET /a over http/1.1\n");
  CHECK(sound.open_websocket().status() == 101);
  CHECK(sound.echoes());
  CHECK(sound.origin.accepted("h2") == 0);
}

TEST_CASE("origin HTTP/2: a rule may hold to HTTP/2", "[origin_http2]") {
  const auto toml = trusting("origin_http = \"2\"\n");

  SECTION("which is spoken, by WebSockets too") {
    Http2 sound(both, toml);
    CHECK(sound.ask("/a").body == "GET /a over h2\n");
    CHECK(sound.open_websocket().status() == 101);
    CHECK(sound.echoes());
    CHECK(sound.origin.accepted() == 1);
  }
  SECTION("also in the clear, with prior knowledge") {
    Http2 sound({.tls = false}, toml);
    CHECK(sound.ask("/a").body == "GET /a over h2\n");
    CHECK(sound.open_websocket().status() == 101);
    CHECK(sound.echoes());
    CHECK(sound.origin.accepted() == 1);
    CHECK(sound.origin.asked()[0].field(":scheme") == "http");
  }
  SECTION("and an origin that does not choose it is a 502") {
    const auto offers = GENERATE(std::vector<std::string>{"http/1.1"}, std::vector<std::string>{});
    Http2 sound({.offers = offers}, toml);
    const auto refused = sound.ask();
    CHECK(refused.status() == 502);
    CHECK(refused.field("Proxy-Status").contains("error=tls_protocol_error"));
    CHECK(refused.body.contains("origin_http"));
  }
  SECTION("and a WebSocket that it does not take a 502") {
    Http2 sound(both_without_websockets, toml);
    const auto refused = sound.open_websocket();
    CHECK(refused.status() == 502);
    CHECK(refused.field("Proxy-Status").contains("error=http_upgrade_failed"));
    CHECK(refused.body.contains("origin_http"));
    CHECK(sound.origin.accepted("http/1.1") == 0);
  }
  SECTION("and an origin in the clear that does not speak it a 502") {
    Origin plain;
    Proxy proxy(toml, hosts);
    auto client = proxy.connect();
    client.send(get(plain.authority()));
    auto server = plain.accept();
    CHECK(server.read_exactly(14) == "PRI * HTTP/2.0");
    server.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    const auto refused = read_response(client);
    CHECK(refused.status() == 502);
    CHECK(refused.field("Proxy-Status").contains("error=http_protocol_error"));
  }
}

TEST_CASE("origin HTTP/2: http:// is HTTP/1.1 unless a rule says otherwise", "[origin_http2]") {
  Origin plain;
  Proxy proxy(trusting(), hosts);
  auto client = proxy.connect();
  client.send(get(plain.authority()));
  auto server = plain.accept();
  CHECK(server.read_head().starts_with("GET / HTTP/1.1\r\n"));
}

TEST_CASE("origin HTTP/2: what authenticates a connection has one of its own, by HTTP/1.1",
          "[origin_http2]") {
  Http2 sound(both);
  CHECK(sound.ask().body == "GET / over h2\n");
  CHECK(sound.ask("/a", "GET", "Authorization: NTLM TlRMTVNTUAABAAAA\r\n").body ==
        "GET /a over http/1.1\n");
}

TEST_CASE("origin HTTP/2: a request that was refused before it was looked at is sent once more",
          "[origin_http2]") {
  Http2 sound;
  const auto* path = GENERATE("/refused-once", "/leave-once");
  const auto* method = GENERATE("GET", "POST");
  const bool warm = GENERATE(true, false);
  CAPTURE(path, method, warm);
  if (warm) CHECK(sound.ask().status() == 200);
  const auto answer = sound.ask(path, method, "Content-Length: 0\r\n");
  CHECK(answer.body == std::string(method) + " " + path + " over h2\n");
  CHECK(sound.origin.accepted() == 2);
}

TEST_CASE("origin HTTP/2: so is a handshake", "[origin_http2]") {
  Http2 sound;
  CHECK(sound.open_websocket("/refused-once").status() == 101);
  CHECK(sound.echoes());
  CHECK(sound.origin.accepted() == 2);
}

TEST_CASE("origin HTTP/2: but not for ever, and not when its body is gone", "[origin_http2]") {
  Http2 sound;
  const auto refused = sound.ask("/refused");
  CHECK(refused.status() == 502);
  CHECK(refused.field("Proxy-Status").contains("error=connection_terminated"));
  CHECK(sound.origin.asked().size() == 2);
  sound.client.send(sound.request("/refused", "PUT", "Content-Length: 3\r\n") + "abc");
  CHECK(read_response(sound.client).status() == 502);
  CHECK(sound.origin.asked().size() == 3);
}

TEST_CASE("origin HTTP/2: what met a connection that was just ending is repeated if it may be",
          "[origin_http2]") {
  Http2 sound;
  CHECK(sound.ask().status() == 200);
  CHECK(sound.ask("/cut-once").status() == 200);
  CHECK(sound.origin.accepted() == 2);
  CHECK(sound.ask("/cut", "POST", "Content-Length: 0\r\n").status() == 502);
}

TEST_CASE("origin HTTP/2: a stream that fails is a failure of its own", "[origin_http2]") {
  Http2 sound;
  auto held = sound.proxy.connect();
  held.send(sound.request("/held"));
  CHECK(soon([&] { return sound.origin.asked().size() == 1; }));
  CHECK(sound.ask("/reset", "POST", "Content-Length: 0\r\n").status() == 502);
  sound.origin.release();
  CHECK(read_response(held).status() == 200);
  CHECK(sound.origin.accepted() == 1);
}

TEST_CASE("origin HTTP/2: an exchange that is complete is not reset for the end of its stream",
          "[origin_http2]") {
  Http2 sound;
  for (int i = 0; i < 3; ++i) CHECK(sound.ask("/late-end").body == "GET /late-end over h2\n");
  sound.origin.release();
  CHECK(sound.ask().status() == 200);
  CHECK(sound.origin.resets().empty());
  CHECK(sound.origin.accepted() == 1);
}

TEST_CASE("origin HTTP/2: a connection on which an answer is late is not waited for any more",
          "[origin_http2]") {
  Http2 sound({}, trusting("timeouts = { response_head = \"300ms\" }\n"));
  CHECK(sound.ask().status() == 200);
  CHECK(sound.open_websocket().status() == 101);
  CHECK(sound.ask("/held").status() == 504);
  CHECK(sound.ask().status() == 200);
  CHECK(sound.origin.accepted() == 2);
  CHECK(sound.echoes());  // what was under way goes on
}

TEST_CASE("origin HTTP/2: a connection that was asked for a WebSocket in vain ends like others",
          "[origin_http2]") {
  Http2 sound({.websockets = false}, trusting("", "", "[timeouts]\norigin_idle = \"100ms\"\n"));
  CHECK(sound.open_websocket().status() == 502);
  CHECK(sound.origin.accepted("h2") == 1);
  CHECK(soon([&] { return sound.origin.open() == 0; }));
}

TEST_CASE("origin HTTP/2: a client that leaves takes its stream along", "[origin_http2]") {
  Http2 sound;
  auto leaving = sound.proxy.connect();
  leaving.send(sound.request("/held"));
  CHECK(soon([&] { return sound.origin.asked().size() == 1; }));
  leaving.reset();
  CHECK(soon([&] { return sound.origin.resets() == std::vector<std::uint32_t>{8}; }));  // CANCEL
  CHECK(sound.ask().status() == 200);
  CHECK(sound.origin.accepted() == 1);
}

TEST_CASE("origin HTTP/2: a connection that said goodbye carries what is under way, and no more",
          "[origin_http2]") {
  Http2 sound;
  auto held = sound.proxy.connect();
  held.send(sound.request("/held"));
  CHECK(soon([&] { return sound.origin.asked().size() == 1; }));
  sound.origin.say_goodbye();
  CHECK(soon([&] {
    sound.ask();
    return sound.origin.accepted() == 2;
  }));
  sound.origin.release();
  CHECK(read_response(held).status() == 200);
  CHECK(soon([&] { return sound.origin.open() == 1; }));
}

TEST_CASE("origin HTTP/2: a connection that nobody uses ends", "[origin_http2]") {
  Http2 sound({}, trusting("", "", "[timeouts]\norigin_idle = \"100ms\"\n"));
  CHECK(sound.ask().status() == 200);
  CHECK(soon([&] { return sound.origin.open() == 0; }));
  CHECK(sound.ask().status() == 200);
  CHECK(sound.origin.accepted() == 2);
}

TEST_CASE("origin HTTP/2: without a pool each exchange has a connection of its own",
          "[origin_http2]") {
  Http2 sound({}, trusting("", "pool = 0\n"));
  CHECK(sound.ask().status() == 200);
  CHECK(sound.ask().status() == 200);
  CHECK(sound.origin.accepted() == 2);
  CHECK(soon([&] { return sound.origin.open() == 0; }));
}

TEST_CASE("origin HTTP/2: a reload leaves what is under way alone, and the rest begins anew",
          "[origin_http2]") {
  Http2 sound;
  CHECK(sound.open_websocket().status() == 101);
  auto held = sound.proxy.connect();
  held.send(sound.request("/held"));
  CHECK(soon([&] { return sound.origin.asked().size() == 2; }));
  CHECK(sound.proxy.reload(trusting()) == "");
  CHECK(sound.ask().status() == 200);
  CHECK(sound.origin.accepted() == 2);
  CHECK(sound.echoes());
  sound.origin.release();
  CHECK(read_response(held).status() == 200);
  sound.peer.close();
  CHECK(soon([&] { return sound.origin.open() == 1; }));
}

TEST_CASE("origin HTTP/2: a WebSocket that a new policy denies is ended", "[origin_http2]") {
  Http2 sound;
  CHECK(sound.open_websocket().status() == 101);
  CHECK(sound.proxy.reload("workers = 1\n[policy]\ndefault = \"deny\"\n") == "");
  sound.peer.drain();
  const auto lines = sound.proxy.log(2);
  REQUIRE(lines.size() == 2);
  CHECK(lines[1]["closer"] == "policy");
}

TEST_CASE("origin HTTP/2: nobody profits from what another client's rule allowed",
          "[origin_http2]") {
  const auto rule = [](const char* name, const char* more) {
    return "[[rule]]\nname = \"" + std::string(name) + "\"\naction = \"allow\"\n" + more + "\n";
  };
  Http2 sound({}, "workers = 1\n" + rule("open", "clients = [\"127.0.0.2\"]\nprivate = true") +
                      rule("closed", "") + "[origin_tls]\nca_file = \"" + ca_file() + "\"\n");
  auto allowed = Peer::from("127.0.0.2", sound.proxy.endpoint());
  allowed.send(sound.request("/"));
  CHECK(read_response(allowed).status() == 200);
  CHECK(sound.ask().status() == 403);
  CHECK(sound.origin.asked().size() == 1);
}

TEST_CASE("origin HTTP/2: the address of a shared connection is judged for each client",
          "[origin_http2]") {
  Http2 sound({},
              "workers = 1\n[[rule]]\nname = \"not here\"\naction = \"deny\"\n"
              "hosts = [\"127.0.0.0/8\"]\nclients = [\"127.0.0.3\"]\n" +
                  std::string(allow_local) + "[origin_tls]\nca_file = \"" + ca_file() + "\"\n");
  CHECK(sound.ask().status() == 200);
  auto denied = Peer::from("127.0.0.3", sound.proxy.endpoint());
  denied.send(sound.request("/"));
  CHECK(read_response(denied).status() == 403);
  CHECK(sound.origin.asked().size() == 1);
}

TEST_CASE("origin HTTP/2: a drain lets what is under way finish", "[origin_http2]") {
  Http2 sound;
  auto held = sound.proxy.connect();
  held.send(sound.request("/held"));
  CHECK(soon([&] { return sound.origin.asked().size() == 1; }));
  sound.proxy.server().drain();
  sound.origin.release();
  CHECK(read_response(held).status() == 200);
  CHECK(sound.proxy.ended_within(Peer::patience));
}

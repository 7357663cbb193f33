// SPDX-License-Identifier: Apache-2.0
// https:// and wss:// in absolute-form: the hop to the origin is TLS, and verified.
#include <future>

#include <catch2/catch.hpp>

#include "support/hop.hpp"
#include "support/pattern.hpp"
#include "support/tls_origin.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* hosts = "127.0.0.1 origin.test other.test\n";
constexpr const char* ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
constexpr std::size_t MiB = 1UL << 20;

const std::string trusting =
    std::string(allow_local) + "[origin_tls]\nca_file = \"" + ca_file() + "\"\n";

/// A client, the proxy, and an origin that speaks TLS.
struct Secured {
  explicit Secured(const TlsOrigin::How& how = {}, const std::string& more = "")
      : origin(how), proxy(trusting + more, hosts), client(proxy.connect()) {}

  std::string url(const std::string& host = "origin.test", const std::string& scheme = "https") {
    return scheme + "://" + host + ":" + std::to_string(origin.port()) + "/";
  }
  void ask_for(const std::string& url, const std::string& fields = "",
               const std::string& method = "GET") {
    client.send(method + " " + url + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n");
  }

  TlsOrigin origin;
  Proxy proxy;
  Peer client;
};

constexpr const char* handshake =
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
constexpr const char* switched =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// A WebSocket whose origin end speaks TLS.
struct SecureWebSocket : Secured {
  SecureWebSocket() {
    ask_for(url("origin.test", "wss"), handshake);
    server = std::make_unique<TlsPeer>(origin.accept());
    server->read_head();
    server->send(std::string(switched) + "first");
    client.read_until("\r\n\r\nfirst");
  }
  std::unique_ptr<TlsPeer> server;
};

}  // namespace

TEST_CASE("origin TLS: requests go over TLS, to the host that was named, one after another",
          "[origin_tls]") {
  Secured sound;
  sound.ask_for(sound.url());
  auto server = sound.origin.accept();
  CHECK(server.server_name() == "origin.test");
  CHECK(server.alpn() == "http/1.1");
  CHECK(server.read_head().starts_with("GET / HTTP/1.1\r\nHost: origin.test:"));
  server.send(ok);
  CHECK(read_response(sound.client).body == "ok");
  for (int i = 0; i < 3; ++i) {
    sound.ask_for(sound.url());
    server.read_head();
    server.send(ok);
    CHECK(read_response(sound.client).body == "ok");
  }
  const auto lines = sound.proxy.final_log();
  REQUIRE(lines.size() == 4);
  CHECK(lines[0].contains("tls_ms"));
  CHECK(!lines[1].contains("tls_ms"));
  CHECK(lines[1]["reused"] == true);
}

TEST_CASE("origin TLS: an address is verified as an address, and not named", "[origin_tls]") {
  Secured sound;
  sound.ask_for(sound.url("127.0.0.1"));
  auto server = sound.origin.accept();
  CHECK(server.server_name().empty());
  server.read_head();
  server.send(ok);
  CHECK(read_response(sound.client).status() == 200);
}

TEST_CASE("origin TLS: a certificate that does not vouch for the host is a 502", "[origin_tls]") {
  struct Case {
    Shown shown;
    std::string host;
    std::string says;
  };
  const auto one = GENERATE(values<Case>({
      {{.hosts = {"other.test"}}, "origin.test", "hostname mismatch"},
      {{.hosts = {}, .subject = "origin.test"}, "origin.test", "hostname mismatch"},
      {{.hosts = {"origin.test"}}, "127.0.0.1", "IP address mismatch"},
      {{.expired = true}, "origin.test", "certificate has expired"},
      {{.self_signed = true}, "origin.test", "self-signed certificate"},
  }));
  CAPTURE(one.host, one.says);
  Secured secured(TlsOrigin::How{.shown = one.shown});
  secured.ask_for(secured.url(one.host));
  CHECK(secured.origin.accept_failure() != "");
  const auto response = read_response(secured.client);
  CHECK(response.status() == 502);
  CHECK(response.field("Proxy-Status").contains("error=tls_certificate_error"));
  CHECK(response.field("Proxy-Status").contains(one.says));
  CHECK(response.body.contains(one.says));
  // The client's connection goes on.
  secured.ask_for("http://origin.test:1/");
  CHECK(read_response(secured.client).status() == 502);
}

TEST_CASE("origin TLS: an origin that does not speak it well is a 502", "[origin_tls]") {
  Secured sound;
  SECTION("not at all") {
    sound.ask_for(sound.url());
    auto plain = sound.origin.accept_plain();
    plain.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    const auto response = read_response(sound.client);
    CHECK(response.status() == 502);
    CHECK(response.field("Proxy-Status").contains("error=tls_protocol_error"));
    CHECK(response.body.contains("does not speak TLS"));
  }
  SECTION("an end in the middle") {
    sound.ask_for(sound.url());
    auto plain = sound.origin.accept_plain();
    GENERATE(true, false) ? plain.close() : plain.reset();
    const auto response = read_response(sound.client);
    CHECK(response.status() == 502);
    CHECK(response.field("Proxy-Status").contains("error=connection_terminated"));
  }
}

TEST_CASE("origin TLS: old versions are refused", "[origin_tls]") {
  Secured old(TlsOrigin::How{.newest = TLS1_1_VERSION});
  old.ask_for(old.url());
  CHECK(old.origin.accept_failure() != "");
  CHECK(read_response(old.client).field("Proxy-Status").contains("error=tls_protocol_error"));
}

TEST_CASE("origin TLS: a handshake that does not come to its end is a 504", "[origin_tls]") {
  Secured sound({}, "[timeouts]\nconnect = \"200ms\"\n");
  sound.ask_for(sound.url());
  auto plain = sound.origin.accept_plain();
  const auto response = read_response(sound.client);
  CHECK(response.status() == 504);
  CHECK(response.field("Proxy-Status").contains("error=connection_timeout"));
}

TEST_CASE("origin TLS: large bodies both ways arrive intact", "[origin_tls]") {
  Secured sound;
  sound.ask_for(sound.url(), "Content-Length: " + std::to_string(8 * MiB) + "\r\n", "POST");
  auto server = sound.origin.accept();
  const auto up =
      std::async(std::launch::async, [&] { sound.client.send(pattern(1, 0, 8 * MiB)); });
  server.read_head();
  CHECK(server.read_exactly(8 * MiB) == pattern(1, 0, 8 * MiB));
  server.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(8 * MiB) + "\r\n\r\n");
  const auto down = std::async(std::launch::async, [&] { server.send(pattern(2, 0, 8 * MiB)); });
  CHECK(read_response(sound.client).body == pattern(2, 0, 8 * MiB));
}

TEST_CASE("origin TLS: an answer up to the end must end with a word", "[origin_tls]") {
  Secured sound;
  sound.ask_for(sound.url());
  auto server = sound.origin.accept();
  server.read_head();
  server.send("HTTP/1.1 200 OK\r\n\r\nabc");
  CHECK_NOTHROW(sound.client.read_until("abc"));
  SECTION("and then it is whole") {
    server.finish();
    CHECK(sound.client.ends_here());
  }
  SECTION("or it was cut off (RFC 9112 §9.8)") {
    server.cut();
    CHECK(sound.client.ends_with_reset());
  }
}

TEST_CASE("origin TLS: a connection in the clear does not serve https", "[origin_tls]") {
  Secured sound;
  sound.ask_for("http://origin.test:" + std::to_string(sound.origin.port()) + "/");
  auto plain = sound.origin.accept_plain();
  plain.read_head();
  plain.send(ok);
  CHECK(read_response(sound.client).status() == 200);

  sound.ask_for(sound.url());
  auto server = sound.origin.accept();
  server.read_head();
  server.send(ok);
  CHECK(read_response(sound.client).status() == 200);
}

TEST_CASE("origin TLS: a WebSocket over it carries messages and bulk, and ends in order",
          "[origin_tls]") {
  SecureWebSocket ws;
  for (int i = 0; i < 20; ++i) {
    ws.client.send("ping");
    CHECK(ws.server->read_exactly(4) == "ping");
    ws.server->send("pong");
    CHECK(ws.client.read_exactly(4) == "pong");
  }
  {
    const auto up = std::async(std::launch::async, [&] { ws.client.send(pattern(3, 0, 8 * MiB)); });
    CHECK(ws.server->read_exactly(8 * MiB) == pattern(3, 0, 8 * MiB));
    const auto down =
        std::async(std::launch::async, [&] { ws.server->send(pattern(4, 0, 8 * MiB)); });
    CHECK(ws.client.read_exactly(8 * MiB) == pattern(4, 0, 8 * MiB));
  }
  ws.client.finish();
  CHECK(ws.server->read_to_end().empty());
  ws.server->send("last");
  CHECK(ws.client.read_exactly(4) == "last");
  ws.server->finish();
  CHECK(ws.client.ends_here());

  const auto lines = ws.proxy.final_log();
  REQUIRE(lines.size() == 2);
  CHECK(lines[1]["kind"] == "ws");
  CHECK(lines[1]["scheme"] == "wss");
  CHECK(lines[1]["closer"] == "client");
}

TEST_CASE("origin TLS: a WebSocket that is cut off ends with a reset", "[origin_tls]") {
  SecureWebSocket ws;
  GENERATE(true, false) ? ws.server->cut() : ws.server->reset();
  CHECK(ws.client.ends_with_reset());
}

TEST_CASE("origin TLS: whom to trust changes with a reload", "[origin_tls]") {
  Secured sound;
  sound.ask_for(sound.url());
  auto server = sound.origin.accept();
  server.read_head();
  server.send(ok);
  CHECK(read_response(sound.client).status() == 200);

  CHECK(sound.proxy.reload(allow_local).empty());  // the system's store, which knows no test
  CHECK(server.ends_with_failure());
  sound.ask_for(sound.url());
  CHECK(sound.origin.accept_failure() != "");
  CHECK(read_response(sound.client).status() == 502);
}

// SPDX-License-Identifier: Apache-2.0
// CONNECT: when a tunnel begins, and with which bytes.
#include <catch2/catch.hpp>

#include "support/http.hpp"
#include "support/proxy.hpp"
#include "support/soon.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;

TEST_CASE("connect: a tunnel carries bytes both ways", "[connect]") {
  auto [address, version] = GENERATE(table<const char*, const char*>({
      {"127.0.0.1", "HTTP/1.1"},
      {"127.0.0.1", "HTTP/1.0"},
      {"::1", "HTTP/1.1"},
  }));
  CAPTURE(address, version);
  Origin origin(address);
  const Proxy proxy;
  auto client = proxy.connect();
  client.send("CONNECT " + origin.authority() + " " + version + "\r\nHost: " + origin.authority() +
              "\r\n\r\n");
  CHECK(client.read_head() == "HTTP/1.1 200 Connection established\r\n\r\n");

  auto server = origin.accept();
  client.send("ping");
  CHECK(server.read_exactly(4) == "ping");
  server.send("pong");
  CHECK(client.read_exactly(4) == "pong");
}

TEST_CASE("connect: a name is reached by its address", "[connect]") {
  Origin origin;
  const Proxy proxy(allow_local, "127.0.0.1 chat.test\n");
  const auto port = std::to_string(origin.port());
  auto client = proxy.tunnel("CHAT.test.:" + port);
  auto server = origin.accept();
  client.send("hello");
  CHECK(server.read_exactly(5) == "hello");
}

TEST_CASE("connect: bytes behind the head go first, and in order", "[connect]") {
  Origin origin;
  const Proxy proxy;
  auto client = proxy.connect();
  client.send(connect_to(origin.authority()) + "first ");
  auto server = origin.accept();
  CHECK(client.read_head() == "HTTP/1.1 200 Connection established\r\n\r\n");
  client.send("second");
  CHECK(server.read_exactly(12) == "first second");
}

TEST_CASE("connect: more bytes behind the head than the origin takes at once all arrive",
          "[connect]") {
  Origin origin("127.0.0.1", 0, 4096);
  const Proxy proxy;
  auto client = proxy.connect();
  const std::string glued(60000, 'g');
  client.send(connect_to(origin.authority()) + glued + "end");
  auto server = origin.accept();
  CHECK(server.read_exactly(60003) == glued + "end");
}

TEST_CASE("connect: a head that comes byte by byte is a head", "[connect]") {
  Origin origin;
  const Proxy proxy;
  auto client = proxy.connect();
  for (const char c : connect_to(origin.authority()) + "x") client.send({&c, 1});
  CHECK(client.read_head() == "HTTP/1.1 200 Connection established\r\n\r\n");
  CHECK(origin.accept().read_exactly(1) == "x");
}

TEST_CASE("connect: the answer comes before any byte of the origin", "[connect]") {
  Origin origin;
  const Proxy proxy;
  auto client = proxy.connect();
  client.send(connect_to(origin.authority()));
  auto server = origin.accept();
  server.send("220 ready\r\n");
  CHECK(client.read_exactly(50) == "HTTP/1.1 200 Connection established\r\n\r\n220 ready\r\n");
}

TEST_CASE("connect: there is no answer before the origin is connected", "[connect]") {
  FullOrigin origin;
  const Proxy proxy;
  auto client = proxy.connect();
  client.send(connect_to(origin.authority()));
  CHECK(client.silent_for(300ms));
  origin.drain();
  CHECK(client.read_head() == "HTTP/1.1 200 Connection established\r\n\r\n");
}

TEST_CASE("connect: an origin that takes too long is a 504", "[connect]") {
  const FullOrigin origin;
  const Proxy proxy(allow_local + std::string("[timeouts]\nconnect = \"200ms\"\n"));
  auto client = proxy.connect();
  const auto response = ask(client, connect_to(origin.authority()));
  CHECK(response.status() == 504);
  CHECK(response.field("Proxy-Status").contains("error=connection_timeout"));
  CHECK(client.ends_here());
}

TEST_CASE("connect: a silent first address does not keep the second waiting", "[connect]") {
  const FullOrigin full("::1");
  Origin open("127.0.0.1", full.port());
  const Proxy proxy(allow_local, "127.0.0.1 both.test\n::1 both.test\n");
  const auto begun = std::chrono::steady_clock::now();
  auto client = proxy.tunnel("both.test:" + std::to_string(full.port()));
  CHECK(std::chrono::steady_clock::now() - begun < 3s);
  client.send("x");
  CHECK(open.accept().read_exactly(1) == "x");
}

TEST_CASE("connect: a refused first address gives way to the second at once", "[connect]") {
  Origin origin("127.0.0.1");
  const Proxy proxy(allow_local, "::1 both.test\n127.0.0.1 both.test\n");
  CHECK(soon([&] {
    const auto begun = std::chrono::steady_clock::now();
    auto client = proxy.tunnel("both.test:" + std::to_string(origin.port()));
    const auto took = std::chrono::steady_clock::now() - begun;
    client.send("x");
    CHECK(origin.accept().read_exactly(1) == "x");
    return took < 200ms;
  }));
}

TEST_CASE("connect: fields of the hop do not end the tunnel", "[connect]") {
  auto fields = GENERATE("Connection: close\r\n", "Proxy-Connection: close\r\n",
                         "Proxy-Connection: keep-alive\r\nConnection: keep-alive\r\n",
                         "Content-Length: 0\r\n", "Upgrade: websocket\r\nConnection: Upgrade\r\n");
  CAPTURE(fields);
  Origin origin;
  const Proxy proxy;
  auto client = proxy.connect();
  client.send(connect_to(origin.authority(), fields));
  CHECK(client.read_head() == "HTTP/1.1 200 Connection established\r\n\r\n");
  auto server = origin.accept();
  client.send("a");
  CHECK(server.read_exactly(1) == "a");
  CHECK(client.silent_for(50ms));
  server.send("b");
  CHECK(client.read_exactly(1) == "b");
}

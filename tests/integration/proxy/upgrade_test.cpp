// SPDX-License-Identifier: Apache-2.0
// The upgrade hop: a handshake that is answered makes a tunnel, and nothing else does.
#include <catch2/catch.hpp>

#include "support/hop.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

// The example of RFC 6455 §1.3.
const std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const std::string handshake =
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" + key;
const std::string accepted =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

}  // namespace

TEST_CASE("upgrade: a handshake is made anew for the origin, and its answer for the client",
          "[upgrade]") {
  Hop hop(allow_local + std::string("[http]\nvia = \"here\"\n"));
  const auto head =
      hop.begin("GET",
                "connection: keep-alive, upgrade\r\nupgrade: WebSocket\r\nSec-WebSocket-Version: 13"
                "\r\nSec-WebSocket-Protocol: chat\r\n" +
                    key);
  CHECK(head == "GET / HTTP/1.1\r\nHost: " + hop.origin.authority() +
                    "\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chat\r\n" + key +
                    "Via: 1.1 here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
  hop.server.send(accepted + "Sec-WebSocket-Protocol: chat\r\n\r\n");
  CHECK(hop.client.read_head() ==
        "HTTP/1.1 101 Switching Protocols\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n"
        "Via: 1.1 here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
}

TEST_CASE("upgrade: bytes glued to either head are passed on first", "[upgrade]") {
  Hop hop;
  hop.client.send(get(hop.origin.authority(), "/", handshake) + "from the client;");
  hop.server = hop.origin.accept();
  hop.server.read_head();
  CHECK(hop.server.silent_for(50ms));  // nothing before the switch
  hop.server.send(accepted + "\r\nfrom the origin;");
  CHECK(hop.client.read_head().starts_with("HTTP/1.1 101 "));
  CHECK(hop.client.read_exactly(16) == "from the origin;");
  hop.client.send("more");
  CHECK(hop.server.read_exactly(20) == "from the client;more");
  hop.client.finish();
  CHECK(hop.server.ends_here());
  hop.server.send("last words");
  hop.server.finish();
  CHECK(hop.client.read_to_end() == "last words");

  const auto lines = hop.proxy.log(2);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["event"] == "open");
  CHECK(lines[1]["event"] == "close");
  for (const auto& line : lines) {
    CHECK(line["kind"] == "ws");
    CHECK(line["status"] == 101);
    CHECK(line["id"] == lines[0]["id"]);
  }
  CHECK(lines[1]["bytes_up"].get<int>() >= 20);
  CHECK(lines[1]["bytes_down"].get<int>() >= 26);
  CHECK(lines[1]["closer"] == "client");
}

TEST_CASE("upgrade: a WebSocket is a tunnel under the tunnel's limits", "[upgrade]") {
  Hop hop(with_timeouts("tunnel_idle = \"2s\"\nbody_idle = \"500ms\"\nkeep_alive = \"500ms\""));
  hop.begin("GET", handshake);
  hop.server.send(accepted + "\r\n");
  hop.client.read_head();
  CHECK(hop.client.silent_for(1s));
  CHECK(hop.client.read_to_end() == "\x88\x15\x03\xe9silent for too long");
  CHECK(hop.proxy.log(2).at(1)["closer"] == "tunnel_idle");
}

TEST_CASE("upgrade: a 101 that does not answer the handshake is a 502", "[upgrade]") {
  auto answer =
      GENERATE("Upgrade: websocket\r\nConnection: Upgrade\r\n",
               "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: wrong\r\n",
               "Upgrade: h2c\r\nConnection: Upgrade\r\n"
               "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
               "Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
               "Upgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
  CAPTURE(answer);
  Hop hop;
  hop.begin("GET", handshake);
  hop.server.send("HTTP/1.1 101 Switching Protocols\r\n" + std::string(answer) + "\r\n");
  const auto response = read_response(hop.client);
  CHECK(response.status() == 502);
  CHECK(response.field("Proxy-Status").contains("error=http_upgrade_failed"));
  hop.server.drain();
}

TEST_CASE("upgrade: a refusal is passed on, and the connection goes on", "[upgrade]") {
  Hop hop;
  hop.begin("GET", handshake);
  hop.server.send(
      "HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13\r\n"
      "Content-Length: 4\r\n\r\nnope");
  const auto response = read_response(hop.client);
  CHECK(response.status() == 426);
  CHECK(response.field("Sec-WebSocket-Version") == "13");
  CHECK(response.body == "nope");
  hop.begin("GET");
  hop.server.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  CHECK(read_response(hop.client).status() == 200);
}

TEST_CASE("upgrade: what is no handshake goes on as ordinary HTTP", "[upgrade]") {
  auto [fields, version] = GENERATE(table<std::string, const char*>({
      {"Upgrade: websocket\r\n" + key, "HTTP/1.1"},
      {"Connection: keep-alive\r\nUpgrade: websocket\r\n" + key, "HTTP/1.1"},
      {"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
       "HTTP/1.1"},
      {"Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n", "HTTP/1.1"},
      {handshake, "HTTP/1.0"},
  }));
  CAPTURE(fields, version);
  Hop hop;
  const auto head = hop.begin("GET", fields, version);
  CHECK(!head.contains("Upgrade"));
  CHECK(!head.contains("HTTP2-Settings"));
  hop.server.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  CHECK(read_response(hop.client).status() == 200);
}

TEST_CASE("upgrade: a handshake that is malformed is a 400", "[upgrade]") {
  const std::string both = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
  auto fields = GENERATE_COPY(
      std::string(both), both + key + key, both + "Sec-WebSocket-Key: short\r\n",
      handshake + "Content-Length: 1\r\n", handshake + "Transfer-Encoding: chunked\r\n");
  CAPTURE(fields);
  Hop hop;
  CHECK(ask(hop.client, get(hop.origin.authority(), "/", fields)).status() == 400);
  CHECK(hop.client.ends_here());
  CHECK(hop.origin.unvisited_for(0ms));
}

TEST_CASE("upgrade: what follows a refused handshake is judged by the policy", "[upgrade]") {
  Hop hop("[[rule]]\nname = \"no\"\naction = \"deny\"\nhosts = [\"denied.test\"]\n" +
          std::string(allow_local));
  hop.client.send(get(hop.origin.authority(), "/", handshake) + get("denied.test"));
  hop.server = hop.origin.accept();
  hop.server.read_head();
  hop.server.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  CHECK(hop.server.read_to_end().empty());  // nothing that was glued got there
  CHECK(read_response(hop.client).status() == 200);
  CHECK(read_response(hop.client).status() == 403);
}

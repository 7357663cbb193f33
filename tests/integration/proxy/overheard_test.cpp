// SPDX-License-Identifier: Apache-2.0
// A WebSocket in a tunnel that its rule leaves alone: what passes is not held up and not changed,
// and what follows its handshake is followed.
#include <catch2/catch.hpp>

#include "support/soon.hpp"
#include "support/tunnels.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

const std::string opaque = "tunnel = [\"any\"]\nsni = \"off\"\n";
const std::string hello_up = "\x81\x85"s + "\1\2\3\4" + "hello";
const std::string hello_down = "\x81\x05hello";
const std::string handshake = handshake_inside();

/// A tunnel in which these pieces went, each after the one before had arrived.
Tunnel with_pieces(Tunnels& tunnels, const std::vector<std::string>& up,
                   const std::vector<std::string>& down) {
  auto tunnel = tunnels.open();
  for (const auto& piece : up) {
    tunnel.client.send(piece);
    REQUIRE(tunnel.server.read_exactly(piece.size()) == piece);
  }
  for (const auto& piece : down) {
    tunnel.server.send(piece);
    REQUIRE(tunnel.client.read_exactly(piece.size()) == piece);
  }
  return tunnel;
}

void exchange(Tunnel& tunnel) {
  tunnel.client.send(hello_up);
  REQUIRE(tunnel.server.read_exactly(hello_up.size()) == hello_up);
  tunnel.server.send(hello_down);
  REQUIRE(tunnel.client.read_exactly(hello_down.size()) == hello_down);
}

Proxy::Line close_line(Tunnels& tunnels, Tunnel& tunnel) {
  tunnel.client.close();
  tunnel.server.close();
  const auto lines = tunnels.proxy.log(2);
  return lines.size() == 2 ? lines[1] : Proxy::Line();
}

}  // namespace

TEST_CASE("overheard: behind a handshake frames are followed", "[overheard]") {
  const auto glued = GENERATE(""s, hello_down, hello_down.substr(0, 1), hello_down.substr(0, 4));
  Tunnels tunnels(opaque);
  auto tunnel = with_pieces(tunnels, {handshake}, {switching + glued});
  if (!glued.empty()) {
    tunnel.server.send(hello_down.substr(glued.size()));
    const auto rest = hello_down.substr(glued.size());
    REQUIRE(tunnel.client.read_exactly(rest.size()) == rest);
  }
  exchange(tunnel);
  const auto line = close_line(tunnels, tunnel);
  CHECK(line["tunnel"] == "opaque");
  CHECK(line["websocket"]["up"]["text"]["frames"] == 1);
  CHECK(line["websocket"]["down"]["text"]["frames"] == (glued.empty() ? 1 : 2));
}

TEST_CASE("overheard: its settings hold, and its end is told by a Close", "[overheard]") {
  Tunnels tunnels(opaque + "websocket = { max_message = 4 }");
  auto tunnel = with_pieces(tunnels, {handshake}, {switching});
  tunnel.client.send(hello_up);
  CHECK(tunnel.client.read_exactly(4).substr(2) == "\x03\xf1");
  CHECK((tunnel.server.read_exactly(2)[0] & 0x0f) == 8);
  CHECK(close_line(tunnels, tunnel)["closer"] == "max_message");
}

TEST_CASE("overheard: at a handshake in pieces nobody listens, and it passes", "[overheard]") {
  const auto half = handshake.size() / 2;
  const auto [up, down] = GENERATE_COPY(table<std::vector<std::string>, std::vector<std::string>>({
      {{handshake.substr(0, half), handshake.substr(half)}, {switching}},
      {{handshake}, {switching.substr(0, 20), switching.substr(20)}},
      {{handshake + hello_up}, {switching}},
      {{handshake, hello_up}, {switching}},
      {{handshake}, {"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"}},
      {{"GET /chat HTTP/1.1\r\nHost: chat.test\r\n\r\n"}, {switching}},
      {{}, {"220 ready\r\n"}},
  }));
  Tunnels tunnels(opaque + "websocket = { max_message = 4 }");
  auto tunnel = with_pieces(tunnels, up, down);
  exchange(tunnel);
  CHECK_FALSE(close_line(tunnels, tunnel).contains("websocket"));
}

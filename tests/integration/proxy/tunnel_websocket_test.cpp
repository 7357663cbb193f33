// SPDX-License-Identifier: Apache-2.0
// WebSockets in the clear in a tunnel: the handshake is judged, and what does not become one ends.
#include <future>

#include <sys/socket.h>

#include <catch2/catch.hpp>

#include "support/pattern.hpp"
#include "support/tunnels.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

const std::string websocket_only = "tunnel = [\"websocket\"]";

/// A tunnel whose handshake has arrived, and with it nothing else.
Tunnel handshaken(Tunnels& tunnels, const std::string& glued = "") {
  auto tunnel = tunnels.open();
  tunnel.client.send(handshake_inside() + glued);
  CHECK(tunnel.server.read_head() == handshake_inside());
  CHECK(tunnel.server.silent_for(50ms));
  return tunnel;
}

std::string answer(const std::string& status, const std::string& fields = "",
                   const std::string& body = "") {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         fields + "\r\n" + body;
}

struct Handshake {
  std::string says;
  std::string fields;
  std::string path;
  bool passes;
};

}  // namespace

TEST_CASE("tunnel websocket: frames glued to either head go on after the switch, in order",
          "[tunnel_websocket]") {
  Tunnels tunnels(websocket_only);
  auto tunnel = handshaken(tunnels, "from the client;");
  tunnel.server.send("HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n");
  CHECK(tunnel.client.read_head() == "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n");
  CHECK(tunnel.server.silent_for(50ms));
  tunnel.server.send(switching + "from the origin;");
  CHECK(tunnel.client.read_head() == switching);
  CHECK(tunnel.client.read_exactly(16) == "from the origin;");
  CHECK(tunnel.server.read_exactly(16) == "from the client;");
  // A frame that is larger than any buffer on the way.
  auto up = send_pattern(tunnel.client, 1, 3'000'000);
  CHECK(read_pattern(tunnel.server, 1, 3'000'000) == "");
  up.get();
  auto down = send_pattern(tunnel.server, 2, 3'000'000);
  CHECK(read_pattern(tunnel.client, 2, 3'000'000) == "");
  down.get();
  const auto lines = tunnels.proxy.log(2);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0]["event"] == "open");
  CHECK(lines[0]["tunnel"] == "websocket");
  CHECK(lines[1]["bytes_up"] == handshake_inside().size() + 16 + 3'000'000);
}

TEST_CASE("tunnel websocket: an answer that is no switch reaches the client, and then it ends",
          "[tunnel_websocket]") {
  const auto said = GENERATE(
      answer("401 Unauthorized", "WWW-Authenticate: Basic realm=\"a\"\r\n", "who?"),
      answer("426 Upgrade Required", "Upgrade: websocket\r\n"), answer("200 OK", "", "a page"),
      answer("302 Found", "Location: /b\r\n"), "HTTP/1.1 400 Bad Request\r\n\r\nto the end"s,
      "HTTP/1.1 103 Early Hints\r\n\r\n" + answer("503 Busy"),
      // None that answers this handshake, or any.
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: S3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\nframe"s,
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"s,
      "HTTP/1.1 101 Switching Protocols\r\n\r\n"s);
  CAPTURE(said);
  Tunnels tunnels(websocket_only);
  auto tunnel = handshaken(tunnels, "GET /glued HTTP/1.1\r\nHost: chat.test\r\n\r\n");
  tunnel.server.send(said);
  // One that does not close is waited for: five seconds are enough once.
  const bool closes = !said.contains(" 200 ") || GENERATE(true, false);
  if (closes) tunnel.server.finish();
  CHECK(tunnel.client.read_exactly(said.size()) == said);
  tunnel.client.send("GET /later HTTP/1.1\r\nHost: chat.test\r\n\r\n");
  CHECK(tunnel.server.silent_for(50ms));
  CHECK(tunnel.client.read_rest() == "");
  CHECK(reached_by_nothing(tunnel));
  const auto lines = tunnels.proxy.final_log();
  REQUIRE(lines.size() == 1);
  CAPTURE(lines[0].dump());
  CHECK(lines[0]["event"] == "close");
  CHECK(lines[0]["closer"] == "policy");
  CHECK(lines[0]["error"] == "http_upgrade_failed");
  CHECK(lines[0]["reason"].get<std::string>().starts_with("the origin did not switch"));
  CHECK(lines[0]["bytes_up"] == handshake_inside().size());
  CHECK(lines[0]["bytes_down"] == said.size());
}

TEST_CASE("tunnel websocket: where HTTP is allowed too, requests may follow an answer",
          "[tunnel_websocket]") {
  Tunnels tunnels("tunnel = [\"websocket\", \"http\"]");
  auto tunnel = handshaken(tunnels);
  const auto said = answer("401 Unauthorized", "", "who?");
  tunnel.server.send(said);
  CHECK(tunnel.client.read_exactly(said.size()) == said);
  tunnel.client.send("GET /later HTTP/1.1\r\n\r\n");
  CHECK(tunnel.server.read_head() == "GET /later HTTP/1.1\r\n\r\n");
}

TEST_CASE("tunnel websocket: an origin that does not answer is waited for only so long",
          "[tunnel_websocket]") {
  const bool begins = GENERATE(true, false);
  Tunnels tunnels(websocket_only);
  auto tunnel = handshaken(tunnels);
  if (begins) tunnel.server.send("HTTP/1.1 101 Swi");
  const auto begun = std::chrono::steady_clock::now();
  CHECK(tunnel.client.read_to_end() == "");
  CHECK(std::chrono::steady_clock::now() - begun < 5s);
  CHECK(reached_by_nothing(tunnel));
  const auto line = tunnels.only_line();
  CHECK(line["event"] == "close");
  CHECK(line["closer"] == "origin");
  CHECK(line["error"] == "http_upgrade_failed");
}

TEST_CASE("tunnel websocket: a stop, or an end of either side, ends the wait for the answer",
          "[tunnel_websocket]") {
  const std::string who = GENERATE("stop", "client", "origin");
  CAPTURE(who);
  Tunnels tunnels(websocket_only + "\ntimeouts = { response_head = \"60s\" }");
  auto tunnel = handshaken(tunnels);
  if (who == "stop") tunnels.proxy.server().stop();
  if (who == "client") tunnel.client.reset();
  if (who == "origin") tunnel.server.close();
  if (who != "client") tunnel.client.drain();
  if (who != "origin") CHECK(tunnel.server.read_rest().empty());
  const auto lines = tunnels.proxy.final_log();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["event"] == "close");
  CHECK(lines[0]["closer"] == (who == "stop" ? "shutdown" : who));
}

TEST_CASE("tunnel websocket: a rule's origins, paths and protocols hold on the hop and in tunnels",
          "[tunnel_websocket]") {
  const auto row = GENERATE(values<Handshake>({
      {"all fits", "Origin: https://app.test\r\nSec-WebSocket-Protocol: chat\r\n", "/chat", true},
      {"upper case", "origin: HTTPS://APP.test\r\nSEC-WEBSOCKET-PROTOCOL: chat, chat2\r\n",
       "/chat/a?b=/c", true},
      {"another origin", "Origin: https://evil.test\r\nSec-WebSocket-Protocol: chat\r\n", "/chat",
       false},
      {"origin with a suffix",
       "Origin: https://app.test.evil.test\r\nSec-WebSocket-Protocol: chat\r\n", "/chat", false},
      {"another scheme", "Origin: http://app.test\r\nSec-WebSocket-Protocol: chat\r\n", "/chat",
       false},
      {"another port", "Origin: https://app.test:8443\r\nSec-WebSocket-Protocol: chat\r\n", "/chat",
       false},
      {"null origin", "Origin: null\r\nSec-WebSocket-Protocol: chat\r\n", "/chat", false},
      {"no origin", "Sec-WebSocket-Protocol: chat\r\n", "/chat", false},
      {"two origins",
       "Origin: https://app.test\r\nOrigin: https://evil.test\r\nSec-WebSocket-Protocol: chat\r\n",
       "/chat", false},
      {"no protocol", "Origin: https://app.test\r\n", "/chat", false},
      {"another protocol", "Origin: https://app.test\r\nSec-WebSocket-Protocol: mqtt\r\n", "/chat",
       false},
      {"one more protocol",
       "Origin: https://app.test\r\nSec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: "
       "mqtt\r\n",
       "/chat", false},
      {"another path", "Origin: https://app.test\r\nSec-WebSocket-Protocol: chat\r\n", "/admin",
       false},
      {"a path with dots", "Origin: https://app.test\r\nSec-WebSocket-Protocol: chat\r\n",
       "/chat/../admin", false},
      {"an encoded path", "Origin: https://app.test\r\nSec-WebSocket-Protocol: chat\r\n",
       "/chat/%2e%2e/admin", false},
  }));
  CAPTURE(row.says);
  const std::string terms =
      "websocket = { origins = [\"https://app.test\"], paths = [\"/chat\", \"/chat/*\"], "
      "protocols = [\"chat\", \"chat2\"] }";
  const bool inside = GENERATE(true, false);
  CAPTURE(inside);
  Tunnels tunnels(terms);
  auto client = inside ? tunnels.proxy.tunnel(tunnels.authority()) : tunnels.proxy.connect();
  client.send(inside ? handshake_inside(row.fields, row.path)
                     : get(tunnels.authority(), row.path, handshake_fields + row.fields));
  if (row.passes) {
    auto server = tunnels.origin.accept();
    CHECK(server.read_head().starts_with("GET " + row.path + " HTTP/1.1\r\n"));
    server.send(switching + "frame");
    CHECK(client.read_until("frame").starts_with("HTTP/1.1 101 "));
    CHECK(tunnels.only_line()["event"] == "open");
    return;
  }
  CHECK(client.read_head().starts_with("HTTP/1.1 403 "));
  client.close();
  if (inside) {
    CHECK(tunnels.origin.accept().read_rest().empty());
  } else {
    CHECK(tunnels.origin.unvisited_for(50ms));
  }
  const auto line = tunnels.only_line();
  CAPTURE(line.dump());
  CHECK(line["event"] == (inside ? "close" : "request"));
  CHECK(line["verdict"] == "deny");
  CHECK(line["rule"] == "chat");
  CHECK(line["error"] == "http_request_denied");
  CHECK(!line["reason"].get<std::string>().empty());
}

TEST_CASE("tunnel websocket: a rule that denies them lets nothing pass that could be one",
          "[tunnel_websocket]") {
  Tunnels tunnels("websocket = \"deny\"");
  SECTION("on the hop, and then the connection is still good") {
    auto client = tunnels.proxy.connect();
    CHECK(ask(client, get(tunnels.authority(), "/chat", handshake_fields)).status() == 403);
    CHECK(tunnels.origin.unvisited_for(50ms));
    client.send(get(tunnels.authority(), "/page"));
    CHECK(tunnels.origin.accept().read_head().starts_with("GET /page "));
  }
  SECTION("in a tunnel") {
    auto tunnel = tunnels.open();
    tunnel.client.send(GENERATE(handshake_inside(), "GET / HTTP/1.1\r\nHost: chat.test\r\n\r\n"s));
    CHECK(tunnel.client.read_rest().starts_with("HTTP/1.1 403 "));
    CHECK(reached_by_nothing(tunnel));
  }
}

TEST_CASE("tunnel websocket: the host of what is in a tunnel is held against the CONNECT's",
          "[tunnel_websocket]") {
  auto [begins, passes] = GENERATE(table<std::string, bool>({
      {"GET / HTTP/1.1\r\nHost: chat.test\r\n", true},
      {"GET / HTTP/1.1\r\nHost: CHAT.test.:8080\r\n", true},
      {"GET / HTTP/1.1\r\nHost: images.test\r\n", true},
      {"GET / HTTP/1.1\r\nHost: evil.test\r\n", false},
      {"GET / HTTP/1.1\r\nHost: other.test\r\n", false},
      {"GET / HTTP/1.1\r\nHost: chat.test.evil.test\r\n", false},
      {"GET http://chat.test/ HTTP/1.1\r\nHost: chat.test\r\n", true},
      {"GET http://evil.test/ HTTP/1.1\r\nHost: chat.test\r\n", false},
      // Not every server heeds the target before the Host.
      {"GET http://chat.test/ HTTP/1.1\r\nHost: evil.test\r\n", false},
      {"GET / HTTP/1.0\r\n", true},
  }));
  const bool handshake = GENERATE(true, false);
  CAPTURE(begins, handshake);
  if (handshake && begins.contains("HTTP/1.0")) return;
  Tunnels tunnels("", "[[rule]]\nname = \"other\"\naction = \"allow\"\nhosts = [\"other.test\"]\n");
  auto tunnel = tunnels.open();
  const auto request = begins + (handshake ? handshake_fields : "") + "\r\n";
  tunnel.client.send(request);
  if (passes) {
    CHECK(tunnel.server.read_head() == request);
    return;
  }
  CHECK(tunnel.client.read_rest().starts_with("HTTP/1.1 403 "));
  CHECK(reached_by_nothing(tunnel));
  const bool both = begins.contains("http://");
  CHECK(tunnels.only_line()["reason"].get<std::string>().contains(
      both ? "is not that of its target" : "is not chat.test, and not allowed by the same rule"));
}

TEST_CASE("tunnel websocket: interim answers without end do not hold the handshake open",
          "[tunnel_websocket]") {
  Tunnels tunnels("tunnel = [\"websocket\"]");
  auto tunnel = tunnels.open();
  tunnel.client.send(handshake_inside());
  tunnel.server.read_head();
  const auto begun = std::chrono::steady_clock::now();
  auto flood = std::async(std::launch::async, [&tunnel] {
    try {
      while (true) tunnel.server.send("HTTP/1.1 103 Early Hints\r\n\r\n");
    } catch (const std::exception&) {
    }
  });
  tunnel.client.drain();
  CHECK(std::chrono::steady_clock::now() - begun < Peer::patience);
  CHECK(tunnels.only_line()["closer"] == "origin");
}

TEST_CASE("tunnel websocket: a refusal arrives as it was sent, in one piece",
          "[tunnel_websocket]") {
  Tunnels tunnels;
  auto tunnel = tunnels.open();
  tunnel.client.send(handshake_inside());
  tunnel.server.read_head();
  const std::string refusal = "HTTP/1.1 418 No tea here\r\nContent-Length: 2\r\n\r\nno";
  tunnel.server.send(refusal);
  REQUIRE_FALSE(tunnel.client.silent_for(Peer::patience));
  std::string first(1000, '\0');
  const auto got = recv(tunnel.client.number(), first.data(), first.size(), 0);
  REQUIRE(got > 0);
  CHECK(first.substr(0, static_cast<std::size_t>(got)) == refusal);
}

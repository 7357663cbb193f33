// SPDX-License-Identifier: Apache-2.0
// [[listen]] websocket = false: a WebSocket is refused unless its rule says "allow", on the plain
// hop and inside tunnels; what is none passes.
#include <algorithm>

#include <catch2/catch.hpp>

#include "support/soon.hpp"
#include "support/tunnels.hpp"
#include "unit/inspect/hellos.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

std::string listener(bool takes) {
  return "[[listen]]\naddress = \"127.0.0.1:0\"\nwebsocket = "s + (takes ? "true" : "false") + "\n";
}

/// A file, but for its listeners, whose one rule stands last.
const std::string chat_rule =
    "workers = 1\n[[rule]]\nname = \"chat\"\naction = \"allow\"\nprivate = true\nhosts = "
    "[\"chat.test\"]\n";

/// What a rule says, and whether a WebSocket to /chat gets through by it.
struct Row {
  std::string rule;
  bool by_any_listener;
  bool by_one_that_takes_them;
};

const std::vector<Row> rows = {
    {"", false, true},
    {"websocket = \"allow\"", true, true},
    {"websocket = \"deny\"", false, false},
    {"websocket = { paths = [\"/chat\"] }", false, true},
    {"websocket = { idle = \"5m\" }", false, true},
    {"websocket = { allow = true, paths = [\"/chat\"] }", true, true},
};

bool passes(const Row& row, bool takes) {
  return takes ? row.by_one_that_takes_them : row.by_any_listener;
}

std::string objection_of(const Proxy& proxy) {
  return "WebSocket, which the listener " + proxy.place().text() + " does not take";
}

const std::string no_content = "HTTP/1.1 204 No Content\r\n\r\n";

/// An exchange without an upgrade: the origin's answer comes through.
void check_plain_request(Tunnels& tunnels, Peer& client) {
  client.send(get(tunnels.authority(), "/chat"));
  auto server = tunnels.origin.accept();
  CHECK(server.read_head().starts_with("GET /chat HTTP/1.1\r\n"));
  server.send(no_content);
  CHECK(client.read_head().starts_with("HTTP/1.1 204 "));
}

/// A WebSocket on the plain hop.
Tunnel open_on_hop(Tunnels& tunnels, Peer client) {
  client.send(get(tunnels.authority(), "/chat", handshake_fields));
  Tunnel made{.client = std::move(client), .server = tunnels.origin.accept()};
  made.server.read_head();
  made.server.send(switching);
  CHECK(made.client.read_head().starts_with("HTTP/1.1 101 "));
  return made;
}

/// A WebSocket in the clear in a tunnel.
Tunnel open_inside(Tunnels& tunnels, Peer client) {
  client.send(connect_to(tunnels.authority()));
  client.read_head();
  Tunnel made{.client = std::move(client), .server = tunnels.origin.accept()};
  made.client.send(handshake_inside());
  made.server.read_head();
  made.server.send(switching);
  CHECK(made.client.read_head() == switching);
  return made;
}

bool carries(Tunnel& tunnel) {
  tunnel.client.send("x");
  tunnel.server.send("y");
  return tunnel.server.read_exactly(1) == "x" && tunnel.client.read_exactly(1) == "y";
}

}  // namespace

TEST_CASE("listener websocket: on the plain hop the rule's word stands above the listener's",
          "[listener_websocket]") {
  const bool takes = GENERATE(true, false);
  for (const auto& row : rows) {
    CAPTURE(takes, row.rule);
    Tunnels tunnels(row.rule, listener(takes));
    auto client = tunnels.proxy.connect();
    if (passes(row, takes)) {
      auto open = open_on_hop(tunnels, std::move(client));
      CHECK(carries(open));
      continue;
    }
    client.send(get(tunnels.authority(), "/chat", handshake_fields));
    CHECK(read_response(client).status() == 403);
    check_plain_request(tunnels, client);
    const auto line = tunnels.proxy.log(1).at(0);
    CHECK(line["kind"] == "ws");
    CHECK(line["verdict"] == "deny");
    CHECK(line["reason"] ==
          (row.rule.contains("deny") ? "WebSocket" : objection_of(tunnels.proxy)));
  }
}

TEST_CASE("listener websocket: inside tunnels the rule's word stands above the listener's",
          "[listener_websocket]") {
  const bool takes = GENERATE(true, false);
  const auto* looks = GENERATE("", "tunnel = [\"tls\", \"http\", \"websocket\"]", CULVERT_OPAQUE);
  for (const auto& row : rows) {
    const bool denies = row.rule.contains("deny");
    if (denies && std::string(looks).contains("websocket")) continue;  // a mistake
    CAPTURE(takes, row.rule, looks);
    Tunnels tunnels(row.rule + "\n" + looks, listener(takes));
    if (passes(row, takes)) {
      auto open = open_inside(tunnels, tunnels.proxy.connect());
      CHECK(carries(open));
      continue;
    }
    auto tunnel = tunnels.open();
    tunnel.client.send(handshake_inside());
    CHECK(tunnel.client.read_head().starts_with("HTTP/1.1 403 "));
    CHECK(reached_by_nothing(tunnel));
    const auto line = tunnels.only_line();
    CHECK(line["verdict"] == "deny");
    CHECK(line["closer"] == "policy");
    CHECK(line["tunnel"] == "websocket");
    if (!denies) CHECK(line["reason"] == objection_of(tunnels.proxy));
  }
}

TEST_CASE("listener websocket: who is refused hears that it was the listener, and no rule",
          "[listener_websocket]") {
  const auto* rule =
      GENERATE("[policy]\ndefault = \"allow\"\n", "[[rule]]\nname = \"all\"\naction = \"allow\"\n");
  Proxy proxy(rule + listener(false));
  auto client = proxy.connect();
  client.send(get("192.0.2.1:80", "/chat", handshake_fields));
  const auto response = read_response(client);
  CHECK(response.status() == 403);
  CHECK(response.phrase() == "Denied By Policy");
  CHECK(response.body.contains(objection_of(proxy)));
  CHECK(response.field("Proxy-Status").contains(objection_of(proxy)));
  CHECK_FALSE(response.field("Proxy-Status").contains("rule"));
}

TEST_CASE("listener websocket: other speech passes where the rule would look at nothing",
          "[listener_websocket]") {
  const std::string first =
      GENERATE("SSH-2.0-OpenSSH_9.2\r\n"s, "GET / HTTP/1.1\r\nHost: other.test\r\n\r\n"s,
               culvert::inspect::record(
                   culvert::inspect::hello(culvert::inspect::server_names({"other.test"}))));
  Tunnels tunnels(CULVERT_OPAQUE, listener(false));
  auto tunnel = tunnels.open();
  tunnel.client.send(first);
  CHECK(tunnel.server.read_exactly(first.size()) == first);
  CHECK(carries(tunnel));
}

TEST_CASE("listener websocket: a server that speaks first is heard after the wait for the client",
          "[listener_websocket]") {
  Tunnels tunnels(CULVERT_OPAQUE, listener(false));
  auto tunnel = tunnels.open();
  tunnel.server.send("220 mail.test ESMTP\r\n");
  CHECK(tunnel.client.silent_for(300ms));
  CHECK(tunnel.client.read_until("\n") == "220 mail.test ESMTP\r\n");
  CHECK(carries(tunnel));
}

TEST_CASE("listener websocket: nothing is looked at where an opaque rule says allow",
          "[listener_websocket]") {
  Tunnels tunnels("websocket = \"allow\"\n" CULVERT_OPAQUE
                  "timeouts = { tunnel_first_bytes = \"off\" }\n",
                  listener(false));
  auto tunnel = tunnels.open();
  tunnel.server.send("220 mail.test ESMTP\r\n");
  CHECK(tunnel.client.read_until("\n") == "220 mail.test ESMTP\r\n");
  CHECK(tunnels.only_line()["tunnel"] == "opaque");
}

TEST_CASE("listener websocket: each listener has a switch of its own", "[listener_websocket]") {
  Tunnels tunnels("", listener(false) + listener(true));
  const auto places = tunnels.proxy.server().places();
  REQUIRE(places.size() == 2);
  auto refused = Peer::to(places[0]);
  refused.send(get(tunnels.authority(), "/chat", handshake_fields));
  CHECK(refused.read_head().starts_with("HTTP/1.1 403 "));
  auto open = open_on_hop(tunnels, Peer::to(places[1]));
  CHECK(carries(open));
}

TEST_CASE("listener websocket: a switch that is turned off ends the WebSockets of its listener",
          "[listener_websocket]") {
  Tunnels tunnels("", listener(true) + listener(true), "workers = 1\n");
  const auto places = tunnels.proxy.server().places();
  auto on_hop = open_on_hop(tunnels, Peer::to(places[0]));
  auto inside = open_inside(tunnels, Peer::to(places[0]));
  auto elsewhere = open_on_hop(tunnels, Peer::to(places[1]));
  auto http = tunnels.open();
  http.client.send("GET / HTTP/1.1\r\nHost: chat.test\r\n\r\n");
  http.server.read_head();
  auto kept = Peer::to(places[0]);

  REQUIRE(tunnels.proxy.reload(chat_rule + listener(false) + listener(true)) == "");
  CHECK(tunnels.proxy.server().places() == places);
  const std::string close_1008 = "\x88\x16\x03\xf0not allowed any more";
  CHECK(on_hop.client.read_to_end() == close_1008);
  CHECK(inside.client.read_to_end() == close_1008);
  on_hop.server.drain();
  inside.server.drain();
  CHECK(carries(elsewhere));
  CHECK(carries(http));
  std::size_t ended = 0;
  soon([&] {
    const auto lines = tunnels.proxy.log(6);
    ended = static_cast<std::size_t>(std::ranges::count_if(lines, [&](const Proxy::Line& line) {
      return line.value("closer", "") == "policy" &&
             line.value("reason", "") == "after a reload: " + objection_of(tunnels.proxy);
    }));
    return ended == 2;
  });
  CHECK(ended == 2);
  kept.send(get(tunnels.authority(), "/chat", handshake_fields));
  CHECK(read_response(kept).status() == 403);

  REQUIRE(tunnels.proxy.reload(chat_rule + listener(true) + listener(true)) == "");
  tunnels.proxy.catch_up();
  auto again = open_on_hop(tunnels, Peer::to(places[0]));
  CHECK(carries(again));
}

TEST_CASE("listener websocket: a rule that says allow keeps its WebSockets when a switch is turned",
          "[listener_websocket]") {
  Tunnels tunnels("websocket = \"allow\"", listener(true), "workers = 1\n");
  auto open = open_on_hop(tunnels, tunnels.proxy.connect());
  REQUIRE(tunnels.proxy.reload(chat_rule + "websocket = \"allow\"\n" + listener(false)) == "");
  tunnels.proxy.catch_up();
  CHECK(carries(open));
}

TEST_CASE("listener websocket: what a listener said that is gone holds for who came by it",
          "[listener_websocket]") {
  Tunnels tunnels("", listener(false), "workers = 1\n");
  auto client = tunnels.proxy.connect();
  check_plain_request(tunnels, client);
  REQUIRE(tunnels.proxy.reload("workers = 1\n" + std::string(allow_local) +
                               "[[listen]]\naddress = \"127.0.0.2:0\"\n") == "");
  auto other = Peer::to(tunnels.proxy.server().places().front());
  CHECK(ask(other, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").status() == 200);  // it is in force
  client.send(get(tunnels.authority(), "/chat", handshake_fields));
  CHECK(client.read_head().starts_with("HTTP/1.1 403 "));
}

TEST_CASE("listener websocket: in report mode it passes, and the log says so",
          "[listener_websocket]") {
  const bool in_tunnel = GENERATE(false, true);
  const auto* terms = GENERATE("", CULVERT_OPAQUE);
  CAPTURE(in_tunnel, terms);
  Tunnels tunnels(terms, "[policy]\nmode = \"report\"\n" + listener(false));
  auto client = tunnels.proxy.connect();
  auto open =
      in_tunnel ? open_inside(tunnels, std::move(client)) : open_on_hop(tunnels, std::move(client));
  CHECK(carries(open));
  const auto line = tunnels.only_line();
  CHECK(line["verdict"] == "allow");
  CHECK(line.value("would_deny", "") == "chat");
  CHECK(line.value("reason", "") == objection_of(tunnels.proxy));
}

TEST_CASE("listener websocket: a Unix socket has a switch, too", "[listener_websocket]") {
  const Folder folder;
  Tunnels tunnels(
      "", "[[listen]]\naddress = \"unix:" + folder.file("c.sock") + "\"\nwebsocket = false\n");
  auto client = tunnels.proxy.connect();
  client.send(get(tunnels.authority(), "/chat", handshake_fields));
  CHECK(client.read_head().starts_with("HTTP/1.1 403 "));
  CHECK(tunnels.only_line()["reason"] == objection_of(tunnels.proxy));
}

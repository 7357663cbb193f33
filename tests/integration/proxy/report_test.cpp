// SPDX-License-Identifier: Apache-2.0
// mode = "report": what would be denied passes, and the log says so.
#include <catch2/catch.hpp>

#include "support/tunnels.hpp"
#include "unit/inspect/hellos.hpp"

using namespace culvert::test;
using namespace std::string_literals;
using namespace std::chrono_literals;

namespace {

/// What is denied, and how the log says so in report mode.
struct Denied {
  std::string says;
  std::string rules;
  std::string host;  ///< of the CONNECT
  std::string first_bytes;
  std::string would_deny;
  std::string reason;
};

std::string rule(const std::string& lines) {
  return "[[rule]]\nname = \"chat\"\naction = \"allow\"\nhosts = [\"chat.test\"]\n" + lines + "\n";
}

std::string with_mode(const std::string& mode, const std::string& rules) {
  return "[policy]\nmode = \"" + mode + "\"\n" + rules +
         "[timeouts]\ntunnel_first_bytes = \"1s\"\n";
}

const std::string local = "private = true\n";
const std::string tls_for_evil = culvert::inspect::record(
    culvert::inspect::hello(culvert::inspect::server_names({"evil.test"})));
const std::string ssh = "SSH-2.0-OpenSSH_9.2\r\n";
const std::string plain = "GET /a HTTP/1.1\r\nHost: chat.test\r\n\r\n";

const std::vector<Denied> denied = {
    {"by default", rule(local), "evil.test", ssh, "default", "its address"},
    {"by a rule", "[[rule]]\nname = \"not chat\"\naction = \"deny\"\nhosts = [\"chat.test\"]\n",
     "chat.test", tls_for_evil, "not chat", "its address"},
    {"its address", rule("tunnel = [\"any\"]\nsni = \"off\""), "chat.test", ssh, "chat",
     "its address"},
    {"its address, by a rule",
     "[[rule]]\nname = \"not there\"\naction = \"deny\"\nhosts = [\"127.0.0.0/8\"]\n" +
         rule(local + CULVERT_OPAQUE),
     "chat.test", ssh, "not there", "its address"},
    {"the server name", rule(local), "chat.test", tls_for_evil, "chat",
     "server name evil.test is not chat.test, and not allowed by the same rule"},
    {"what it speaks", rule(local), "chat.test", ssh, "chat", "speaks SSH"},
    {"HTTP", rule(local + "tunnel = [\"tls\"]"), "chat.test", plain, "chat",
     "speaks http, which the rule does not allow"},
    {"its Host", rule(local), "chat.test", "GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n", "chat",
     "Host evil.test is not chat.test, and not allowed by the same rule"},
    {"TLS that is broken", rule(local), "chat.test", "\x16\x03\x01\0\0"s, "chat",
     "malformed TLS: "},
};

const std::string hosts = "127.0.0.1 chat.test evil.test\n";

}  // namespace

TEST_CASE("report: what would be denied passes as it is, and the log says by what", "[report]") {
  for (const auto& row : denied) {
    CAPTURE(row.says);
    Origin origin;
    Proxy proxy(with_mode("report", row.rules), hosts);
    auto client = proxy.tunnel(row.host + ":" + std::to_string(origin.port()));
    auto server = origin.accept();
    client.send(row.first_bytes);
    CHECK(server.read_exactly(row.first_bytes.size()) == row.first_bytes);
    server.send("answer");
    CHECK(client.read_exactly(6) == "answer");
    const auto lines = proxy.final_log();
    REQUIRE(lines.size() == 2);
    for (const auto& line : lines) {
      CAPTURE(line.dump());
      CHECK(line["verdict"] == "allow");
      CHECK(line.value("would_deny", "") == row.would_deny);
      CHECK(line.value("reason", "").contains(row.reason));
      CHECK(!line.contains("error"));
    }
  }
}

TEST_CASE("report: the same is denied when it is enforced", "[report]") {
  for (const auto& row : denied) {
    CAPTURE(row.says);
    Origin origin;
    Proxy proxy(with_mode("enforce", row.rules), hosts);
    auto client = proxy.connect();
    client.send(connect_to(row.host + ":" + std::to_string(origin.port())));
    client.read_head();
    client.send(row.first_bytes);
    client.drain();
    client.close();
    if (!origin.unvisited_for(0ms)) CHECK(origin.accept().read_rest().empty());
    const auto line = proxy.final_log().at(0);
    CAPTURE(line.dump());
    CHECK(line["verdict"] == "deny");
    CHECK(!line.contains("would_deny"));
  }
}

TEST_CASE("report: what is allowed is not reported", "[report]") {
  Origin origin;
  Proxy proxy(with_mode("report", rule(local)), hosts);
  auto client = proxy.tunnel("chat.test:" + std::to_string(origin.port()));
  client.send(plain);
  CHECK(origin.accept().read_head() == plain);
  const auto line = proxy.log(1).at(0);
  CHECK(!line.contains("would_deny"));
  CHECK(!line.contains("reason"));
}

TEST_CASE("report: a request of the plain hop passes", "[report]") {
  auto [rules, fields, reason] = GENERATE(table<std::string, std::string, std::string>({
      {"", "", "its address"},
      {rule(""), "", "its address"},
      {rule(local + "websocket = \"deny\""), handshake_fields, "WebSocket"},
      {rule(local + "websocket = { paths = [\"/b\"] }"), handshake_fields, "path \"/a\""},
  }));
  CAPTURE(rules);
  Origin origin;
  Proxy proxy(with_mode("report", rules), hosts);
  auto client = proxy.connect();
  client.send(get("chat.test:" + std::to_string(origin.port()), "/a", fields));
  auto server = origin.accept();
  CHECK(server.read_head().starts_with("GET /a HTTP/1.1\r\n"));
  server.send(fields.empty() ? "HTTP/1.1 204 No Content\r\n\r\n" : switching);
  const std::string status = fields.empty() ? "204" : "101";
  CHECK(client.read_head().starts_with("HTTP/1.1 " + status));
  const auto line = proxy.log(1).at(0);
  CHECK(line["verdict"] == "allow");
  CHECK(line.value("would_deny", "") == (rules.empty() ? "default" : "chat"));
  CHECK(line.value("reason", "") == reason);
}

TEST_CASE("report: a WebSocket that would be denied passes in a tunnel, switched or not",
          "[report]") {
  auto [lines, reason] = GENERATE(table<std::string, std::string>({
      {"tunnel = [\"tls\"]", "speaks websocket, which the rule does not allow"},
      {"websocket = { origins = [\"https://app.test\"] }", "no origin"},
      {"tunnel = [\"websocket\"]", ""},
  }));
  const bool switches = GENERATE(true, false);
  CAPTURE(lines, switches);
  Origin origin;
  Proxy proxy(with_mode("report", rule(local + lines)), hosts);
  auto client = proxy.tunnel("chat.test:" + std::to_string(origin.port()));
  auto server = origin.accept();
  client.send(handshake_inside());
  CHECK(server.read_head() == handshake_inside());
  const auto answer = switches ? switching : "HTTP/1.1 426 No\r\nContent-Length: 0\r\n\r\n"s;
  server.send(answer);
  CHECK(client.read_head() == answer);
  client.send("more");
  CHECK(server.read_exactly(4) == "more");
  const auto line = proxy.log(1).at(0);
  CHECK(line["event"] == "open");
  CHECK(line["verdict"] == "allow");
  const bool reported = !reason.empty() || !switches;
  CHECK(line.value("would_deny", "") == (reported ? "chat" : ""));
  CHECK(line.value("reason", "").starts_with(reason));
}

TEST_CASE("report: a server that speaks first is waited for, and passes", "[report]") {
  Origin origin;
  Proxy proxy(with_mode("report", rule(local)), hosts);
  auto client = proxy.tunnel("chat.test:" + std::to_string(origin.port()));
  auto server = origin.accept();
  server.send("220 mail.test ESMTP\r\n");
  CHECK(client.read_until("\n") == "220 mail.test ESMTP\r\n");
  CHECK(proxy.log(1).at(0)["reason"] == "waits for the server to speak first");
}

TEST_CASE("report: an exchange over a connection that was there is reported, too", "[report]") {
  const std::string host = GENERATE("chat.test", "evil.test");
  Origin origin;
  Proxy proxy(with_mode("report", rule("")), hosts);
  auto client = proxy.connect();
  Peer server(-1);
  for (int i = 0; i < 3; ++i) {
    client.send(get(host + ":" + std::to_string(origin.port())));
    if (i == 0) server = origin.accept();
    server.read_head();
    server.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    CHECK(read_response(client).status() == 200);
  }
  const auto lines = proxy.log(3);
  REQUIRE(lines.size() == 3);
  CHECK(lines[2]["reused"] == true);
  for (const auto& line : lines) {
    CHECK(line["would_deny"] == (host == "chat.test" ? "chat" : "default"));
    CHECK(line["reason"] == "its address");
  }
}

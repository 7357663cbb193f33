// SPDX-License-Identifier: Apache-2.0
// The policy, as clients meet it.
#include <catch2/catch.hpp>

#include "support/http.hpp"
#include "support/proxy.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;

TEST_CASE("policy: a host denied by a rule is a 403 that names it", "[policy]") {
  Proxy proxy(
      "[[rule]]\nname = \"no \\\"games\\\"\"\naction = \"deny\"\nhosts = "
      "[\".games.test\"]\n" +
      std::string(allow_local));
  auto request = GENERATE(connect_to("www.games.test:443"), get("games.test"));
  auto client = proxy.connect();
  const auto response = ask(client, request);
  CHECK(response.status() == 403);
  CHECK(response.phrase() == "Denied By Rule no \"games\"");
  CHECK(response.field("Proxy-Status").contains("error=http_request_denied"));
  CHECK(response.field("Proxy-Status").contains("rule no \\\"games\\\""));
  CHECK(response.body.contains("no \"games\""));
  CHECK(!response.head.contains("Proxy-Authenticate"));
  const auto line = proxy.log(1).at(0);
  CHECK(line["rule"] == "no \"games\"");
  CHECK(line["verdict"] == "deny");
  CHECK(line["error"] == "http_request_denied");
}

TEST_CASE("policy: a host in no rule is a 403 that says so", "[policy]") {
  Proxy proxy("[[rule]]\nname = \"chat\"\naction = \"allow\"\nhosts = [\"chat.test\"]\n");
  auto client = proxy.connect();
  const auto response = ask(client, connect_to("mail.test:443"));
  CHECK(response.status() == 403);
  CHECK(response.phrase() == "Host Not In Any Rule");
  CHECK(proxy.log(1).at(0)["rule"] == "default");
}

TEST_CASE("policy: without a rule of its own, this machine is not reached", "[policy]") {
  Origin origin;
  const auto port = std::to_string(origin.port());
  const auto host = GENERATE("127.0.0.1", "127.1", "0x7f000001", "0177.0.0.1", "2130706433",
                             "0.0.0.0", "localhost", "LOCALHOST.", "a.localhost", "[::1]", "[::]",
                             "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]",
                             "[2002:7f00:1::]", "by-name.test", "169.254.169.254", "0xa9fea9fe",
                             "[fe80::1]", "metadata.test", "10.0.0.1", "192.168.1.1", "172.16.0.1",
                             "100.64.0.1", "[fd00::1]", "224.0.0.1", "255.255.255.255");
  CAPTURE(host);
  Proxy proxy("", "127.0.0.1 by-name.test\n169.254.169.254 metadata.test\n");
  for (const auto& request : {connect_to(host + (":" + port)), get(host + (":" + port))}) {
    auto client = proxy.connect();
    const auto response = ask(client, request);
    CHECK(response.status() == 403);
    CHECK(response.field("Proxy-Status").contains("error=destination_ip_prohibited"));
    CHECK(!response.body.contains("127.0.0.1"));  // nothing to learn about addresses
  }
  CHECK(origin.unvisited_for(0ms));
  const auto lines = proxy.final_log();
  CHECK(lines.at(0)["verdict"] == "deny");
}

TEST_CASE("policy: of the addresses of a name only those that may be reached are tried",
          "[policy]") {
  Origin allowed("127.0.0.1");
  Origin denied("::1", allowed.port());
  Proxy proxy("[[rule]]\nname = \"four\"\naction = \"allow\"\nprivate = [\"127.0.0.0/8\"]\n",
              "::1 both.test\n127.0.0.1 both.test\n");
  const auto client = proxy.tunnel("both.test:" + std::to_string(allowed.port()));
  allowed.accept();
  CHECK(denied.unvisited_for(300ms));
  CHECK(proxy.log(1).at(0)["resolved"] == "127.0.0.1");
}

TEST_CASE("policy: the first rule that matches decides", "[policy]") {
  Origin origin;
  const auto port = std::to_string(origin.port());
  const Proxy proxy(
      "[[rule]]\nname = \"this port\"\naction = \"allow\"\nprivate = true\nports = [" + port +
          "]\nhosts = [\"a.test\"]\n[[rule]]\nname = \"nothing else there\"\naction = \"deny\"\n"
          "hosts = [\"*.test\"]\n[[rule]]\nname = \"for others\"\naction = \"allow\"\n"
          "clients = [\"192.0.2.1\"]\n[policy]\ndefault = \"deny\"\n",
      "127.0.0.1 a.test b.test\n");
  auto status = [&](const std::string& target) {
    auto client = proxy.connect();
    client.send(connect_to(target));
    return Response{.head = client.read_head(), .body = {}}.status();
  };
  CHECK(status("a.test:" + port) == 200);
  CHECK(status("b.test:" + port) == 403);
  CHECK(status("a.test:1") == 403);
  CHECK(status("127.0.0.1:" + port) == 403);
}

TEST_CASE("policy: a name is no way round a denied network", "[policy]") {
  Origin origin;
  Proxy proxy("[[rule]]\nname = \"not there\"\naction = \"deny\"\nhosts = [\"127.0.0.0/8\"]\n" +
                  std::string(allow_local),
              "127.0.0.1 by-name.test\n");
  auto client = proxy.connect();
  CHECK(ask(client, connect_to("by-name.test:" + std::to_string(origin.port()))).status() == 403);
  const auto line = proxy.log(1).at(0);
  CHECK(line["rule"] == "not there");
  CHECK(line["verdict"] == "deny");
  CHECK(origin.unvisited_for(0ms));
}

TEST_CASE("policy: Host does not choose the origin", "[policy]") {
  Origin origin;
  const Proxy proxy(
      "[[rule]]\nname = \"a\"\naction = \"allow\"\nprivate = true\n"
      "hosts = [\"a.test\"]\n",
      "127.0.0.1 a.test b.test\n");
  const auto port = std::to_string(origin.port());
  auto client = proxy.connect();
  client.send("GET http://b.test:" + port + "/ HTTP/1.1\r\nHost: a.test\r\n\r\n");
  CHECK(read_response(client).status() == 403);
  client.send("GET http://a.test:" + port + "/ HTTP/1.1\r\nHost: b.test\r\n\r\n");
  CHECK(origin.accept().read_head().contains("\r\nHost: a.test:" + port + "\r\n"));
}

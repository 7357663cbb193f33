// SPDX-License-Identifier: Apache-2.0
// What the proxy answers itself, and what it tells origins of its clients.
#include <catch2/catch.hpp>

#include "support/hop.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;

TEST_CASE("own: OPTIONS * is answered here", "[own]") {
  const Proxy proxy;
  auto client = proxy.connect();
  for (int i = 0; i < 2; ++i) {
    const auto response = ask(client, "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(response.status() == 200);
    CHECK(response.body.empty());
    CHECK(response.field("Allow").contains("CONNECT"));
  }
}

TEST_CASE("own: a TRACE or OPTIONS whose hops are used up is answered here", "[own]") {
  Hop hop;
  const auto target = " http://" + hop.origin.authority() + "/x HTTP/1.1\r\n";
  const auto options = ask(hop.client, "OPTIONS" + target + "Host: x\r\nMax-Forwards: 0\r\n\r\n");
  CHECK(options.status() == 200);
  const auto traced = ask(hop.client, "TRACE" + target +
                                          "Host: x\r\nMax-Forwards: 0\r\nX-Mine: 1\r\n"
                                          "Cookie: secret\r\nAuthorization: secret\r\n"
                                          "Proxy-Authorization: secret\r\n\r\n");
  CHECK(traced.status() == 200);
  CHECK(traced.field("Content-Type") == "message/http");
  CHECK(traced.body.starts_with("TRACE" + target));
  CHECK(traced.body.contains("\r\nX-Mine: 1\r\n"));
  CHECK(!traced.body.contains("secret"));
  CHECK(hop.origin.unvisited_for(20ms));

  const auto lines = hop.proxy.final_log();
  REQUIRE(lines.size() == 2);
  CHECK(lines[1]["kind"] == "own");
  CHECK(lines[1]["status"] == 200);
}

TEST_CASE("own: Max-Forwards counts down for TRACE and OPTIONS, and for nothing else", "[own]") {
  auto [method, sent, expected] = GENERATE(table<const char*, const char*, const char*>({
      {"TRACE", "1", "0"},
      {"OPTIONS", "10", "9"},
      {"GET", "0", "0"},
      {"GET", "what", "what"},
  }));
  CAPTURE(method, sent);
  Hop hop;
  CHECK(hop.begin(method, "Max-Forwards: " + std::string(sent) + "\r\n")
            .contains("\r\nMax-Forwards: " + std::string(expected) + "\r\n"));
}

TEST_CASE("own: a Max-Forwards that is no number, and a TRACE with a body, are refused", "[own]") {
  auto [method, fields, says] = GENERATE(table<const char*, const char*, const char*>({
      {"TRACE", "Max-Forwards: -1\r\n", "Max-Forwards"},
      {"OPTIONS", "Max-Forwards: 1\r\nMax-Forwards: 2\r\n", "Max-Forwards"},
      {"TRACE", "Content-Length: 1\r\n", "TRACE"},
      {"TRACE", "Transfer-Encoding: chunked\r\nMax-Forwards: 0\r\n", "TRACE"},
  }));
  CAPTURE(method, fields);
  Hop hop;
  const auto response = ask(hop.client, std::string(method) + " http://" + hop.origin.authority() +
                                            "/ HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n");
  CHECK(response.status() == 400);
  CHECK(response.body.contains(says));
  CHECK(hop.client.ends_here());
  CHECK(hop.origin.unvisited_for(20ms));
}

TEST_CASE("own: origins are not told who the client is, unless the configuration says so",
          "[own]") {
  const std::string fields =
      "Forwarded: for=192.0.2.1\r\nX-Forwarded-For: 192.0.2.1\r\nX-Real-IP: 192.0.2.1\r\n";
  const auto with = [](const std::string& word) {
    return allow_local + ("[http]\nforwarded = \"" + word + "\"\n");
  };
  auto [toml, expected] = GENERATE_COPY(table<std::string, std::string>({
      {allow_local, ""},
      {with("remove"), ""},
      {with("off"), fields},
      {with("add"),
       "Forwarded: for=192.0.2.1, for=127.0.0.1\r\n"
       "X-Forwarded-For: 192.0.2.1, 127.0.0.1\r\n"},
  }));
  Hop hop(toml);
  const auto head = hop.begin("GET", fields);
  CAPTURE(head);
  const auto begin = head.find("\r\n", head.find("\r\nHost: ") + 2) + 2;
  CHECK(head.substr(begin, head.find("Via: ") - begin) == expected);
}

TEST_CASE("own: a request whose body nobody could find the end of is a 400", "[own]") {
  const auto* framing = GENERATE("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                                 "Content-Length: abc\r\n", "Transfer-Encoding: gzip\r\n");
  const auto* target = GENERATE("OPTIONS *", "OPTIONS http://x.test/", "TRACE http://x.test/");
  CAPTURE(framing, target);
  const Proxy proxy;
  auto client = proxy.connect();
  client.send(target + std::string(" HTTP/1.1\r\nHost: x.test\r\nMax-Forwards: 0\r\n") + framing +
              "\r\n");
  CHECK(read_response(client).status() == 400);
  CHECK(client.ends_here());
}

TEST_CASE("own: what the proxy says itself bears the date", "[own]") {
  const Proxy proxy;
  auto client = proxy.connect();
  const auto options = ask(client, "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n").field("Date");
  const auto page = ask(client, get("denied.invalid")).field("Date");
  for (const auto& date : {options, page}) {
    CAPTURE(date);
    CHECK(date.size() == 29);
    CHECK(date.ends_with(" GMT"));
  }
}

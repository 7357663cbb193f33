// SPDX-License-Identifier: Apache-2.0
// Exchanges: what a request asks for, and what the origin is asked then.
#include <catch2/catch.hpp>

#include "support/http.hpp"
#include "support/proxy.hpp"
#include "support/script.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

using enum Do;

const std::string none = "Content-Length: 0\r\n";

Row served(const std::string& target, const std::string& host, const std::string& arrives) {
  return {.says = target,
          .steps = {{client_sends, "GET " + target + " HTTP/1.1\r\nHost:" + host + "\r\n\r\n"},
                    {origin_gets, arrived("GET " + arrives + " HTTP/1.1")},
                    {origin_sends, answers("200 OK", none)},
                    {client_gets, got("200 OK", none)}}};
}

}  // namespace

TEST_CASE("exchange: a target in absolute-form is asked for at its origin", "[exchange]") {
  auto [target, arrives] = GENERATE(table<std::string, std::string>({
      {"http://{origin}/", "/"},
      {"http://{origin}", "/"},
      {"http://{origin}?a=b", "/?a=b"},
      {"http://{origin}?", "/?"},
      {"http://{origin}/?", "/?"},
      {"http://{origin}?/../x", "/?/../x"},
      {"http://{origin}//a//b/../c/./d", "//a//b/../c/./d"},  // as it was written
      {"http://{origin}/%2e%2E/%00?%0d%0a", "/%2e%2E/%00?%0d%0a"},
      {"http://{origin}/http://other.test/", "/http://other.test/"},
      {"http://{origin}/a@b:c", "/a@b:c"},
      {"http://{origin}/?a@b", "/?a@b"},
      {"HTTP://{origin}/A", "/A"},
      {"ws://{origin}/chat?x", "/chat?x"},
      {"Ws://{origin}", "/"},
  }));
  CAPTURE(target);
  CHECK_NOTHROW(play(served(target, " {origin}", arrives)));
}

TEST_CASE("exchange: a target in absolute-form wins over Host", "[exchange]") {
  const auto* host =
      GENERATE(" elsewhere.test", " elsewhere.test:81", " denied.test", " [::1]", "", " 127.0.0.1");
  CAPTURE(host);
  CHECK_NOTHROW(play(served("http://{origin}/", host, "/")));
}

TEST_CASE("exchange: and its host is the one that is judged", "[exchange]") {
  CHECK_NOTHROW(
      play({.says = "denied target, allowed Host",
            .steps = {{client_sends, "GET http://denied.test/ HTTP/1.1\r\nHost: {origin}\r\n\r\n"},
                      {client_gets_page, "403 http_request_denied"}},
            .upstream = Upstream::never}));
}

TEST_CASE("exchange: an IPv6 literal is a target as others are", "[exchange]") {
  const auto* host = GENERATE("[::1]", "[0:0:0:0:0:0:0:1]", "[0::0001]");
  CAPTURE(host);
  Origin origin("::1");
  const Proxy proxy(std::string(allow_local) + "[http]\nvia = \"here\"\n");
  auto client = proxy.connect();
  client.send(get(host + (":" + std::to_string(origin.port())), "/x"));
  auto server = origin.accept();
  CHECK(
      server.read_until("\r\n\r\n")
          .starts_with("GET /x HTTP/1.1\r\nHost: [::1]:" + std::to_string(origin.port()) + "\r\n"));
  server.send(answers("200 OK", "Content-Length: 2\r\n", "ok"));
  CHECK(read_response(client).body == "ok");
}

TEST_CASE("exchange: a target that is none is refused with its reason", "[exchange]") {
  auto [target, says] = GENERATE(table<std::string, std::string>({
      {"http://user@{origin}/", "target"},
      {"http://user:secret@{origin}/", "target"},
      {"http://@{origin}/", "target"},
      {"http://{origin}/#fragment", "target"},
      {"http://{origin}#", "target"},
      {"http://{origin}/?a#b", "target"},
      {"http:///path", "target"},
      {"http://", "target"},
      {"http://?q", "target"},
      {"http:/{origin}/", "target"},
      {"http:{origin}", "target"},
      {"://{origin}/", "target"},
      {"1http://{origin}/", "target"},
      {"{origin}", "target"},
      {"{origin}/path", "target"},
      {"*", "target"},
      {"**", "target"},
      {"http://127.0.0.1:0/", "port"},
      {"http://127.0.0.1:65536/", "port"},
      {"http://127.0.0.1:+80/", "port"},
      {"http://127.0.0.1:80:80/", ""},
      {"http://:80/", ""},
      {"http://a..b/", "host"},
      {"http://a%2eb/", "host"},
      {"http://a,b/", "host"},
      {"http://a\\b/", "host"},
      {"http://::1/", ""},
      {"http://[::1/", ""},
      {"http://[::1]x/", ""},
      {"http://[::1%25lo]/", ""},
      {"http://[127.0.0.1]/", ""},
      {"ftp://{origin}/", "scheme"},
      {"FILE://{origin}/etc", "scheme"},
      {"gopher://{origin}/", "scheme"},
      {"httpx://{origin}/", "scheme"},
      {"h2c+a.b-c://{origin}/", "scheme"},
  }));
  CAPTURE(target);
  Origin origin;
  const Proxy proxy;
  auto client = proxy.connect();
  auto text = target;
  if (const auto at = text.find("{origin}"); at != std::string::npos) {
    text.replace(at, 8, origin.authority());
  }
  const auto response = ask(client, "GET " + text + " HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(response.status() == 400);
  CHECK(response.field("Proxy-Status").contains("error=http_request_error"));
  CHECK(response.body.contains(says));
  CHECK(client.ends_here());
  CHECK(origin.unvisited_for(0ms));
}

TEST_CASE("exchange: a Host that is none is refused, also where it does not count", "[exchange]") {
  const std::string host = GENERATE("Host: a b\r\n", "Host: a/b\r\n", "Host: user@a\r\n",
                                    "Host: a:b\r\n", "Host: a:99999\r\n", "Host: a, b\r\n",
                                    "Host: a\r\nhost: a\r\n", "Host: a\r\nHost:\r\n", "");
  CAPTURE(host);
  CHECK_NOTHROW(play({.says = host,
                      .steps = {{client_sends, "GET http://{origin}/ HTTP/1.1\r\n" + host + "\r\n"},
                                {client_gets_page, "400 http_request_error"}},
                      .client = Client::closed,
                      .upstream = Upstream::never}));
}

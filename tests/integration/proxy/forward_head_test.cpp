// SPDX-License-Identifier: Apache-2.0
// The plain HTTP hop: what of a head ends here, and what goes on.
#include <cmath>
#include <ctime>

#include <catch2/catch.hpp>

#include "support/http.hpp"
#include "support/proxy.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const std::string via = allow_local + std::string("[http]\nvia = \"here\"\n");

}  // namespace

TEST_CASE("forward: absolute-form becomes origin-form with the target's Host", "[forward]") {
  auto [scheme, path, sent] = GENERATE(table<const char*, const char*, const char*>({
      {"http", "/a/b?c=d", "/a/b?c=d"},
      {"HTTP", "/", "/"},
      {"ws", "/chat", "/chat"},
      {"http", "", "/"},
      {"http", "?q", "/?q"},
  }));
  CAPTURE(scheme, path);
  Origin origin;
  const Proxy proxy(via);
  auto client = proxy.connect();
  client.send("GET " + std::string(scheme) + "://" + origin.authority() + path +
              " HTTP/1.1\r\nHost: elsewhere.test\r\nX-Kept: 1\r\n\r\n");
  auto server = origin.accept();
  CHECK(server.read_head() == "GET " + std::string(sent) + " HTTP/1.1\r\nHost: " +
                                  origin.authority() + "\r\nX-Kept: 1\r\nVia: 1.1 here\r\n\r\n");
  server.send(ok);
  const auto response = read_response(client);
  CHECK(response.status() == 200);
  CHECK(response.body == "ok");
  CHECK(response.field("Via") == "1.1 here");
}

TEST_CASE("forward: fields of the client's hop, and its credentials, end here", "[forward]") {
  auto field =
      GENERATE("Connection: keep-alive", "Proxy-Connection: keep-alive", "Keep-Alive: timeout=5",
               "Proxy-Authorization: Basic c2VjcmV0", "Proxy-Authenticate: Basic", "TE: gzip",
               "Upgrade: h2c", "Upgrade: websocket", "HTTP2-Settings: AAMAAABk",
               "Connection: X-Secret\r\nX-Secret: c2VjcmV0",
               "connection: x-a ,, X-SECRET\r\nx-secret: c2VjcmV0");
  CAPTURE(field);
  Origin origin;
  const Proxy proxy(via);
  auto client = proxy.connect();
  client.send(get(origin.authority(), "/", std::string(field) + "\r\n"));
  CHECK(origin.accept().read_head() ==
        "GET / HTTP/1.1\r\nHost: " + origin.authority() + "\r\nVia: 1.1 here\r\n\r\n");
}

TEST_CASE("forward: fields of the origin's hop end here", "[forward]") {
  Origin origin;
  const Proxy proxy(via);
  auto client = proxy.connect();
  client.send(get(origin.authority()));
  auto server = origin.accept();
  server.read_head();
  server.send(
      "HTTP/1.1 200 Fine By Me\r\nDate: today\r\nConnection: close, X-Hop\r\nX-Hop: "
      "1\r\nKeep-Alive: max=5\r\n"
      "Proxy-Authenticate: Basic\r\nUpgrade: h2c\r\nVia: 1.0 far\r\nX-Kept: 1\r\n"
      "Set-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 0\r\n\r\n");
  CHECK(client.read_head() ==
        "HTTP/1.1 200 Fine By Me\r\nDate: today\r\nVia: 1.0 far\r\nX-Kept: 1\r\nSet-Cookie: a\r\n"
        "Set-Cookie: b\r\nContent-Length: 0\r\nVia: 1.1 here\r\n\r\n");
}

// RFC 9112 §9.3: `keep-alive` of HTTP/1.0 was perhaps not meant for us.
TEST_CASE("forward: a client of HTTP/1.0 has one request a connection", "[forward]") {
  const auto* fields =
      GENERATE("", "Connection: keep-alive\r\n", "Proxy-Connection: Keep-Alive\r\n");
  Origin origin;
  const Proxy proxy(via);
  auto client = proxy.connect();
  client.send("GET http://" + origin.authority() + "/ HTTP/1.0\r\n" + fields + "\r\n");
  auto server = origin.accept();
  CHECK(server.read_head().contains("\r\nVia: 1.0 here\r\n"));
  server.send(ok);
  CHECK(read_response(client).field("Connection") == "close");
  CHECK(client.ends_here());
}

TEST_CASE("forward: what is no request to a proxy is told so, and the connection ends",
          "[forward]") {
  Origin origin;
  const Proxy proxy(via);
  const auto to = origin.authority();
  const auto host = "Host: " + to + "\r\n";
  const auto url = "http://" + to + "/";
  auto [request, status, says] = GENERATE_COPY(table<std::string, int, const char*>({
      {"GET / HTTP/1.1\r\n" + host + "\r\n", 400, "this is a proxy"},
      {"GET ftp://" + to + "/ HTTP/1.1\r\n" + host + "\r\n", 400, "scheme"},
      {"GET " + to + " HTTP/1.1\r\n" + host + "\r\n", 400, "target"},
      {"GET http://user@" + to + "/ HTTP/1.1\r\n" + host + "\r\n", 400, "target"},
      {"GET " + url + "#f HTTP/1.1\r\n" + host + "\r\n", 400, "target"},
      {"GET " + url + " HTTP/1.1\r\n\r\n", 400, "Host"},
      {"GET " + url + " HTTP/1.1\r\n" + host + host + "\r\n", 400, "Host"},
      {"GET " + url + " HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "Host"},
      {"GET " + url + " HTTP/2.0\r\n" + host + "\r\n", 505, "version"},
      {"GET " + url + " HTTP/0.9\r\n\r\n", 505, "version"},
      {"GET " + url + "\r\n\r\n", 400, "first line"},
      {"GET  " + url + " HTTP/1.1\r\n" + host + "\r\n", 400, "first line"},
      {"GET " + url + " HTTP/1.1\n" + host + "\n\n", 400, "CR LF"},
      {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "control byte"},
      {"GET " + url + " HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
       400, "Content-Length"},
      {"GET " + url + " HTTP/1.1\r\n" + host +
           "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
       400, "both"},
      {"GET " + url + " HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip, chunked\r\n\r\n", 400,
       "Transfer-Encoding"},
      {"GET /" + std::string(20000, 'a') + " HTTP/1.1\r\n" + host + "\r\n", 414, "too long"},
      {"GET " + url + " HTTP/1.1\r\n" + host + "X: " + std::string(70000, 'a') + "\r\n\r\n", 431,
       "too large"},
  }));
  CAPTURE(request.substr(0, 200), status);
  auto client = proxy.connect();
  client.send(request);
  const auto response = read_response(client);
  CHECK(response.status() == status);
  CHECK(response.body.contains(says));
  CHECK(response.field("Proxy-Status").contains("error=http_request_error"));
  CHECK(response.field("Connection") == "close");
  CHECK(client.ends_here());
  CHECK(origin.unvisited_for(0ms));
}

TEST_CASE("forward: a request that was here before is a loop", "[forward]") {
  Origin origin;
  const Proxy proxy(via);
  auto client = proxy.connect();
  const auto response = ask(client, get(origin.authority(), "/", "Via: 1.1 far, 1.1 here\r\n"));
  CHECK(response.status() == 508);
  CHECK(response.field("Proxy-Status").contains("error=proxy_loop_detected"));
  auto second = proxy.connect();
  CHECK(ask(second, connect_to(origin.authority(), "Via: 1.1 here\r\n")).status() == 508);
  CHECK(origin.unvisited_for(20ms));
}

TEST_CASE("forward: an answer without a date gets the time when it came", "[forward]") {
  Origin origin;
  const Proxy proxy(via);
  auto client = proxy.connect();
  client.send(get(origin.authority()));
  auto server = origin.accept();
  server.read_head();
  server.send("HTTP/1.1 103 Early Hints\r\n\r\n" + std::string(ok));
  CHECK_FALSE(client.read_head().contains("Date"));
  const auto date = read_response(client).field("Date");
  CAPTURE(date);
  std::tm parsed{};
  REQUIRE(strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parsed) != nullptr);
  CHECK(std::abs(std::difftime(timegm(&parsed), std::time(nullptr))) < 60);
}

TEST_CASE("forward: a request for the proxy's own listener is a loop", "[forward]") {
  Proxy proxy(allow_local, "127.0.0.1 me.test\n");
  const auto name = GENERATE("127.0.0.1", "me.test", "localhost", "0x7f.1", "[::ffff:127.0.0.1]");
  const auto target = name + (":" + std::to_string(proxy.endpoint().port));
  CAPTURE(target);
  auto client = proxy.connect();
  CHECK(ask(client, get(target)).status() == 508);
  auto second = proxy.connect();
  CHECK(ask(second, connect_to(target)).status() == 508);
  CHECK(proxy.final_log().size() == 2);
}

// A connection to 127.0.0.2 comes from 127.0.0.1, and so would a client's second request.
TEST_CASE("forward: a listener on every address is a loop at each of them", "[forward]") {
  const Proxy proxy(allow_local +
                    std::string("[[listen]]\naddress = \"0.0.0.0:0\"\nopen = true\n"));
  const auto target = GENERATE("127.0.0.1", "127.0.0.2", "127.255.255.254") +
                      (":" + std::to_string(proxy.endpoint().port));
  CAPTURE(target);
  auto client = proxy.connect();
  CHECK(ask(client, get(target)).status() == 508);
  auto second = proxy.connect();
  CHECK(ask(second, connect_to(target)).status() == 508);
}

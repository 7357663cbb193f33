// SPDX-License-Identifier: Apache-2.0
// Requests on the streams of a client's HTTP/2 connection, to an origin that speaks HTTP/1.1.
#include <thread>

#include <catch2/catch.hpp>
#include <culvert/websocket/accept.hpp>

#include "support/h2_client.hpp"
#include "support/hop.hpp"
#include "support/soon.hpp"
#include "support/users.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;
namespace http2 = culvert::http2;

namespace {

struct Asking {
  explicit Asking(const std::string& toml = allow_local)
      : proxy(with_h2c(toml)), client(proxy.connect()) {}

  http2::FieldSection head(const std::string& method, const http2::FieldSection& more = {}) {
    http2::FieldSection fields{{":method", method},
                               {":scheme", "http"},
                               {":authority", origin.authority()},
                               {":path", "/a?b"}};
    fields.insert(fields.end(), more.begin(), more.end());
    return fields;
  }
  /// Asks, and reads the head that arrives.
  H2Stream& ask(const std::string& method, const http2::FieldSection& more = {}, bool last = true) {
    auto& stream = client.ask(head(method, more), last);
    server = origin.accept();
    arrived = server.read_head();
    return stream;
  }
  /// The connection serves another request.
  bool goes_on() {
    auto& stream = client.ask(head("GET"));
    auto another = origin.accept();
    another.read_head();
    another.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
    return stream.read_to_end() == "ok" && client.goaways().empty();
  }

  Origin origin;
  Proxy proxy;
  H2Client client;
  Peer server{-1};
  std::string arrived;
};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE("http2 request: a request and its answer", "[http2]") {
  Asking asking;
  auto& stream = asking.ask("GET", {{"x", "y"}, {"cookie", "a=b"}, {"cookie", "c=d"}});
  CHECK(asking.arrived.starts_with("GET /a?b HTTP/1.1\r\nHost: " + asking.origin.authority()));
  CHECK(contains(asking.arrived, "\r\nx: y\r\n"));
  CHECK(contains(asking.arrived, "\r\ncookie: a=b; c=d\r\n"));
  asking.server.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello");
  CHECK(stream.status() == 200);
  CHECK(stream.field("x-a") == "b");
  CHECK(stream.field("connection").empty());
  CHECK(stream.read_to_end() == "hello");
}

TEST_CASE("http2 request: a body with a length, or without", "[http2]") {
  Asking asking;
  const bool announced = GENERATE(true, false);
  auto& stream = announced ? asking.ask("POST", {{"content-length", "10"}}, false)
                           : asking.ask("POST", {}, false);
  stream.send("01234");
  stream.send("56789");
  stream.finish();
  if (announced) {
    CHECK(contains(asking.arrived, "Content-Length: 10\r\n"));
    CHECK(asking.server.read_exactly(10) == "0123456789");
  } else {
    CHECK(contains(asking.arrived, "Transfer-Encoding: chunked\r\n"));
    CHECK(contains(asking.server.read_until("0\r\n\r\n"), "01234"));
  }
  asking.server.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  CHECK(stream.status() == 200);
  CHECK(stream.read_to_end().empty());
}

TEST_CASE("http2 request: trailers, both ways", "[http2]") {
  Asking asking;
  auto& stream = asking.ask("POST", {{"te", "trailers"}}, false);
  stream.send("x");
  stream.finish({{"up", "1"}});
  CHECK(contains(asking.server.read_until("\r\n\r\n"), "\r\nup: 1\r\n"));
  asking.server.send(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\ndown: 2\r\n\r\n");
  CHECK(stream.read_to_end() == "abc");
  CHECK(stream.trailers() == http2::FieldSection{{"down", "2"}});
}

TEST_CASE("http2 request: answers without a body end with their head", "[http2]") {
  Asking asking;
  const auto [method, answer, status] = GENERATE(table<const char*, const char*, int>({
      {"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", 200},
      {"GET", "HTTP/1.1 204 No Content\r\n\r\n", 204},
      {"GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n", 304},
  }));
  auto& stream = asking.ask(method);
  asking.server.send(answer);
  CHECK(stream.status() == status);
  CHECK(stream.read_to_end().empty());
}

TEST_CASE("http2 request: interim answers pass", "[http2]") {
  Asking asking;
  auto& stream = asking.ask("GET");
  asking.server.send(
      "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  CHECK(stream.status() == 200);
  REQUIRE(stream.interim().size() == 1);
  CHECK(stream.interim()[0][0].value == "103");
}

TEST_CASE("http2 request: a client that waits for 100 gets it before its body", "[http2]") {
  Asking asking;
  auto& stream = asking.ask("POST", {{"expect", "100-continue"}, {"content-length", "4"}}, false);
  asking.server.send("HTTP/1.1 100 Continue\r\n\r\n");
  asking.client.until("the 100", [&stream] { return !stream.interim().empty(); });
  stream.send("body");
  stream.finish();
  CHECK(asking.server.read_exactly(4) == "body");
  asking.server.send("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
  CHECK(stream.status() == 201);
}

TEST_CASE("http2 request: an answer may come before the body is whole", "[http2]") {
  Asking asking;
  auto& stream = asking.ask("POST", {{"content-length", "1000000"}}, false);
  stream.send("begun");
  asking.server.send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
  CHECK(stream.status() == 413);
  CHECK(stream.read_to_end() == "no");
  CHECK(asking.goes_on());
}

TEST_CASE("http2 request: one that is taken back at once is not waited for", "[http2]") {
  Origin origin;
  Proxy proxy(with_h2c());
  H2Client client(proxy.connect());
  client.settle();
  client.inject(h2::frame(h2::headers, h2::end_headers | h2::end_stream, 1,
                          h2::block({{":method", "GET"},
                                     {":scheme", "http"},
                                     {":authority", origin.authority()},
                                     {":path", "/"}})) +
                h2::reset_frame(1, 8));
  auto server = origin.accept();
  server.drain();
}

TEST_CASE("http2 request: an answer that is cut off is an error of its stream", "[http2]") {
  Asking asking;
  auto& stream = asking.ask("GET");
  asking.server.send("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhalf");
  CHECK(stream.status() == 200);
  asking.server.close();
  CHECK(stream.wait_reset() == http2::internal_error);
  CHECK_FALSE(stream.ended());
  CHECK(asking.goes_on());
}

TEST_CASE("http2 request: a body whose length is a lie is an error of its stream", "[http2]") {
  Asking asking;
  auto& stream = asking.ask("POST", {{"content-length", "3"}}, false);
  SECTION("too long") {
    stream.send("12345");
  }
  SECTION("too short") {
    stream.send("1");
    stream.finish();
  }
  CHECK(stream.wait_reset() == http2::protocol_error);
  CHECK(asking.server.read_rest().size() < 3);
  CHECK(asking.goes_on());
}

TEST_CASE("http2 request: fields of a connection are an error of their stream", "[http2]") {
  Asking asking;
  const auto [name, value] = GENERATE(table<const char*, const char*>({
      {"connection", "close"},
      {"proxy-connection", "keep-alive"},
      {"keep-alive", "timeout=5"},
      {"transfer-encoding", "chunked"},
      {"upgrade", "websocket"},
      {"te", "gzip"},
  }));
  CAPTURE(name);
  auto& stream = asking.client.ask(asking.head("GET", {{name, value}}));
  CHECK((stream.status() == 400 || stream.wait_reset() == http2::protocol_error));
  CHECK(asking.goes_on());
}

TEST_CASE("http2 request: a head that makes no sense is answered 400", "[http2]") {
  Asking asking;
  auto head = asking.head("GET");
  SECTION("no authority") {
    head.erase(head.begin() + 2);
  }
  SECTION("two hosts") {
    head.push_back({"host", "other.test"});
  }
  SECTION("a port that is none") {
    head[2].value = "h.test:99999";
  }
  SECTION("a length that is none") {
    head.push_back({"content-length", "-1"});
  }
  auto& stream = asking.client.ask(head);
  CHECK((stream.status() == 400 || stream.failed()));
  CHECK(asking.goes_on());
}

TEST_CASE("http2 request: credentials are asked for, and the connection goes on", "[http2]") {
  const UserFiles users;
  Asking asking(users.auth() + allow_only("users = [\"alice\"]"));
  auto& refused = asking.client.ask(asking.head("GET"));
  CHECK(refused.status() == 407);
  CHECK_FALSE(refused.field("proxy-authenticate").empty());
  auto& tunnel = asking.client.connect(asking.origin.authority());
  CHECK(tunnel.status() == 407);
  const auto from = alice.find(": ") + 2;
  const auto credentials = alice.substr(from, alice.size() - 2 - from);
  auto& stream =
      asking.client.connect(asking.origin.authority(), {{"proxy-authorization", credentials}});
  CHECK(stream.status() == 200);
  stream.send("x");
  CHECK(asking.origin.accept().read_exactly(1) == "x");
}

TEST_CASE("http2 request: many at once, each with its own answer", "[http2]") {
  Asking asking;
  std::vector<H2Stream*> streams;
  for (int i = 0; i < 50; ++i) {
    streams.push_back(&asking.client.ask(asking.head("GET", {{"n", std::to_string(i)}})));
  }
  for (int i = 0; i < 50; ++i) {
    auto server = asking.origin.accept();
    const auto head = server.read_head();
    const auto at = head.find("\r\nn: ") + 5;
    const auto number = head.substr(at, head.find("\r\n", at) - at);
    server.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " +
                std::to_string(number.size()) + "\r\n\r\n" + number);
  }
  for (int i = 0; i < 50; ++i) {
    CHECK(streams[static_cast<std::size_t>(i)]->read_to_end() == std::to_string(i));
  }
}

TEST_CASE("http2 request: a large body down, and a large one up", "[http2]") {
  Asking asking;
  constexpr std::size_t much = 5'000'000;
  auto& stream = asking.ask("POST", {{"content-length", std::to_string(much)}}, false);
  stream.send(std::string(much, 'u'));
  stream.finish();
  std::thread server([&asking] {
    asking.server.read_exactly(much);
    asking.server.send("HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n");
    asking.server.send(std::string(much, 'd'));
  });
  CHECK(stream.read_to_end() == std::string(much, 'd'));
  server.join();
}

namespace {

http2::FieldSection websocket(const std::string& authority, const std::string& protocol) {
  return {{":method", "CONNECT"},      {":protocol", protocol},
          {":scheme", "http"},         {":authority", authority},
          {":path", "/chat"},          {"sec-websocket-version", "13"},
          {"origin", "http://h.test"}, {"sec-websocket-protocol", "chat"}};
}

std::string key_in(const std::string& head) {
  const std::string name = "\r\nSec-WebSocket-Key: ";
  const auto at = head.find(name) + name.size();
  return head.substr(at, head.find("\r\n", at) - at);
}

std::string switching_for(const std::string& key) {
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: " +
         culvert::websocket::accept_for(key) + "\r\nSec-WebSocket-Protocol: chat\r\n\r\n";
}

}  // namespace

TEST_CASE("http2 websocket: extended CONNECT is an upgrade with a fresh key", "[http2]") {
  Asking asking;
  asking.client.settle();
  CHECK(asking.client.engine().takes_extended_connect());
  std::string keys[2];
  for (auto& key : keys) {
    auto& stream = asking.client.ask(websocket(asking.origin.authority(), "websocket"), false);
    auto server = asking.origin.accept();
    const auto head = server.read_head();
    CHECK(head.starts_with("GET /chat HTTP/1.1\r\n"));
    CHECK(contains(head, "sec-websocket-protocol: chat\r\n"));
    CHECK(contains(head, "origin: http://h.test\r\n"));
    key = key_in(head);
    CHECK(key.size() == 24);
    server.send(switching_for(key));
    // At once, before anybody says anything.
    CHECK(stream.status() == 200);
    CHECK(stream.field("sec-websocket-protocol") == "chat");
    CHECK(stream.field("sec-websocket-accept").empty());
    CHECK(stream.field("upgrade").empty());
    server.send(std::string("\x81\x02hi", 4));
    CHECK(stream.read_exactly(4) == std::string("\x81\x02hi", 4));
    const std::string masked("\x81\x82\0\0\0\0ho", 8);
    stream.send(masked);
    CHECK(server.read_exactly(8) == masked);
  }
  CHECK(keys[0] != keys[1]);
}

TEST_CASE("http2 websocket: an origin that did not understand is a 502", "[http2]") {
  Asking asking;
  auto& stream = asking.client.ask(websocket(asking.origin.authority(), "websocket"), false);
  auto server = asking.origin.accept();
  server.read_head();
  server.send(switching_for("AAAAAAAAAAAAAAAAAAAAAA=="));
  CHECK(stream.status() == 502);
  CHECK(contains(stream.field("proxy-status"), "http_upgrade_failed"));
  stream.read_to_end();
  CHECK(asking.goes_on());
}

TEST_CASE("http2 websocket: a refusal keeps its status and its body", "[http2]") {
  Asking asking;
  auto& stream = asking.client.ask(websocket(asking.origin.authority(), "websocket"), false);
  auto server = asking.origin.accept();
  server.read_head();
  server.send("HTTP/1.1 403 Go away\r\nContent-Length: 4\r\nX-Why: because\r\n\r\ngone");
  CHECK(stream.status() == 403);
  CHECK(stream.field("x-why") == "because");
  CHECK(stream.read_to_end() == "gone");
  CHECK(asking.goes_on());
}

TEST_CASE("http2 websocket: other protocols are not spoken", "[http2]") {
  Asking asking;
  auto& stream = asking.client.ask(websocket(asking.origin.authority(), "connect-udp"), false);
  CHECK(stream.status() == 501);
  CHECK(asking.goes_on());
}

// SPDX-License-Identifier: Apache-2.0
// How many requests a connection carries, and how large and slow a head may be.
#include <thread>

#include <catch2/catch.hpp>

#include "support/hop.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

std::string with_requests(const std::string& count) {
  return allow_local + ("[limits]\nrequests_per_connection = " + count + "\n");
}

const std::string hello = "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n";

/// A request's head of so many bytes in all, so many fields, and a target of so many bytes.
struct Shape {
  std::size_t bytes = 0;
  std::size_t fields = 0;
  std::size_t target = 0;
};

std::string head_of(const Shape& shape, const std::string& authority) {
  std::string target = "http://" + authority + "/";
  if (shape.target > target.size()) target.resize(shape.target, 'a');
  std::string head = "GET " + target + " HTTP/1.1\r\nHost: x\r\n";
  for (std::size_t i = 1; i < shape.fields; ++i) head += "A: b\r\n";
  const std::string_view around = "Pad: \r\n\r\n";
  if (shape.bytes > head.size() + around.size()) {
    return head + "Pad: " + std::string(shape.bytes - head.size() - around.size(), 'a') +
           "\r\n\r\n";
  }
  return head + "\r\n";
}

}  // namespace

TEST_CASE("requests: the last one that a connection may carry is answered with close", "[limits]") {
  Hop hop(with_requests("3"));
  for (int i = 1; i <= 3; ++i) {
    i == 1 ? hop.begin("GET") : hop.again("GET");
    hop.server.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    const auto response = read_response(hop.client);
    CHECK(response.body == "ok");
    CHECK((response.field("Connection") == "close") == (i == 3));
  }
  CHECK(hop.client.ends_here());
}

TEST_CASE("requests: every kind of answer counts, and may be the last", "[limits]") {
  Origin closed;
  closed.close();
  const Proxy proxy(with_requests("2"));
  const bool own = GENERATE(true, false);
  const auto last = own ? hello : get(closed.authority());
  auto client = proxy.connect();
  const auto first = ask(client, get(closed.authority()));
  CHECK(first.status() == 502);
  CHECK(first.field("Connection") == "keep-alive");
  CHECK(ask(client, last).field("Connection") == "close");
  CHECK(client.ends_here());
}

TEST_CASE("requests: what is pipelined behind the last one is not acted on", "[limits]") {
  Hop hop(with_requests("2"));
  std::string all;
  for (const char* path : {"/1", "/2", "/3", "/4"}) all += get(hop.origin.authority(), path);
  hop.client.send(all);
  hop.server = hop.origin.accept();
  for (const char* path : {"GET /1 ", "GET /2 "}) {
    CHECK(hop.server.read_head().starts_with(path));
    hop.server.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    CHECK(read_response(hop.client).body == "ok");
  }
  CHECK(hop.client.ends_here());
  CHECK(hop.server.silent_for(50ms));
  CHECK(hop.origin.unvisited_for(0ms));
  CHECK(hop.proxy.final_log().size() == 2);
}

TEST_CASE("requests: ten thousand go over one connection, unless more or all are allowed",
          "[limits]") {
  auto [toml, more] = GENERATE(table<std::string, bool>(
      {{allow_local, false}, {with_requests("0"), true}, {with_requests("10001"), true}}));
  const Proxy proxy(toml);
  auto client = proxy.connect();
  std::string hundred;
  for (int i = 0; i < 100; ++i) hundred += hello;
  for (int i = 0; i < 99; ++i) {
    client.send(hundred);
    for (int k = 0; k < 100; ++k) REQUIRE(read_response(client).status() == 200);
  }
  client.send(hundred);
  for (int k = 0; k < 99; ++k) {
    REQUIRE(read_response(client).field("Connection") == "keep-alive");
  }
  CHECK((read_response(client).field("Connection") == "close") != more);
  if (more) CHECK(ask(client, hello).status() == 200);
}

TEST_CASE("heads: one at a limit passes, one beyond it is refused", "[limits]") {
  using Row = std::tuple<const char*, Shape, Shape, int>;
  const auto [http, passes, fails, status] = GENERATE(values<Row>({
      {"", {.bytes = 65536}, {.bytes = 65537}, 431},
      {"", {.fields = 200}, {.fields = 201}, 431},
      {"", {.target = 16384}, {.target = 16385}, 414},
      {"head_bytes = \"2KiB\"\ntarget_bytes = \"1KiB\"", {.bytes = 2048}, {.bytes = 2049}, 431},
      {"head_bytes = \"128KiB\"", {.bytes = 131072}, {.bytes = 131073}, 431},
      {"fields = 10", {.fields = 10}, {.fields = 11}, 431},
      {"fields = 1000", {.fields = 1000}, {.fields = 1001}, 431},
      {"target_bytes = \"256B\"", {.target = 256}, {.target = 257}, 414},
      {"target_bytes = \"32KiB\"", {.target = 32768}, {.target = 32769}, 414},
  }));
  CAPTURE(http, status);
  Hop hop(allow_local + std::string("[http]\n") + http + "\n");
  hop.client.send(head_of(passes, hop.origin.authority()));
  hop.server = hop.origin.accept();
  CHECK(hop.server.read_head().starts_with("GET /"));
  hop.server.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  CHECK(read_response(hop.client).body == "ok");

  const auto refused = ask(hop.client, head_of(fails, hop.origin.authority()));
  CHECK(refused.status() == status);
  CHECK(refused.field("Connection") == "close");
  CHECK(hop.client.ends_here());
  CHECK(hop.server.silent_for(20ms));
}

TEST_CASE("heads: a head may take ten seconds unless it is set, and no more", "[limits]") {
  const Proxy proxy;
  auto late = proxy.connect();
  auto in_time = proxy.connect();
  late.send(hello.substr(0, 10));
  in_time.send(hello.substr(0, 10));
  CHECK(late.silent_for(8s));
  CHECK(ask(in_time, hello.substr(10)).status() == 200);
  CHECK(read_response(late).status() == 408);
  CHECK(late.ends_here());
}

TEST_CASE("heads: a head has the time that is set", "[limits]") {
  const Proxy proxy(with_timeouts("request_head = \"1500ms\""));
  auto late = proxy.connect();
  auto in_time = proxy.connect();
  late.send(hello.substr(0, 10));
  in_time.send(hello.substr(0, 10));
  CHECK(late.silent_for(200ms));
  CHECK(ask(in_time, hello.substr(10)).status() == 200);
  CHECK(read_response(late).status() == 408);
}

// SPDX-License-Identifier: Apache-2.0
// The plain HTTP hop: bodies, each byte passed on when it arrives.
#include <catch2/catch.hpp>

#include "support/hop.hpp"
#include "support/pattern.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t MiB = 1UL << 20;

}  // namespace

TEST_CASE("forward body: a request with a length is passed on as it comes", "[forward]") {
  Hop hop;
  CHECK(hop.begin("POST", "Content-Length: 6\r\n").contains("\r\nContent-Length: 6\r\n"));
  hop.client.send("abc");
  CHECK(hop.server.read_exactly(3) == "abc");
  hop.client.send("def");
  CHECK(hop.server.read_exactly(3) == "def");
  hop.server.send("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
  CHECK(read_response(hop.client).status() == 201);
}

TEST_CASE("forward body: a chunked request is passed on chunk by chunk", "[forward]") {
  Hop hop;
  CHECK(hop.begin("POST", "Transfer-Encoding: chunked\r\n")
            .contains("\r\nTransfer-Encoding: chunked\r\n"));
  hop.client.send("3;ext=1\r\nabc\r\n");
  CHECK(hop.server.read_exactly(8) == "3\r\nabc\r\n");
  hop.client.send("5\r\nde");  // the rest of the chunk is still to come
  CHECK(hop.server.read_exactly(7) == "2\r\nde\r\n");
  hop.client.send("fgh\r\n0\r\n\r\n");
  CHECK(hop.server.read_until("0\r\n\r\n") == "3\r\nfgh\r\n0\r\n\r\n");
  hop.server.send("HTTP/1.1 204 No Content\r\n\r\n");
  CHECK(read_response(hop.client).status() == 204);
}

TEST_CASE("forward body: a response with a length is passed on as it comes", "[forward]") {
  Hop hop;
  hop.begin("GET", "");
  hop.server.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
  CHECK(hop.client.read_head().contains("\r\nContent-Length: 4\r\n"));
  hop.server.send("ab");
  CHECK(hop.client.read_exactly(2) == "ab");
  hop.server.send("cd and rubbish behind");
  CHECK(hop.client.read_exactly(2) == "cd");
  CHECK(hop.client.silent_for(50ms));  // and the connection stays
}

TEST_CASE("forward body: a chunked response is passed on chunk by chunk", "[forward]") {
  Hop hop;
  hop.begin("GET", "");
  hop.server.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  CHECK(hop.client.read_head().contains("\r\nTransfer-Encoding: chunked\r\n"));
  hop.server.send("2\r\nab\r\n");
  CHECK(hop.client.read_exactly(7) == "2\r\nab\r\n");
  hop.server.send("1;ext=1\r\nc\r\n0\r\n\r\n");
  CHECK(hop.client.read_exactly(11) == "1\r\nc\r\n0\r\n\r\n");
  CHECK(hop.client.silent_for(50ms));
}

TEST_CASE("forward body: trailers go on, but for those that may not stand there", "[forward]") {
  const std::string body =
      "1\r\nc\r\n0\r\nX-Sum: 1\r\nContent-Length: 9\r\nX-HOP: 1\r\nSet-Cookie: a\r\nX-Sum: "
      "2\r\n\r\n";
  const std::string kept = "1\r\nc\r\n0\r\nX-Sum: 1\r\nX-Sum: 2\r\n\r\n";
  Hop hop;
  hop.begin("POST", "Transfer-Encoding: chunked\r\nConnection: X-Hop\r\n");
  hop.client.send(body);
  CHECK(hop.server.read_exactly(kept.size()) == kept);
  hop.server.send("HTTP/1.1 200 OK\r\nConnection: x-hop\r\nTransfer-Encoding: chunked\r\n\r\n" +
                  body);
  hop.client.read_head();
  CHECK(hop.client.read_exactly(kept.size()) == kept);
  CHECK(hop.again("GET").starts_with("GET "));
}

TEST_CASE("forward body: trailers have the limits of a head", "[forward]") {
  const auto [line, lines] = GENERATE(table<std::string, int>({
      {"X-Sum: 1\r\n", 11},
      {"X-Sum: " + std::string(400, 'x') + "\r\n", 3},
  }));
  std::string many = "0\r\n";
  for (int i = 0; i < lines; ++i) many += line;
  many += "\r\n";
  Hop hop(allow_local +
          std::string("[http]\nfields = 10\ntarget_bytes = \"1KiB\"\nhead_bytes = \"1KiB\"\n"));
  SECTION("of a request") {
    hop.begin("POST", "Transfer-Encoding: chunked\r\n");
    hop.client.send(many);
    CHECK(read_response(hop.client).status() == 400);
  }
  SECTION("of an answer") {
    hop.begin("GET");
    hop.server.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
    hop.client.read_until("a\r\n");
    hop.server.send(many);
    CHECK(hop.client.ends_with_reset());
  }
}

TEST_CASE("forward body: a client of HTTP/1.0 gets no chunks", "[forward]") {
  Hop hop;
  hop.begin("GET", "", "HTTP/1.0");
  hop.server.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n");
  const auto head = hop.client.read_head();
  CHECK(!head.contains("Transfer-Encoding"));
  CHECK(head.contains("\r\nConnection: close\r\n"));
  CHECK(hop.client.read_to_end() == "ab");
}

TEST_CASE("forward body: a response that ends with its connection ends the client's", "[forward]") {
  Hop hop;
  hop.begin("GET", "");
  hop.server.send("HTTP/1.1 200 OK\r\n\r\nab");
  CHECK(hop.client.read_head().contains("\r\nConnection: close\r\n"));
  CHECK(hop.client.read_exactly(2) == "ab");
  hop.server.send("cd");
  CHECK(hop.client.read_exactly(2) == "cd");
  hop.server.finish();
  CHECK(hop.client.ends_here());
}

TEST_CASE("forward body: some answers have none, whatever they announce", "[forward]") {
  auto [method, status, fields] = GENERATE(table<const char*, const char*, const char*>({
      {"HEAD", "200 OK", "Content-Length: 1000\r\n"},
      {"HEAD", "200 OK", "Transfer-Encoding: chunked\r\n"},
      {"HEAD", "200 OK", ""},
      {"GET", "304 Not Modified", "Content-Length: 1000\r\n"},
      {"GET", "204 No Content", ""},
  }));
  CAPTURE(method, status, fields);
  Hop hop;
  for (int i = 0; i < 2; ++i) {  // the connection goes on behind the first
    i == 0 ? hop.begin(method) : hop.again(method);
    hop.server.send("HTTP/1.1 " + std::string(status) + "\r\n" + fields + "\r\n");
    CHECK(hop.client.read_head().starts_with("HTTP/1.1 " + std::string(status)));
    CHECK(hop.client.silent_for(30ms));
  }
}

TEST_CASE("forward body: large bodies both ways at once arrive intact", "[forward]") {
  Hop hop;
  hop.begin("POST", "Content-Length: " + std::to_string(16 * MiB) + "\r\n");
  const auto up = std::async(std::launch::async, [&] {
    for (std::size_t sent = 0; sent < 16 * MiB; sent += MiB) hop.client.send(pattern(1, sent, MiB));
  });
  hop.server.send("HTTP/1.1 200 OK\r\n\r\n");
  const auto down = std::async(std::launch::async, [&] {
    for (std::size_t sent = 0; sent < 16 * MiB; sent += MiB) hop.server.send(pattern(2, sent, MiB));
  });
  auto received = std::async(std::launch::async, [&] {
    return hop.server.read_exactly(16 * MiB) == pattern(1, 0, 16 * MiB);
  });
  hop.client.read_head();
  CHECK(hop.client.read_exactly(16 * MiB) == pattern(2, 0, 16 * MiB));
  CHECK(received.get());
}

TEST_CASE("forward body: a client that does not read holds back its origin", "[forward]") {
  Hop hop;
  hop.client = hop.proxy.connect(4096);
  hop.begin("GET", "");
  hop.server.send("HTTP/1.1 200 OK\r\n\r\n");
  const auto taken = hop.server.send_until_blocked(64 * MiB);
  CHECK(taken < 16 * MiB);
  hop.server.finish();
  hop.client.read_head();
  CHECK(hop.client.read_to_end().size() == taken);
}

// SPDX-License-Identifier: Apache-2.0
// How slowly a request body may come.
#include <future>
#include <thread>

#include <catch2/catch.hpp>

#include "support/hop.hpp"
#include "support/pattern.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

std::string with_pace(const std::string& rate, const std::string& grace) {
  return allow_local + ("[limits]\nmin_body_rate = \"" + rate + "\"\nbody_grace = \"" + grace +
                        "\"\n[timeouts]\nbody_idle = \"30s\"\n");
}

const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Its extension is the most of it, and is no part of the body.
const std::string long_extension = "1;" + std::string(250, 'x') + "\r\na\r\n";
const char* const chunk_of_nothing_else = long_extension.c_str();

/// Sends a piece of a body again and again, until the proxy has had enough. False when it never
/// has.
bool trickle(Peer& client, const std::string& piece) {
  for (int i = 0; i < 40; ++i) {
    client.send(piece);
    if (!client.silent_for(50ms)) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("body: one that trickles in is a 408, and the origin hears of it", "[limits]") {
  auto [fields, piece] = GENERATE(table<const char*, const char*>({
      {"Content-Length: 100000\r\n", "a"},
      {"Transfer-Encoding: chunked\r\n", "1\r\na\r\n"},
      {"Transfer-Encoding: chunked\r\n", chunk_of_nothing_else},
      {"Content-Length: 100000\r\nExpect: 100-continue\r\n", "a"},
  }));
  CAPTURE(fields);
  Hop hop(with_pace("1MiB", "300ms"));
  hop.begin("POST", fields);
  CHECK(trickle(hop.client, piece));
  const auto response = read_response(hop.client);
  CHECK(response.status() == 408);
  CHECK(response.field("Connection") == "close");
  CHECK(response.field("Proxy-Status").contains("error=http_request_error"));
  CHECK(hop.client.ends_here());
  hop.server.drain();
  CHECK(hop.proxy.final_log().at(0)["status"] == 408);
}

TEST_CASE("body: one that is bad when the answer has begun cuts it off, and the log says why",
          "[limits]") {
  auto [piece, closer, error] = GENERATE(table<const char*, const char*, const char*>({
      {"1\r\na\r\n", "body_idle", "http_request_error"},
      {"x\r\n", "proxy", "http_request_error"},
  }));
  CAPTURE(piece);
  Hop hop(with_pace("1MiB", "1s"));
  hop.begin("POST", "Transfer-Encoding: chunked\r\n");
  hop.server.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  hop.client.read_until("abc");
  hop.client.send(piece);
  CHECK(hop.client.ends_with_reset());
  const auto line = hop.proxy.final_log().at(0);
  CHECK(line["closer"] == closer);
  CHECK(line["error"] == error);
}

TEST_CASE("body: one that never begins is a 408 when the grace is over", "[limits]") {
  Hop hop(with_pace("1B", "1s"));
  hop.begin("POST", "Content-Length: 10\r\n");
  CHECK(hop.client.silent_for(150ms));
  CHECK(read_response(hop.client).status() == 408);
  CHECK(hop.server.ends_with_reset());
}

TEST_CASE("body: one that keeps to the rate passes, however long it takes", "[limits]") {
  Hop hop(with_pace("20B", "1s"));
  hop.begin("POST", "Content-Length: 200\r\n");
  for (int i = 0; i < 20; ++i) {
    hop.client.send("0123456789");
    CHECK(hop.client.silent_for(75ms));
  }
  hop.server.read_exactly(200);
  hop.server.send(ok);
  CHECK(read_response(hop.client).body == "ok");
}

TEST_CASE("body: what frames it is no body, and may not trickle in for ever", "[limits]") {
  const auto* begin = GENERATE("0\r\nX", "5;x");
  const auto* expect = GENERATE("", "Expect: 100-continue\r\n");
  CAPTURE(begin, expect);
  Hop hop(with_pace("1KiB", "300ms"));
  hop.begin("POST", "Transfer-Encoding: chunked\r\n" + std::string(expect));
  hop.client.send(begin);
  CHECK(trickle(hop.client, "x"));  // and not when it falls silent
  CHECK(read_response(hop.client).status() == 408);
}

TEST_CASE("body: a slow one ends its answer, though the client takes none of it", "[limits]") {
  Hop hop(with_pace("1MiB", "1s"));
  hop.begin("POST", "Content-Length: 10\r\n");
  hop.client.send("abc");
  hop.server.send("HTTP/1.1 200 OK\r\nContent-Length: 67108864\r\n\r\n");
  hop.server.send_until_blocked(64UL << 20);
  const auto line = hop.proxy.log(1).at(0);
  CHECK(line["closer"] == "body_idle");
  CHECK(line["dur_ms"] < 10000);
}

TEST_CASE("body: one that stops when its answer is out does not cut that off", "[limits]") {
  const std::size_t bytes = 60'000;
  Hop hop(with_pace("1MiB", "1s"), {.client = 4096});
  hop.begin("POST", "Content-Length: 10\r\n");
  hop.client.send("abc");
  hop.server.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n" +
                  pattern(1, 0, bytes));
  CHECK(hop.server.read_exactly(3) == "abc");
  std::this_thread::sleep_for(1200ms);
  hop.client.send("d");  // too late; a connection that is closed by now answers with a reset
  std::this_thread::sleep_for(100ms);
  hop.client.read_head();
  CHECK(hop.client.read_exactly(bytes) == pattern(1, 0, bytes));
}

TEST_CASE("body: one that is too slow is cut though it never stands still", "[limits]") {
  Hop hop(with_pace("1000B", "200ms"));
  const auto begun = std::chrono::steady_clock::now();
  hop.begin("POST", "Content-Length: 100000\r\n");
  int pieces = 0;
  while (pieces < 40 && hop.client.silent_for(50ms)) {  // 200 bytes a second
    hop.client.send("0123456789");
    ++pieces;
  }
  CHECK(std::chrono::steady_clock::now() - begun >= 180ms);
  CHECK(pieces < 40);
  CHECK(read_response(hop.client).status() == 408);
}

TEST_CASE("body: without a floor it may come as slowly as it likes", "[limits]") {
  Hop hop(with_pace("0B", "50ms"));
  hop.begin("POST", "Content-Length: 4\r\n");
  for (int i = 0; i < 4; ++i) {
    CHECK(hop.client.silent_for(100ms));
    hop.client.send("a");
  }
  CHECK(hop.server.read_exactly(4) == "aaaa");
  hop.server.send(ok);
  CHECK(read_response(hop.client).body == "ok");
}

TEST_CASE("body: an upload that waits for a slow origin is never cut", "[limits]") {
  const std::size_t bytes = 8UL << 20;
  const auto body = pattern(1, 0, bytes);  // made before, since a slow client is not meant
  Hop hop(with_pace("1GiB", "1s"), {.origin = 4096});
  hop.begin("POST", "Content-Length: " + std::to_string(bytes) + "\r\n");
  const auto sending = std::async(std::launch::async, [&] { hop.client.send(body); });
  CHECK(hop.client.silent_for(2500ms));  // the origin takes nothing all that time
  CHECK(hop.server.read_exactly(bytes) == body);
  hop.server.send(ok);
  CHECK(read_response(hop.client).body == "ok");
}

TEST_CASE("body: a client that waits for 100 (Continue) waits for the origin", "[limits]") {
  Hop hop(with_pace("1GiB", "1s"));
  hop.begin("POST", "Content-Length: 3\r\nExpect: 100-continue\r\n");
  CHECK(hop.client.silent_for(1500ms));
  hop.server.send("HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(hop.client.read_head().starts_with("HTTP/1.1 100 "));
  hop.client.send("abc");
  CHECK(hop.server.read_exactly(3) == "abc");
  hop.server.send(ok);
  CHECK(read_response(hop.client).body == "ok");
}

TEST_CASE("body: an answer may take its time, and so may each event of a stream", "[limits]") {
  Hop hop(with_pace("1GiB", "50ms"));
  hop.client.send("POST http://" + hop.origin.authority() +
                  "/ HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
  hop.server = hop.origin.accept();
  CHECK(hop.server.read_head().starts_with("POST / "));
  CHECK(hop.server.read_exactly(3) == "abc");
  CHECK(hop.client.silent_for(300ms));
  hop.server.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  hop.client.read_head();
  for (int i = 0; i < 5; ++i) {
    CHECK(hop.client.silent_for(100ms));
    hop.server.send("1\r\na\r\n");
    CHECK(hop.client.read_until("1\r\na\r\n") == "1\r\na\r\n");
  }
}

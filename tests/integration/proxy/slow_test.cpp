// SPDX-License-Identifier: Apache-2.0
// Slow is not silent: as long as bytes move, however few, no limit on silence strikes.
#include <future>
#include <thread>

#include <catch2/catch.hpp>

#include "support/hop.hpp"
#include "support/pattern.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

const std::string impatient = with_timeouts("body_idle = \"1s\"\nresponse_head = \"1s\"\n");

constexpr const char* ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
constexpr int small_buffer = 4096;

std::string length(std::size_t bytes) {
  return "Content-Length: " + std::to_string(bytes) + "\r\n";
}

/// Reads a stream a little at a time. "" when it was what it should be.
std::string sip(Peer& peer, std::uint64_t seed, std::size_t bytes) {
  constexpr std::size_t sip_bytes = 16UL * 1024;
  for (std::size_t at = 0; at < bytes; at += sip_bytes) {
    if (peer.read_exactly(sip_bytes) != pattern(seed, at, sip_bytes)) return "differs";
    std::this_thread::sleep_for(10ms);
  }
  return "";
}

}  // namespace

TEST_CASE("slow: an upload to a slow origin is never cut", "[slow]") {
  // Some of it fits into the system's buffers, some does not.
  const std::size_t bytes = GENERATE(2UL << 20, 6UL << 20);
  CAPTURE(bytes);
  Hop hop(impatient, {.origin = small_buffer});
  hop.begin("POST", length(bytes));
  const auto sending = send_pattern(hop.client, 1, bytes);
  CHECK(sip(hop.server, 1, bytes) == "");
  hop.server.send(ok);
  CHECK(read_response(hop.client).body == "ok");
}

TEST_CASE("slow: a download to a slow client is never cut", "[slow]") {
  const std::size_t bytes = 6UL << 20;
  Hop hop(impatient, {.client = small_buffer});
  hop.begin("GET");
  hop.server.send("HTTP/1.1 200 OK\r\n" + length(bytes) + "\r\n");
  const auto sending = send_pattern(hop.server, 2, bytes);
  hop.client.read_head();
  CHECK(sip(hop.client, 2, bytes) == "");
}

TEST_CASE("slow: an answer that has begun is not cut while the request goes up slowly", "[slow]") {
  const std::size_t bytes = 6UL << 20;
  Hop hop(impatient, {.origin = small_buffer});
  hop.begin("POST", length(bytes));
  hop.server.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
  hop.client.read_until("hello");
  const auto sending = send_pattern(hop.client, 1, bytes);
  CHECK(sip(hop.server, 1, bytes) == "");
  hop.server.send("again");
  CHECK(hop.client.read_exactly(5) == "again");
}

TEST_CASE("slow: a download is not cut because its request stands still", "[slow]") {
  const std::size_t bytes = 6UL << 20;
  Hop hop(impatient, {.client = small_buffer});
  hop.begin("POST", "Expect: 100-continue\r\n" + length(3));
  hop.server.send("HTTP/1.1 200 OK\r\n" + length(bytes) + "\r\n");
  const auto sending = send_pattern(hop.server, 2, bytes);
  hop.client.read_head();
  CHECK(sip(hop.client, 2, bytes) == "");
}

TEST_CASE("slow: a client's time for interim answers is not the origin's", "[slow]") {
  std::string hints;  // more than the system takes
  for (int i = 0; i < 4000; ++i) {
    hints += "HTTP/1.1 103 Early Hints\r\nLink: <" + std::string(4000, 'a') + ">\r\n\r\n";
  }
  // What the proxy itself needs for megabytes of them counts as the origin's, and it is busy here.
  // A small buffer that was full for long would be probed once in seconds.
  Hop hop(with_timeouts("response_head = \"3s\"\n"));
  hop.begin("GET");
  const auto sending = std::async(std::launch::async, [&] { hop.server.send(hints + ok); });
  std::this_thread::sleep_for(4s);
  CHECK_THAT(hop.client.read_until("HTTP/1.1 200 OK\r\n"), !Catch::Contains("HTTP/1.1 504"));
}

TEST_CASE("slow: an origin without a limit leaves a waiting client with its own", "[slow]") {
  Hop hop(with_timeouts("body_idle = \"300ms\"\nresponse_head = \"off\"\n"));
  hop.begin("POST", "Expect: 100-continue\r\nContent-Length: 3\r\n");
  CHECK(read_response(hop.client).status() == 408);
}

TEST_CASE("slow: an origin that lets a client wait for 100 (Continue) has its own time", "[slow]") {
  Hop hop(with_timeouts("body_idle = \"700ms\"\nresponse_head = \"2500ms\"\n"));
  hop.begin("POST", "Expect: 100-continue\r\nContent-Length: 3\r\n");
  CHECK(hop.client.silent_for(1200ms));
  SECTION("in time") {
    hop.server.send("HTTP/1.1 100 Continue\r\n\r\n");
    hop.client.read_head();
    hop.client.send("abc");
    CHECK(hop.server.read_exactly(3) == "abc");
    hop.server.send(ok);
    CHECK(read_response(hop.client).body == "ok");
  }
  SECTION("in time, and then it is the client's") {
    hop.server.send("HTTP/1.1 100 Continue\r\n\r\n");
    hop.client.read_head();
    CHECK(read_response(hop.client).status() == 408);
  }
  SECTION("too late") {
    CHECK(read_response(hop.client).status() == 504);
  }
}

TEST_CASE("slow: an origin that takes nothing for a while is waited for", "[slow]") {
  const std::size_t bytes = 16UL << 20;
  Hop hop(with_timeouts("body_idle = \"500ms\"\n"));
  hop.begin("POST", length(bytes));
  const auto sending = send_pattern(hop.client, 1, bytes);
  CHECK(hop.client.silent_for(1s));
  CHECK(hop.server.read_exactly(bytes) == pattern(1, 0, bytes));
  hop.server.send(ok);
  CHECK(read_response(hop.client).body == "ok");
}

TEST_CASE("slow: who takes nothing at all is not waited for", "[slow]") {
  const std::size_t bytes = 64UL << 20;
  Hop hop(with_timeouts("body_idle = \"300ms\"\nresponse_head = \"500ms\"\n"),
          {.origin = small_buffer});
  hop.begin("POST", length(bytes));
  hop.client.send_until_blocked(bytes);
  const auto response = read_response(hop.client);
  CHECK(response.status() == 504);
  CHECK(response.field("Proxy-Status").contains("error=http_response_timeout"));
}

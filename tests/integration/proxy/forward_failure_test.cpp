// SPDX-License-Identifier: Apache-2.0
// The plain HTTP hop when a side fails, or is too slow.
#include <catch2/catch.hpp>

#include "support/hop.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

/// True when the connection ended in a way that no client takes for the end of a whole answer.
bool cut_off(Peer& client) {
  return client.ends_with_reset();
}

}  // namespace

TEST_CASE("failure: an answer that is cut off is not taken for a whole one", "[failure]") {
  auto start =
      GENERATE("Content-Length: 100\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
               "Transfer-Encoding: chunked\r\n\r\n5\r\nabc");
  auto reset = GENERATE(false, true);
  CAPTURE(start, reset);
  Hop hop;
  hop.begin("GET");
  hop.server.send("HTTP/1.1 200 OK\r\n" + std::string(start));
  hop.client.read_until("abc");
  if (reset) {
    hop.server.reset();
  } else {
    hop.server.close();
  }
  CHECK(cut_off(hop.client));
  const auto line = hop.proxy.log(1).at(0);
  CHECK(line["status"] == 200);
  CHECK(line["closer"] == "origin");
  CHECK(line["error"] == "http_response_incomplete");
}

TEST_CASE("failure: an answer up to the connection's end is cut off by a reset", "[failure]") {
  Hop hop;
  hop.begin("GET");
  hop.server.send("HTTP/1.1 200 OK\r\n\r\nabc");
  hop.client.read_until("abc");
  hop.server.reset();
  CHECK(cut_off(hop.client));
}

TEST_CASE("failure: a malformed chunk of the origin cuts the answer off", "[failure]") {
  Hop hop;
  hop.begin("GET");
  hop.server.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  hop.client.read_until("abc\r\n");
  hop.server.send("XX");
  CHECK(cut_off(hop.client));
}

TEST_CASE("failure: when the first chunk that comes is malformed, nothing is passed on",
          "[failure]") {
  Hop hop;
  hop.begin("GET");
  hop.server.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcXX");
  const auto response = read_response(hop.client);
  CHECK(response.status() == 502);
  CHECK(response.field("Proxy-Status").contains("error=http_protocol_error"));
  CHECK(hop.server.ends_here());
}

TEST_CASE("failure: what is no answer is a 502", "[failure]") {
  auto [bytes, error] = GENERATE(table<std::string, const char*>({
      {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "http_protocol_error"},
      {"HTTP/1.1 999 Odd\r\n\r\n", "http_protocol_error"},
      {"HTTP/1.1 20 Odd\r\n\r\n", "http_protocol_error"},
      {"HTTP/1.1 200 OK\nContent-Length: 0\n\n", "http_protocol_error"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "http_protocol_error"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
       "http_protocol_error"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "http_protocol_error"},
      {"HTTP/1.1 200 OK\r\nName : x\r\n\r\n", "http_protocol_error"},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(70000, 'x') + "\r\n\r\n", "http_protocol_error"},
      {"HTTP/1.1 200 OK\r\nX: cut o", "connection_terminated"},
      {"", "connection_terminated"},
  }));
  CAPTURE(bytes.substr(0, 100));
  Hop hop;
  hop.begin("GET");
  hop.server.send(bytes);
  hop.server.finish();
  const auto response = read_response(hop.client);
  CHECK(response.status() == 502);
  CHECK(response.field("Proxy-Status").contains("error=" + std::string(error)));
  hop.begin("GET");  // the client's connection goes on
}

TEST_CASE("failure: a reset in place of an answer is a 502", "[failure]") {
  Hop hop;
  hop.begin("GET");
  hop.server.reset();
  CHECK(read_response(hop.client).field("Proxy-Status").contains("error=connection_terminated"));
}

TEST_CASE("failure: a client that dies in its request ends the origin's connection", "[failure]") {
  auto finish = GENERATE(true, false);
  Hop hop;
  hop.begin("POST", "Content-Length: 100\r\n");
  hop.client.send("abc");
  hop.server.read_exactly(3);
  if (finish) {
    hop.client.close();
  } else {
    hop.client.reset();
  }
  CHECK(hop.server.ends_with_reset());  // and not an end that looks whole
  CHECK(hop.proxy.log(1).at(0)["closer"] == "client");
}

TEST_CASE("failure: a client that dies while it is answered is the one that ended it",
          "[failure]") {
  Hop hop;
  SECTION("and had sent its request") {
    hop.begin("GET");
    hop.server.send("HTTP/1.1 200 OK\r\n\r\nabc");
    hop.client.read_until("abc");
    hop.client.reset();
    for (int i = 0; i < 3; ++i) {
      hop.server.silent_for(20ms);
      try {
        hop.server.send("more");
      } catch (const std::system_error&) {
        break;
      }
    }
  }
  SECTION("and still sent its request") {
    hop.begin("POST", "Content-Length: 100\r\n");
    hop.client.send("abc");
    hop.server.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    hop.client.read_until("abc");
    hop.client.reset();
  }
  hop.server.drain();
  const auto line = hop.proxy.log(1).at(0);
  CHECK(line["closer"] == "client");
  CHECK(line["error"] == "connection_terminated");
}

TEST_CASE("failure: an origin does not go on thinking for a client that has left", "[failure]") {
  Hop hop;
  hop.begin("GET");
  hop.client.reset();
  hop.server.drain();  // throws unless the connection ends
  CHECK(hop.proxy.log(1).at(0)["closer"] == "client");
}

TEST_CASE("failure: a client that only has nothing more to say gets its answer", "[failure]") {
  Hop hop;
  hop.begin("GET");
  hop.client.finish();
  CHECK(hop.server.silent_for(50ms));
  hop.server.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole");
  CHECK(read_response(hop.client).body == "whole");
  CHECK(hop.client.ends_here());
}

TEST_CASE("failure: a malformed chunk of the client is a 400, and the end", "[failure]") {
  Hop hop;
  hop.begin("POST", "Transfer-Encoding: chunked\r\n");
  hop.client.send("3\r\nabc\r\nzz\r\n");
  const auto response = read_response(hop.client);
  CHECK(response.status() == 400);
  CHECK(response.field("Connection") == "close");
  CHECK(hop.server.ends_with_reset());
  CHECK(hop.client.ends_here());
}

TEST_CASE("failure: a request head that is too slow is a 408", "[failure]") {
  Proxy proxy(with_timeouts("request_head = \"200ms\""));
  auto client = proxy.connect();
  for (const char c : std::string("GET http")) {  // its bytes do not start the time anew
    client.send({&c, 1});
    if (!client.silent_for(50ms)) break;
  }
  const auto response = read_response(client);
  CHECK(response.status() == 408);
  CHECK(response.field("Connection") == "close");
  CHECK(client.ends_here());
  CHECK(proxy.final_log().at(0)["status"] == 408);
}

TEST_CASE("failure: a head that is cut off is a 400", "[failure]") {
  const Proxy proxy;
  auto client = proxy.connect();
  client.send("GET http://a.test/ HTTP/1.1\r\nHost: a");
  client.finish();
  CHECK(read_response(client).status() == 400);
  CHECK(client.ends_here());
}

TEST_CASE("failure: an origin that does not answer is a 504", "[failure]") {
  Hop hop(with_timeouts("response_head = \"200ms\""));
  hop.begin("GET");
  const auto response = read_response(hop.client);
  CHECK(response.status() == 504);
  CHECK(response.field("Proxy-Status").contains("error=http_response_timeout"));
  hop.server.drain();
  hop.begin("GET");
}

TEST_CASE("failure: a response body that stands still is cut off", "[failure]") {
  Hop hop(with_timeouts("body_idle = \"1s\""));
  hop.begin("GET");
  hop.server.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
  for (int i = 0; i < 6; ++i) {  // each byte starts the time anew
    CHECK(hop.server.silent_for(250ms));
    hop.server.send(".");
  }
  hop.client.read_until("......");
  CHECK(cut_off(hop.client));
  CHECK(hop.proxy.log(1).at(0)["closer"] == "body_idle");
}

TEST_CASE("failure: a request body that stands still is a 408", "[failure]") {
  Hop hop(with_timeouts("body_idle = \"200ms\""));
  hop.begin("POST", "Content-Length: 10\r\n");
  hop.client.send("abc");
  CHECK(read_response(hop.client).status() == 408);
  CHECK(hop.client.ends_here());
  hop.server.drain();
}

TEST_CASE("failure: behind a body that was read whole, the client's connection goes on",
          "[failure]") {
  Hop hop;
  hop.begin("POST", "Content-Length: 3\r\n");
  hop.client.send("abc");
  CHECK(hop.server.read_exactly(3) == "abc");
  hop.server.close();
  const auto response = read_response(hop.client);
  CHECK(response.status() == 502);
  CHECK(response.field("Connection") == "keep-alive");
  CHECK(hop.begin("GET").starts_with("GET "));
}

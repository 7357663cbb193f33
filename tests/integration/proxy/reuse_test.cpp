// SPDX-License-Identifier: Apache-2.0
// Connections to origins carry one exchange after another (RFC 9112 §9.3), and never more than
// that.
#include <catch2/catch.hpp>

#include "support/hop.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

std::string with_http(const std::string& lines) {
  return allow_local + ("[http]\n" + lines + "\n");
}

/// Sends a request from `client`, answers it at `server`, and reads the answer.
Response exchange(Peer& client, Peer& server, const std::string& request,
                  const std::string& answer = ok) {
  client.send(request);
  server.read_head();
  server.send(answer);
  return read_response(client);
}

/// A proxy to whose origin one connection was made, which carried one exchange.
struct Kept : Hop {
  explicit Kept(const std::string& toml = allow_local, const std::string& answer = ok) : Hop(toml) {
    begin("GET");
    server.send(answer);
    read_response(client);
  }
  std::string request(const std::string& method = "GET", const std::string& fields = "") const {
    return method + " http://" + origin.authority() + "/ HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
  }
};

/// The answer that a new connection to the origin gives to a request from `client`.
int status_by_new_connection(Kept& kept, Peer& client, const std::string& request) {
  client.send(request);
  auto another = kept.origin.accept();
  another.read_head();
  another.send(ok);
  return read_response(client).status();
}

}  // namespace

TEST_CASE("reuse: requests of one client go over one connection, which is told to stay",
          "[reuse]") {
  Hop hop;
  CHECK_THAT(hop.begin("GET"), !Catch::Contains("Connection:"));
  hop.server.send(ok);
  CHECK(read_response(hop.client).status() == 200);
  for (int i = 0; i < 3; ++i) {
    CHECK(exchange(hop.client, hop.server, get(hop.origin.authority())).body == "ok");
  }
  CHECK(hop.origin.unvisited_for(50ms));
  const auto lines = hop.proxy.final_log();
  REQUIRE(lines.size() == 4);
  CHECK_FALSE(lines[0].contains("reused"));
  CHECK(lines[3]["reused"] == true);
  CHECK(lines[3]["resolved"] == "127.0.0.1");
}

TEST_CASE("reuse: another client's request goes over the same connection", "[reuse]") {
  Kept kept("workers = 1\n" + std::string(allow_local));
  auto other = kept.proxy.connect();
  CHECK(exchange(other, kept.server, kept.request()).body == "ok");
}

TEST_CASE("reuse: what may be acted on twice is not sent over a connection that may be closing",
          "[reuse]") {
  auto [method, fields, body] = GENERATE(table<const char*, const char*, const char*>({
      {"POST", "Content-Length: 0\r\n", ""},
      {"POST", "Content-Length: 3\r\n", "abc"},
      {"PUT", "Content-Length: 3\r\n", "abc"},
      {"PATCH", "Content-Length: 0\r\n", ""},
  }));
  CAPTURE(method, fields);
  Kept kept;
  kept.client.send(kept.request(method, fields) + body);
  auto another = kept.origin.accept();
  CHECK_THAT(another.read_head(), Catch::StartsWith(method));
  another.send(ok);
  CHECK(read_response(kept.client).status() == 200);
  // It can carry the next one all the same; the newest is taken first.
  CHECK(exchange(kept.client, another, kept.request()).status() == 200);
}

TEST_CASE("reuse: a connection that the origin closed is not used", "[reuse]") {
  Kept kept;
  if (GENERATE(true, false)) {
    kept.server.finish();
  } else {
    kept.server.reset();
  }
  std::this_thread::sleep_for(20ms);
  CHECK(status_by_new_connection(kept, kept.client, kept.request()) == 200);
}

TEST_CASE("reuse: an idempotent request that met a closing connection is repeated once",
          "[reuse]") {
  const auto* method = GENERATE("GET", "PUT", "DELETE", "OPTIONS");
  Kept kept;
  kept.client.send(kept.request(method));
  kept.server.read_head();
  if (GENERATE(true, false)) {
    kept.server.close();
  } else {
    kept.server.reset();
  }
  auto another = kept.origin.accept();
  CHECK_THAT(another.read_head(), Catch::StartsWith(method));

  SECTION("and answered then") {
    another.send(ok);
    CHECK(read_response(kept.client).status() == 200);
    const auto lines = kept.proxy.final_log();
    CHECK(lines.size() == 2);
    CHECK_FALSE(lines[1].contains("reused"));
  }
  SECTION("and not a second time") {
    another.close();
    const auto response = read_response(kept.client);
    CHECK(response.status() == 502);
    CHECK_THAT(response.field("Proxy-Status"), Catch::Contains("connection_terminated"));
    CHECK(kept.origin.unvisited_for(50ms));
  }
}

TEST_CASE("reuse: an answer that began and was cut off is not asked for again", "[reuse]") {
  Kept kept;
  kept.client.send(kept.request());
  kept.server.read_head();
  kept.server.send(GENERATE("H", "HTTP/1.1 103 Early Hints\r\n\r\n"));
  std::this_thread::sleep_for(20ms);
  kept.server.close();
  CHECK_THAT(kept.client.read_until("\r\n\r\n"),
             Catch::Contains("HTTP/1.1 502") || Catch::Contains("103 Early Hints"));
  CHECK(kept.origin.unvisited_for(50ms));
}

TEST_CASE("reuse: a connection that is in doubt carries no other request", "[reuse]") {
  auto [method, answer] = GENERATE(table<const char*, const char*>({
      {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n"},
      {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok\n"},
      {"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"},
      {"GET", "HTTP/1.1 204 No Content\r\n\r\nx"},
      {"GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\nok"},
      {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nx"},
      {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"},
      {"GET", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"},
  }));
  CAPTURE(method, answer);
  Hop hop;
  hop.begin(method);
  hop.server.send(answer);
  const std::string begin = hop.client.read_head();
  if (std::string_view(method) == "GET" && begin.contains("Length: 2") &&
      !begin.contains(" 304 ")) {
    CHECK(hop.client.read_exactly(2) == "ok");
  }
  if (begin.contains("chunked")) CHECK(hop.client.read_exactly(5) == "0\r\n\r\n");
  CHECK(hop.server.ends_here());

  // The client's connection goes on, and hears nothing of what came too much.
  hop.client.send(get(hop.origin.authority()));
  auto another = hop.origin.accept();
  another.read_head();
  another.send(ok);
  CHECK(read_response(hop.client).body == "ok");
}

TEST_CASE("reuse: HTTP/1.0 with keep-alive is kept", "[reuse]") {
  Kept kept(allow_local,
            "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok");
  CHECK(exchange(kept.client, kept.server, kept.request()).status() == 200);
}

TEST_CASE("reuse: an origin that speaks unasked is left", "[reuse]") {
  Kept kept;
  kept.server.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
  CHECK(kept.server.ends_with_reset());
  CHECK(status_by_new_connection(kept, kept.client, kept.request()) == 200);
}

TEST_CASE("reuse: a connection waits for origin_idle", "[reuse]") {
  Kept kept(with_timeouts("origin_idle = \"1s\""));
  CHECK(kept.server.silent_for(200ms));
  CHECK(kept.server.ends_here());
}

TEST_CASE("reuse: with pool = 0 each exchange has a connection of its own", "[reuse]") {
  Hop hop(with_http("pool = 0"));
  CHECK_THAT(hop.begin("GET"), Catch::Contains("Connection: close\r\n"));
  hop.server.send(ok);
  CHECK(read_response(hop.client).status() == 200);
  CHECK(hop.server.ends_here());
}

TEST_CASE("reuse: the one that waits longest makes room", "[reuse]") {
  Hop hop(with_http(GENERATE("pool = 1", "pool_per_origin = 1")));
  // A POST needs a new connection, so that one client makes two.
  hop.begin("POST", "Content-Length: 0\r\n");
  hop.server.send(ok);
  read_response(hop.client);
  hop.client.send("POST http://" + hop.origin.authority() +
                  "/ HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  auto another = hop.origin.accept();
  another.read_head();
  another.send(ok);
  read_response(hop.client);
  CHECK(hop.server.ends_here());
  CHECK(another.silent_for(50ms));
}

TEST_CASE("reuse: a connection that NTLM authenticated is one client's alone", "[reuse]") {
  const auto [request_field, answer_field] = GENERATE(table<const char*, const char*>({
      {"Authorization: NTLM TlRMTVNTUAAB\r\n", ""},
      {"Authorization: negotiate abc\r\n", ""},
      {"", "WWW-Authenticate: NTLM\r\n"},
      {"", "WWW-Authenticate: Basic realm=x\r\nWWW-Authenticate: Negotiate\r\n"},
      {"", "WWW-Authenticate: Basic realm=\"a, b\", ntlm\r\n"},
  }));
  CAPTURE(request_field, answer_field);
  Hop hop("workers = 1\n" + std::string(allow_local));
  hop.begin("GET", request_field);
  hop.server.send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n" + std::string(answer_field) +
                  "\r\nno");
  CHECK(read_response(hop.client).status() == 401);

  auto other = hop.proxy.connect();
  other.send(get(hop.origin.authority()));
  auto another = hop.origin.accept();
  another.read_head();
  another.send(ok);
  CHECK(read_response(other).status() == 200);

  // The handshake needs the same connection, whatever the method.
  const auto post = "POST http://" + hop.origin.authority() +
                    "/ HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";
  CHECK(exchange(hop.client, hop.server, post).status() == 200);
  CHECK(exchange(hop.client, hop.server, post).status() == 200);
  // It ends with its client.
  hop.client.close();
  CHECK(hop.server.ends_here());
}

TEST_CASE("reuse: a connection that NTLM authenticated ends with its time, its origin or its use",
          "[reuse]") {
  Hop hop("workers = 1\n" + with_timeouts("origin_idle = \"3s\""));
  hop.begin("GET", "Authorization: NTLM TlRMTVNTUAAB\r\n");
  hop.server.send(ok);
  read_response(hop.client);
  SECTION("the time") {
    CHECK(hop.server.silent_for(500ms));
    CHECK(hop.server.ends_here());
  }
  SECTION("the origin") {
    hop.server.finish();
    CHECK_FALSE(hop.server.silent_for(2s));
    CHECK(hop.server.ends_here());
  }
  SECTION("its client turns elsewhere") {
    Origin elsewhere;
    hop.client.send(get(elsewhere.authority()));
    auto other = elsewhere.accept();
    CHECK_FALSE(hop.server.silent_for(2s));
    CHECK(hop.server.ends_here());
    other.send(ok);
    CHECK(read_response(hop.client).status() == 200);
  }
}

TEST_CASE("reuse: a connection that NTLM authenticated is not used when its origin has left",
          "[reuse]") {
  Hop hop("workers = 1\n" + std::string(allow_local));
  hop.begin("GET", "Authorization: NTLM TlRMTVNTUAAB\r\n");
  hop.server.send(ok);
  read_response(hop.client);
  hop.server.close();
  std::this_thread::sleep_for(20ms);
  hop.begin("POST", "Content-Length: 0\r\n");
  hop.server.send(ok);
  CHECK(read_response(hop.client).status() == 200);
}

// A deny rule may name an address that only the look-up finds, and hold for some clients alone.
TEST_CASE("reuse: an address that this client may not reach is not reached by another's connection",
          "[reuse]") {
  Hop hop(
      "workers = 1\n"
      "[[rule]]\nname = \"not for you\"\naction = \"deny\"\nhosts = [\"127.0.0.0/8\"]\n"
      "clients = [\"127.0.0.2\"]\n" +
          std::string(allow_local),
      "127.0.0.1 origin.test\n");
  const auto request = get("origin.test:" + std::to_string(hop.origin.port()));
  hop.client.send(request);
  auto server = hop.origin.accept();
  server.read_head();
  server.send(ok);
  CHECK(read_response(hop.client).status() == 200);

  auto denied = Peer::from("127.0.0.2", hop.proxy.endpoint());
  denied.send(request);
  CHECK(server.silent_for(50ms));
  CHECK(read_response(denied).status() == 403);
  CHECK(exchange(hop.client, server, request).status() == 200);
}

TEST_CASE("reuse: a connection that its origin ended with the answer is closed at once",
          "[reuse]") {
  Hop hop("workers = 1\n" + std::string(allow_local));
  for (int i = 0; i < 20; ++i) {
    hop.begin("POST", "Content-Length: 0\r\n");
    hop.server.send(ok);
    hop.server.finish();
    CHECK(read_response(hop.client).status() == 200);
    CHECK_FALSE(hop.server.silent_for(2s));
    CHECK(hop.server.ends_here());
  }
}

TEST_CASE("reuse: a connection that refused an upgrade carries no other request", "[reuse]") {
  Hop hop;
  hop.begin("GET",
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
  hop.server.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno");
  CHECK(read_response(hop.client).status() == 400);
  CHECK(hop.server.ends_here());
}

// CL.0: an origin that does not read the body takes it for the next request, whose answer may come
// when another request waits for one.
TEST_CASE("reuse: a connection that carried a body is one client's alone", "[reuse]") {
  const auto* body = GENERATE("Content-Length: 3\r\n\r\nabc",
                              "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  CAPTURE(body);
  Hop hop("workers = 1\n" + std::string(allow_local));
  hop.client.send("POST http://" + hop.origin.authority() + "/ HTTP/1.1\r\nHost: x\r\n" + body);
  hop.server = hop.origin.accept();
  hop.server.read_until("abc");
  hop.server.send(ok);
  CHECK(read_response(hop.client).status() == 200);

  auto other = hop.proxy.connect();
  other.send(get(hop.origin.authority()));
  auto another = hop.origin.accept();
  another.read_head();
  another.send(ok);
  CHECK(read_response(other).status() == 200);

  hop.client.send(get(hop.origin.authority()));
  CHECK_THAT(hop.server.read_until("GET / "), Catch::Contains("GET / "));
  hop.server.read_head();
  hop.server.send(ok);
  CHECK(read_response(hop.client).status() == 200);
  // But what cannot be repeated does not go over it.
  hop.client.send("POST http://" + hop.origin.authority() +
                  "/ HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  auto third = hop.origin.accept();
  CHECK_THAT(third.read_head(), Catch::StartsWith("POST"));
}

// CL.0: an origin that does not read the body takes it for the next request.
TEST_CASE("reuse: a connection on which the answer came before the request's end is left",
          "[reuse]") {
  Hop hop;
  hop.begin("POST", "Content-Length: 8\r\n");
  hop.client.send("GET ");
  CHECK(hop.server.read_exactly(4) == "GET ");
  hop.server.send(ok);
  CHECK(read_response(hop.client).body == "ok");
  hop.client.send("/bad");
  CHECK(hop.server.read_exactly(4) == "/bad");
  CHECK(hop.server.ends_here());
  CHECK(hop.begin("GET").starts_with("GET / "));
}

TEST_CASE("reuse: an early answer leaves a connection that is closed", "[reuse]") {
  Hop hop;
  hop.begin("PUT", "Content-Length: 1000\r\n");
  hop.server.send(
      "HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
  CHECK(read_response(hop.client).status() == 413);
  hop.client.finish();
  hop.server.drain();
  CHECK(hop.origin.unvisited_for(20ms));
}

TEST_CASE("reuse: a reload and the end of the proxy close what waits", "[reuse]") {
  Kept kept;
  if (GENERATE(true, false)) {
    CHECK(kept.proxy.reload(allow_local).empty());
  } else {
    kept.proxy.server().drain();
  }
  CHECK(kept.server.ends_here());
}

TEST_CASE("reuse: a request under an old configuration leaves nothing for the new one", "[reuse]") {
  Hop hop;
  hop.begin("GET");
  CHECK(hop.proxy.reload(allow_local).empty());
  hop.server.send(ok);
  CHECK(read_response(hop.client).status() == 200);
  CHECK(hop.server.ends_here());
}

TEST_CASE("reuse: what another rule allows is not shared", "[reuse]") {
  Hop hop("workers = 1\n" + std::string("[[rule]]\nname = \"first\"\naction = \"allow\"\n"
                                        "private = true\nclients = [\"127.0.0.1\"]\n"
                                        "[[rule]]\nname = \"second\"\naction = \"allow\"\n"
                                        "private = true\n"));
  hop.begin("GET");
  hop.server.send(ok);
  read_response(hop.client);
  auto other = Peer::from("127.0.0.2", hop.proxy.endpoint());
  other.send(get(hop.origin.authority()));
  auto another = hop.origin.accept();
  another.read_head();
  another.send(ok);
  CHECK(read_response(other).status() == 200);
  CHECK(hop.server.silent_for(20ms));
}

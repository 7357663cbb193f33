// SPDX-License-Identifier: Apache-2.0
// What becomes of a connection behind a 407: clients try again on the same one, where that is safe.
#include <catch2/catch.hpp>

#include "support/hop.hpp"
#include "support/users.hpp"

using namespace culvert::test;
using namespace std::chrono_literals;

namespace {

const std::string staff = allow_only("users = [\"*\"]");

/// A client of a proxy that asks everyone.
struct Asked {
  explicit Asked(const std::string& more = "") : hop(users.auth() + staff + more) {}

  std::string post(const std::string& fields, const std::string& body) {
    return "POST http://" + hop.origin.authority() + "/ HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n" +
           body;
  }
  /// One more request is answered on the same connection.
  bool serves(const std::string& fields) {
    hop.client.send(get(hop.origin.authority(), "/next", fields));
    auto server = hop.origin.accept();
    const auto head = server.read_head();
    server.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    return head.starts_with("GET /next ") && read_response(hop.client).status() == 200;
  }

  UserFiles users;
  Hop hop;
};

std::string length(std::size_t bytes) {
  return "Content-Length: " + std::to_string(bytes) + "\r\n";
}

}  // namespace

TEST_CASE("users: behind a 407 to a plain request the client tries again on the same connection",
          "[users]") {
  const auto proof = GENERATE(std::string("Basic"), std::string("MD5"), std::string("SHA-256"));
  Asked asked;
  const auto response = ask(asked.hop.client, get(asked.hop.origin.authority(), "/next"));
  CHECK(response.status() == 407);
  CHECK(response.field("Connection") == "keep-alive");
  CHECK(asked.serves(proof == "Basic" ? alice : digest(response, proof, "GET", "/next")));
}

TEST_CASE("users: a short body behind a 407 is read away, however it comes", "[users]") {
  Asked asked;
  const auto hidden = get(asked.hop.origin.authority());  // no request: it is the body
  auto& client = asked.hop.client;
  SECTION("with its head") {
    client.send(asked.post(length(hidden.size()), hidden));
    CHECK(read_response(client).status() == 407);
  }
  SECTION("in pieces, later") {
    client.send(asked.post(length(hidden.size()), ""));
    CHECK(read_response(client).status() == 407);
    client.send(hidden.substr(0, 10));
    CHECK(client.silent_for(30ms));
    client.send(hidden.substr(10));
  }
  SECTION("in chunks") {
    client.send(asked.post("Transfer-Encoding: chunked\r\n", ""));
    CHECK(read_response(client).status() == 407);
    client.send("5;x\r\n");
    CHECK(client.silent_for(30ms));
    client.send("GET h\r\n0\r\nTrailer: GET http://x/ HTTP/1.1\r\n\r\n");
  }
  SECTION("as long as may be") {
    client.send(asked.post(length(64UL * 1024), std::string(64UL * 1024, 'x')));
    CHECK(read_response(client).status() == 407);
  }
  CHECK(asked.serves(alice));
  CHECK(asked.hop.proxy.final_log().size() == 2);
}

TEST_CASE("users: a 407 and what was sent behind it are answered in their order", "[users]") {
  Asked asked;
  const auto authority = asked.hop.origin.authority();
  asked.hop.client.send(get(authority, "/1") + asked.post(length(3), "abc") +
                        get(authority, "/3", alice) + get(authority, "/4"));
  auto server = asked.hop.origin.accept();
  CHECK(server.read_head().starts_with("GET /3 "));
  server.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nthree");
  auto& client = asked.hop.client;
  CHECK(read_response(client).status() == 407);
  CHECK(read_response(client).status() == 407);
  CHECK(read_response(client).body == "three");
  CHECK(read_response(client).status() == 407);  // nobody is known by its last request
}

TEST_CASE("users: a 407 to a body that is long, or may not come, is the last answer", "[users]") {
  const auto [fields, body] = GENERATE(table<std::string, std::string>({
      {length(64UL * 1024 + 1), "begin"},
      {length(1UL << 30), "begin"},
      {"Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n", ""},
      {length(3) + "Expect: 100-continue\r\n", ""},
      {length(3) + "Connection: close\r\n", "abc"},
  }));
  CAPTURE(fields);
  Asked asked;
  auto& client = asked.hop.client;
  const auto response = ask(client, asked.post(fields, body));
  CHECK(response.status() == 407);
  CHECK(response.field("Connection") == "close");
  client.send(get(asked.hop.origin.authority(), "/", alice));
  CHECK(client.ends_here());
  CHECK(asked.hop.origin.unvisited_for(20ms));
  CHECK(asked.hop.proxy.final_log().size() == 1);
}

TEST_CASE("users: a 407 to CONNECT is the last answer, and what follows is never a request",
          "[users]") {
  const auto fields = GENERATE(values<std::string>({"", not_alice, "Connection: keep-alive\r\n"}));
  Asked asked;
  auto& client = asked.hop.client;
  const auto authority = asked.hop.origin.authority();
  const auto response = ask(client, connect_to(authority, fields) + get(authority, "/", alice));
  CHECK(response.status() == 407);
  CHECK(response.field("Connection") == "close");
  CHECK(client.ends_here());
  CHECK(asked.hop.origin.unvisited_for(20ms));
  CHECK(asked.hop.proxy.final_log().size() == 1);
}

TEST_CASE("users: HTTP/1.0 is asked too, and hears the 407 as its last answer", "[users]") {
  Asked asked;
  auto& client = asked.hop.client;
  client.send("GET http://" + asked.hop.origin.authority() + "/ HTTP/1.0\r\n\r\n");
  const auto response = read_response(client);
  CHECK(response.status() == 407);
  CHECK(response.field("Connection") == "close");
  CHECK(client.ends_here());
  auto again = asked.hop.proxy.connect();
  again.send("GET http://" + asked.hop.origin.authority() + "/ HTTP/1.0\r\n" + alice + "\r\n");
  auto server = asked.hop.origin.accept();
  CHECK(!server.read_head().contains("Proxy-Auth"));
  server.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  CHECK(again.read_to_end().ends_with("\r\n\r\nok"));
}

TEST_CASE("users: a body that is refused and does not come ends the connection", "[users]") {
  Asked asked("[timeouts]\nbody_idle = \"200ms\"\n");
  auto& client = asked.hop.client;
  CHECK(ask(client, asked.post(length(10), "12345")).status() == 407);
  CHECK(client.ends_here());
}

TEST_CASE("users: chunks that are malformed or too many end the connection behind a 407",
          "[users]") {
  const std::string data(16UL * 1024, 'x');
  const auto chunk = "4000\r\n" + data + "\r\n";
  const std::string bodies[] = {"3\r\nabcd\r\n0\r\n\r\n", chunk + chunk + chunk + chunk + chunk};
  const auto& body = bodies[GENERATE(0U, 1U)];
  Asked asked;
  auto& client = asked.hop.client;
  CHECK(ask(client, asked.post("Transfer-Encoding: chunked\r\n", body)).status() == 407);
  client.send(get(asked.hop.origin.authority(), "/", alice));
  CHECK(client.ends_here());
  CHECK(asked.hop.origin.unvisited_for(20ms));
}

TEST_CASE("users: a 407 to HEAD has no body, and the client tries again", "[users]") {
  Asked asked;
  asked.hop.client.send("HEAD http://" + asked.hop.origin.authority() +
                        "/ HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(asked.hop.client.read_head().contains("\r\nProxy-Authenticate: Basic "));
  CHECK(asked.serves(alice));
}

// SPDX-License-Identifier: Apache-2.0
// Exchanges: handshakes, true and false. Only a 101 that answers one makes a tunnel.
#include <catch2/catch.hpp>

#include "support/script.hpp"

using namespace culvert::test;

namespace {

using enum Do;

const std::string get = "GET http://{origin}/chat HTTP/1.1";
const std::string get_arrives = "GET /chat HTTP/1.1";
const std::string none = "Content-Length: 0\r\n";
// The example of RFC 6455 §1.3.
const std::string key =
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const std::string hop_fields = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
const std::string accept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
const std::string handshake = asks(get, hop_fields + key);
const std::string handshake_arrives = arrived(get_arrives, key, "", {.upgrade = true});
const std::string switched = "101 Switching Protocols";
const std::string denied = "GET http://denied.test/ HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string smuggled = asks("GET http://{origin}/again HTTP/1.1");

/// The 101 as the client gets it.
std::string got_switched(const std::string& fields, const std::string& frames) {
  return "HTTP/1.1 101 Switching Protocols\r\n" + fields +
         "Via: 1.1 here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n" + frames;
}

/// A handshake, what is glued behind it, and what follows.
Row shakes_hands(const std::string& says, const std::string& glued, std::vector<Step> steps) {
  steps.insert(steps.begin(),
               {{client_sends, handshake + glued}, {origin_gets, handshake_arrives}, {quiet}});
  return {.says = says, .steps = std::move(steps)};
}

}  // namespace

TEST_CASE("exchange: a handshake that is answered makes a tunnel, with what is glued to it",
          "[exchange]") {
  auto row = shakes_hands("101", denied,
                          {{origin_sends, answers(switched, hop_fields + accept, "frame;")},
                           {client_gets, got_switched(accept, "frame;")},
                           {origin_gets, denied},  // now these are no requests
                           {client_sends, denied},
                           {origin_gets, denied},
                           {origin_sends, answers("200 OK", none)},
                           {client_gets, answers("200 OK", none)},
                           {client_finishes},
                           {origin_closes}});
  row.client = Client::closed;
  row.upstream = Upstream::closed;
  CHECK_NOTHROW(play(row));
}

TEST_CASE("exchange: interim answers come before the 101", "[exchange]") {
  auto row = shakes_hands(
      "100, 103, 101", "",
      {{origin_sends, answers("100 Continue") + answers("103 Early Hints", "Link: <a>\r\n")},
       {client_gets, got("100 Continue") + got("103 Early Hints", "Link: <a>\r\n")},
       {quiet},
       {origin_sends,
        answers("103 Early Hints") + answers(switched, accept + hop_fields, "frame;")},
       {client_gets, got("103 Early Hints") + got_switched(accept, "frame;")},
       {client_finishes},
       {origin_closes}});
  row.client = Client::closed;
  row.upstream = Upstream::closed;
  CHECK_NOTHROW(play(row));
}

// The attack: a proxy that believes in the upgrade tunnels what follows, past its policy.
TEST_CASE("exchange: an upgrade that is not accepted leaves a connection of requests",
          "[exchange]") {
  const std::string status =
      GENERATE("426 Upgrade Required", "400 Bad Request", "200 OK", "401 Unauthorized", "503 Busy");
  CAPTURE(status);
  const std::string fields = "Upgrade: websocket\r\nConnection: Upgrade\r\n" + accept;
  const std::string length = "Content-Length: 4\r\n";
  // A 426 must say to what (RFC 9110 §15.5.22): a hint, and no switch.
  auto refusal = got(status, accept + length, "nope");
  if (status.starts_with("426")) {
    refusal.insert(refusal.find("\r\n\r\n") + 2, "Upgrade: websocket\r\nConnection: Upgrade\r\n");
  }
  CHECK_NOTHROW(play(shakes_hands("glued", denied + smuggled,
                                  {{origin_sends, answers(status, fields + length, "nope")},
                                   {client_gets, refusal},
                                   {client_gets_page, "403 http_request_denied"},
                                   {origin_gets, arrived("GET /again HTTP/1.1")},
                                   {origin_sends, answers("204 No Content")},
                                   {client_gets, got("204 No Content")}})));
  CHECK_NOTHROW(play(shakes_hands("later", "",
                                  {{origin_sends, answers(status, fields + length, "nope")},
                                   {client_gets, refusal},
                                   {client_sends, denied},
                                   {client_gets_page, "403 http_request_denied"}})));
}

TEST_CASE("exchange: an upgrade that is not accepted may be answered in any framing",
          "[exchange]") {
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  CHECK_NOTHROW(play(shakes_hands("chunks", denied,
                                  {{origin_sends, answers("426 No", chunked, "0\r\n\r\n")},
                                   {client_gets, got("426 No", chunked, "0\r\n\r\n")},
                                   {client_gets_page, "403 http_request_denied"}})));
  auto row = shakes_hands("until the end", denied,
                          {{origin_sends, answers("426 No", "", "abc")},
                           {origin_closes},
                           {client_gets, got("426 No", "", "abc", "close")}});
  row.client = Client::closed;
  row.upstream = Upstream::closed;
  CHECK_NOTHROW(play(row));
}

TEST_CASE("exchange: frames behind a refused upgrade are no request", "[exchange]") {
  auto row = shakes_hands("frames", "\x81\x85\x01\x02\x03\x04hello",
                          {{origin_sends, answers("426 No", none)},
                           {client_gets, got("426 No", none)},
                           {client_gets_page, "400 http_request_error"}});
  row.client = Client::closed;
  row.upstream = Upstream::closed;
  CHECK_NOTHROW(play(row));
}

TEST_CASE("exchange: a 101 that does not answer the handshake is a 502", "[exchange]") {
  const std::string fields = GENERATE_COPY(values<std::string>({
      "",
      hop_fields,
      accept,
      "Connection: Upgrade\r\n" + accept,
      "Upgrade: websocket\r\n" + accept,
      "Connection: Upgrade\r\nUpgrade: h2c\r\n" + accept,
      "Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n" + accept,
      "Connection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: websocket\r\n" + accept,
      "Connection: keep-alive\r\nUpgrade: websocket\r\n" + accept,
      hop_fields + accept + accept,
      hop_fields + "Sec-WebSocket-Accept: S3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
      hop_fields + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo\r\n",
      hop_fields + "Sec-WebSocket-Accept: dGhlIHNhbXBsZSBub25jZQ==\r\n",
      hop_fields + "Sec-WebSocket-Accept:\r\n",
  }));
  CAPTURE(fields);
  auto row = shakes_hands("101", denied + smuggled,
                          {{origin_sends, answers(switched, fields, "frame;")},
                           {client_gets_page, "502 http_upgrade_failed"},
                           {origin_is_left},
                           {client_gets_page, "403 http_request_denied"},
                           {origin_gets, arrived("GET /again HTTP/1.1")},
                           {origin_sends, answers("204 No Content")},
                           {client_gets, got("204 No Content")}});
  CHECK_NOTHROW(play(row));
}

TEST_CASE("exchange: a 101 that nobody asked for is a 502", "[exchange]") {
  auto [fields, arrives] = GENERATE_COPY(table<std::string, std::string>({
      {"", ""},
      {"Upgrade: websocket\r\n" + key, key},  // not named by Connection
      {"Connection: Upgrade\r\nUpgrade: h2c\r\n", ""},
      {"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n", ""},
      {"Connection: Upgrade\r\n" + key, key},
      {"Connection: Upgrade\r\nUpgrade: TLS/1.2\r\n", ""},
  }));
  CAPTURE(fields);
  CHECK_NOTHROW(play({.says = fields,
                      .steps = {{client_sends, asks(get, fields) + denied},
                                {origin_gets, arrived(get_arrives, arrives)},
                                {origin_sends, answers(switched, hop_fields + accept, "frame;")},
                                {client_gets_page, "502 http_upgrade_failed"},
                                {client_gets_page, "403 http_request_denied"}},
                      .upstream = Upstream::closed}));
}

TEST_CASE("exchange: an upgrade by another method is none", "[exchange]") {
  CHECK_NOTHROW(
      play({.says = "POST",
            .steps = {{client_sends, asks("POST http://{origin}/chat HTTP/1.1", hop_fields + key)},
                      {origin_gets, arrived("POST /chat HTTP/1.1", key)},
                      {origin_sends, answers(switched, hop_fields + accept)},
                      {client_gets_page, "502 http_upgrade_failed"}},
            .upstream = Upstream::closed}));
}

TEST_CASE("exchange: an upgrade with a body, or without its one key, is refused", "[exchange]") {
  const std::string fields = GENERATE_COPY(values<std::string>({
      key + "Content-Length: 1\r\n",
      key + "Transfer-Encoding: chunked\r\n",
      "",
      key + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
      "Sec-WebSocket-Key: short\r\n",
      "Sec-WebSocket-Key:\r\n",
  }));
  CAPTURE(fields);
  CHECK_NOTHROW(play({.says = fields,
                      .steps = {{client_sends, asks(get, hop_fields + fields, denied)},
                                {client_gets_page, "400 http_request_error"}},
                      .client = Client::closed,
                      .upstream = Upstream::never}));
}

// SPDX-License-Identifier: Apache-2.0
#include <culvert/error.hpp>
#include <culvert/http1/hop.hpp>

#include "unit/http1/heads.hpp"

using namespace culvert;
using namespace culvert::http1;

namespace {

constexpr std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view good_key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view good_accept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

Result<Upgrade> upgrade_of(std::initializer_list<std::string_view> all) {
  const std::string text = lines(all);
  return read_upgrade(request(text));
}

Result<void> verified(std::initializer_list<std::string_view> all) {
  const std::string text = lines(all);
  return verify_upgrade(response(text), key);
}

}  // namespace

TEST_CASE("upgrade: a WebSocket handshake is seen in its spellings", "[http1]") {
  auto [connection, upgrade] = GENERATE(table<const char*, const char*>({
      {"Connection: Upgrade", "Upgrade: websocket"},
      {"connection: upgrade", "upgrade: WebSocket"},
      {"Connection: keep-alive, Upgrade", "Upgrade: websocket"},
      {"Connection: keep-alive\r\nConnection: Upgrade", "Upgrade: websocket"},
      {"Connection: Upgrade", "Upgrade: h2c, websocket"},
      {"Connection: Upgrade", "Upgrade: h2c\r\nUpgrade: websocket"},
  }));
  CAPTURE(connection, upgrade);
  CHECK(upgrade_of({"GET / HTTP/1.1", connection, upgrade, good_key}) == Upgrade::websocket);
}

TEST_CASE("upgrade: anything less is ordinary HTTP", "[http1]") {
  auto [line, connection, upgrade] = GENERATE(table<const char*, const char*, const char*>({
      {"GET / HTTP/1.1", "A: b", "Upgrade: websocket"},
      {"GET / HTTP/1.1", "Connection: keep-alive", "Upgrade: websocket"},
      {"GET / HTTP/1.1", "Proxy-Connection: Upgrade", "Upgrade: websocket"},
      {"GET / HTTP/1.1", "Connection: Upgrade", "A: b"},
      {"GET / HTTP/1.1", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c"},
      {"GET / HTTP/1.1", "Connection: Upgrade", "Upgrade: websockets"},
      {"GET / HTTP/1.1", "Connection: Upgrade", "Upgrade: websocket/13"},
      {"GET / HTTP/1.0", "Connection: Upgrade", "Upgrade: websocket"},
      {"POST / HTTP/1.1", "Connection: Upgrade", "Upgrade: websocket"},
      {"get / HTTP/1.1", "Connection: Upgrade", "Upgrade: websocket"},
  }));
  CAPTURE(line, connection, upgrade);
  CHECK(upgrade_of({line, connection, upgrade, good_key}) == Upgrade::none);
  CHECK(upgrade_of({line, connection, upgrade}) == Upgrade::none);  // so its key is not asked for
}

TEST_CASE("upgrade: a handshake with a body, or without one good key, is refused", "[http1]") {
  auto [field, flaw] = GENERATE(table<std::string, Flaw>({
      {"A: no key", Flaw::bad_upgrade},
      {"Sec-WebSocket-Key:", Flaw::bad_upgrade},
      {"Sec-WebSocket-Key: short==", Flaw::bad_upgrade},
      {"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ", Flaw::bad_upgrade},
      {std::string(good_key) + "\r\n" + std::string(good_key), Flaw::bad_upgrade},
      {std::string(good_key) + "\r\nContent-Length: 1", Flaw::bad_upgrade},
      {std::string(good_key) + "\r\nTransfer-Encoding: chunked", Flaw::bad_upgrade},
      {std::string(good_key) + "\r\nContent-Length: x", Flaw::bad_content_length},
  }));
  CAPTURE(field);
  CHECK(error_of(upgrade_of(
            {"GET / HTTP/1.1", "Connection: Upgrade", "Upgrade: websocket", field})) == flaw);
}

TEST_CASE("upgrade: Content-Length 0 is no body", "[http1]") {
  CHECK(upgrade_of({"GET / HTTP/1.1", "Connection: Upgrade", "Content-Length: 0",
                    "Upgrade: websocket", good_key}) == Upgrade::websocket);
}

TEST_CASE("upgrade: a 101 that answers is verified", "[http1]") {
  CHECK(verified({"HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
                  good_accept}));
  CHECK(verified({"HTTP/1.1 101", "upgrade: WebSocket", "connection: x, upgrade", good_accept}));
}

TEST_CASE("upgrade: any other answer is not one", "[http1]") {
  auto [line, upgrade, connection, accept] =
      GENERATE(table<const char*, const char*, const char*, std::string>({
          {"HTTP/1.1 200 OK", "Upgrade: websocket", "Connection: Upgrade", "A: b"},
          {"HTTP/1.0 101 S", "Upgrade: websocket", "Connection: Upgrade", "A: b"},
          {"HTTP/1.1 101 S", "Upgrade: h2c", "Connection: Upgrade", "A: b"},
          {"HTTP/1.1 101 S", "Upgrade: websocket, h2c", "Connection: Upgrade", "A: b"},
          {"HTTP/1.1 101 S", "Upgrade: websocket\r\nUpgrade: h2c", "Connection: Upgrade", "A: b"},
          {"HTTP/1.1 101 S", "X: y", "Connection: Upgrade", "A: b"},
          {"HTTP/1.1 101 S", "Upgrade: websocket", "Connection: close", "A: b"},
          {"HTTP/1.1 101 S", "Upgrade: websocket", "X: y", "A: b"},
          {"HTTP/1.1 101 S", "Upgrade: websocket", "Connection: Upgrade", std::string(good_accept)},
      }));
  CAPTURE(line, upgrade, connection);
  CHECK(error_of(verified({line, upgrade, connection, good_accept, accept})) ==
        Errc::http_upgrade_failed);
}

TEST_CASE("upgrade: the accept must be that of the key", "[http1]") {
  const auto* accept =
      GENERATE("A: b", "Sec-WebSocket-Accept:", "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo",
               "Sec-WebSocket-Accept: S3PPLMBITXAQ9KYGZZHZRBK+XOO=",
               "Sec-WebSocket-Accept: HSmrc0sMlYUkAGmm5OPpG2HaGWk=");
  CAPTURE(accept);
  CHECK(error_of(verified({"HTTP/1.1 101 S", "Upgrade: websocket", "Connection: Upgrade",
                           accept})) == Errc::http_upgrade_failed);
}

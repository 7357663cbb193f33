// SPDX-License-Identifier: Apache-2.0
#include "app/asked.hpp"

#include <catch2/catch.hpp>

using namespace culvert;
using app::read_asked;
using Catch::Contains;
using policy::Scheme;

TEST_CASE("asked: a URL or a host and port is a request", "[asked]") {
  auto [text, method, target, scheme, by] =
      GENERATE(table<const char*, const char*, const char*, Scheme, const char*>({
          {"example.com:443", "", "example.com:443", Scheme::connect, "CONNECT"},
          {"EXAMPLE.com.:80", "CONNECT", "example.com:80", Scheme::connect, "CONNECT"},
          {"[::1]:8443", "", "[::1]:8443", Scheme::connect, "CONNECT"},
          {"http://example.com", "", "example.com:80", Scheme::http, "GET"},
          {"HTTPS://example.com/a?b#c", "", "example.com:443", Scheme::https, "GET"},
          {"http://example.com:8080/", "POST", "example.com:8080", Scheme::http, "POST"},
          {"ws://example.com?x=http://other/", "", "example.com:80", Scheme::ws, "GET"},
          {"wss://[2001:db8::1]/chat", "", "[2001:db8::1]:443", Scheme::wss, "GET"},
          {"https://example.com/", "CONNECT", "example.com:443", Scheme::connect, "CONNECT"},
          {"http://0x7f.1/", "", "127.0.0.1:80", Scheme::http, "GET"},
      }));
  CAPTURE(text);
  const auto read = read_asked(text, method);
  REQUIRE(read);
  CHECK(read->target.text() == target);
  CHECK(read->scheme == scheme);
  CHECK(read->method == by);
}

TEST_CASE("asked: the path of a URL is kept as it was written, but for the fragment", "[asked]") {
  auto [text, path, shown] = GENERATE(table<const char*, const char*, const char*>({
      {"ws://example.com/chat", "/chat", "/chat"},
      {"wss://example.com:8443/Chat/../a%2Fb?token=1", "/Chat/../a%2Fb?token=1", "/Chat/../a%2Fb"},
      {"ws://[::1]:80/chat#part?x", "/chat", "/chat"},
      {"ws://example.com?x#y", "?x", "/"},
      {"ws://example.com#y", "", "/"},
      {"ws://example.com", "", "/"},
  }));
  CAPTURE(text);
  const auto read = read_asked(text, "");
  REQUIRE(read);
  CHECK(read->path == path);
  CHECK(app::path_of(*read) == shown);
  CHECK(read->is_websocket());
}

TEST_CASE("asked: only a ws or wss URL is a WebSocket's", "[asked]") {
  CHECK(!read_asked("http://example.com/", "")->is_websocket());
  CHECK(!read_asked("https://example.com/", "")->is_websocket());
  CHECK(!read_asked("example.com:80", "")->is_websocket());
  CHECK(!read_asked("ws://example.com/", "CONNECT")->is_websocket());
}

TEST_CASE("asked: a name as people write it is told beside the one that rules see", "[asked]") {
  auto [text, target, written] = GENERATE(table<const char*, const char*, const char*>({
      {"b\u00fccher.example:443", "xn--bcher-kva.example:443", "b\u00fccher.example"},
      {"https://B\u00dcCHER.example/", "xn--bcher-kva.example:443", "B\u00dcCHER.example"},
      {"example.com:443", "example.com:443", ""},
  }));
  CAPTURE(text);
  const auto read = read_asked(text, "");
  REQUIRE(read);
  CHECK(read->target.text() == target);
  CHECK(read->written_host == written);
}

TEST_CASE("asked: what is none is told, with what would be right", "[asked]") {
  auto [text, method, said] = GENERATE(table<const char*, const char*, const char*>({
      {"example.com", "", "example.com has no port; write example.com:443 or https://example"},
      {"ftp://example.com/", "", "http, https, ws or wss"},
      {"http://alice:secret@example.com/", "", "user"},
      {"example.com:443", "GET", "for GET write a URL"},
      {"example.com:0", "", "example.com:0: "},
      {"exa mple.com:443", "", "exa mple.com:443: "},
      {"http:///path", "", ": "},
      {"\u2603.example:443", "", ".example:443: "},
      {"", "", ": "},
  }));
  CAPTURE(text);
  const auto read = read_asked(text, method);
  REQUIRE(!read);
  CHECK_THAT(read.error(), Contains(said));
}

// SPDX-License-Identifier: Apache-2.0
#include "inspect/first_bytes.hpp"

#include "inspect/alert.hpp"
#include "unit/inspect/hellos.hpp"

using namespace culvert;
using namespace culvert::inspect;
using namespace std::string_literals;

namespace {

constexpr http1::HeadLimits small{.head_bytes = 64, .target_bytes = 8, .fields = 2};

const std::string request = "GET /chat HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\n\r\n";

struct Told {
  std::optional<Speech> speech;
  std::size_t bytes = 0;  ///< that were there by then
};

/// Gives bytes piece by piece until there is an answer.
Told tell(std::string_view text, std::size_t piece, const http1::HeadLimits& limits = {}) {
  FirstBytes first(limits);
  for (auto have = std::min(piece, text.size());; have = std::min(have + piece, text.size())) {
    auto speech = first.read(text.substr(0, have));
    if (speech || have == text.size()) return {.speech = std::move(speech), .bytes = have};
  }
}

/// What it is if it is neither TLS nor HTTP.
std::string detail_of(const std::string& text, const http1::HeadLimits& limits = {}) {
  const auto told = tell(text, text.size(), limits);
  INFO(text);
  REQUIRE(told.speech);
  REQUIRE(std::holds_alternative<OtherSpeech>(*told.speech));
  return std::get<OtherSpeech>(*told.speech).detail;
}

}  // namespace

TEST_CASE("first bytes: TLS is told with its hello", "[inspect]") {
  const auto bytes = recorded("chromium");
  const auto told = tell(bytes + "more", 100);
  REQUIRE(told.speech);
  REQUIRE(std::holds_alternative<ClientHello>(*told.speech));
  CHECK(std::get<ClientHello>(*told.speech).server_name == "www.example.com");
}

TEST_CASE("first bytes: an HTTP request is told with the length of its head", "[inspect]") {
  const auto text = GENERATE(
      std::string(request), "GET / HTTP/1.0\r\n\r\n"s, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"s,
      "GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n"s,
      "M-SEARCH /x HTTP/1.1\r\nHost: a\r\n\r\n"s, "PRI /x HTTP/1.1\r\nHost: a\r\n\r\n"s,
      "S / HTTP/1.1\r\nHost: a\r\n\r\n"s, "POST /a?b HTTP/1.1\r\nHost: a\r\n\r\n"s);
  CAPTURE(text);
  CHECK(tell(text + "body", 1000).speech == Speech(HttpRequest{.head_bytes = text.size()}));
  const auto byte_by_byte = tell(text + "body", 1);
  CHECK(byte_by_byte.speech == Speech(HttpRequest{.head_bytes = text.size()}));
  CHECK(byte_by_byte.bytes == text.size());
}

TEST_CASE("first bytes: what else is known is told by name, at once", "[inspect]") {
  auto [text, detail, bytes] = GENERATE(table<std::string, std::string, std::size_t>({
      {"SSH-2.0-OpenSSH_9.2\r\n", "SSH", 4},
      {"EHLO client.example\r\n", "SMTP", 5},
      {"helo client.example\r\n", "SMTP", 5},
      {"\x13" + "BitTorrent protocol\0\0"s, "BitTorrent", 20},
      {"\x05\x01\x00"s, "SOCKS", 1},
      {"\x04\x01\x01\xbb"s, "SOCKS", 1},
      {"\x03\x00\x00\x13"s, "RDP", 2},
      {"\x00\x00\x00\x08\x04\xd2\x16\x2f"s, "PostgreSQL", 6},
      {"\x00\x00\x00\x52\x00\x03\x00\x00user"s, "PostgreSQL", 6},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/2 without TLS", 14},
      {"\x80\x2e\x01\x00\x02"s, "SSL 2.0", 5},
      {"\x80\x2e\x01\x03\x01", "SSL 2.0", 4},
  }));
  CAPTURE(detail);
  CHECK(detail_of(text) == detail);
  const auto byte_by_byte = tell(text, 1);
  CHECK(byte_by_byte.speech == Speech(OtherSpeech{.detail = detail}));
  CHECK(byte_by_byte.bytes == bytes);
}

TEST_CASE("first bytes: what nobody knows is told by the byte that does not fit", "[inspect]") {
  auto [text, bytes] = GENERATE(table<std::string, std::size_t>({
      {"\0"s + "x", 2},
      {"\x00\x00\x00\x08\x04\xd3"s, 6},
      {"\x01", 1},
      {"\x03\x01", 2},
      {"\x13" + "BitTorrent protocox"s, 20},
      {"\x17\x03\x03", 1},  // TLS that has no beginning
      {"\x16\x02", 2},      // a handshake of no TLS
      {"\xff", 1},
      {" ", 1},
      {"\r\n\r\n", 1},
      {"\n", 1},
      {"{\"jsonrpc\"", 1},
      {"*1\r\n$4\r\nPING\r\n", 3},  // Redis; `*` could be a method
      {"QUIT\r\n", 5},
      {"SSH2\r\n", 5},
      {"USER anonymous\r\n", 15},  // FTP
      {"GET /\r\n", 6},            // HTTP/0.9
      {"GET  /", 5},
      {"GET / HTTP/2", 12},
      {"GET / HTTP/1.2", 14},
      {"GET / HTTP/1.1\n", 15},
      {"GET / HTTP/1.1 ", 15},
      {"GET / http", 7},
      {"GET /\t", 6},
      {"GET /\x7f", 6},
      {"GET /\xc3\xbc", 6},
      {"OPTIONS rtsp://a/ RTSP/1.0\r\n", 19},
      {"HTTP/1.1 200 OK\r\n", 5},
  }));
  CAPTURE(text);
  CHECK(detail_of(text) == "unknown protocol");
  CHECK(tell(text, 1).bytes == bytes);
}

TEST_CASE("first bytes: a request that is not sound is not HTTP", "[inspect]") {
  auto [text, detail] = GENERATE(table<std::string, std::string>({
      {"GET / HTTP/1.1\r\n\r\n", "malformed HTTP: no Host field"},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "malformed HTTP: more than one Host field"},
      {"GET / HTTP/1.1\r\nHost: a\n", "malformed HTTP: a line that does not end in CR LF"},
      {"GET / HTTP/1.1\r\nA\0"s, "malformed HTTP: a control byte in the head of the message"},
      {"GET /#x HTTP/1.1\r\nHost: a\r\n\r\n",
       "malformed HTTP: the request target is not one that a proxy can read"},
      {"CONNECT b:443 HTTP/1.1\r\nHost: b\r\n\r\n", "CONNECT inside the tunnel"},
  }));
  CAPTURE(text);
  CHECK(detail_of(text) == detail);
  CHECK(tell(text, 1).speech == tell(text, text.size()).speech);
}

TEST_CASE("first bytes: malformed TLS says how, and that it is TLS", "[inspect]") {
  const auto told = tell(record(hello(server_names({"a b"}))), 1000).speech;
  CHECK(told == Speech(OtherSpeech{
                    .detail = "malformed TLS: a server name that is not exactly one host name",
                    .is_tls = true}));
  CHECK(detail_of("\x16\x03\x01\x00\x00"s) ==
        "malformed TLS: a TLS record that cannot be part of a ClientHello");
}

TEST_CASE("first bytes: a head has the limits that were given", "[inspect]") {
  CHECK(detail_of("GET /2345678901 HTTP/1.1\r\nHost: a\r\n\r\n", small) ==
        "malformed HTTP: the request target is too long");
  CHECK(detail_of("GET / HTTP/1.1\r\nA:\r\nB:\r\nHost:\r\n\r\n", small) ==
        "malformed HTTP: too many header fields");
  const auto long_method = std::string(64, 'a');
  CHECK_FALSE(tell(long_method.substr(1), 1, small).speech);
  CHECK(detail_of(long_method, small) == "malformed HTTP: the head of the message is too large");
}

TEST_CASE("first bytes: a beginning alone has no answer", "[inspect]") {
  const auto text =
      GENERATE(std::string(request), recorded("curl"), "SSH-"s, "\x13" + "BitTorrent protocol"s,
               "\x00\x00\x00\x08\x04\xd2"s, "PRI * HTTP/2.0"s);
  for (std::size_t have = 0; have < text.size(); ++have) {
    if (FirstBytes().read(std::string_view(text).substr(0, have))) FAIL("after " << have);
  }
  CHECK(FirstBytes().read(text));
}

TEST_CASE("first bytes: however they are split, they say the same", "[inspect]") {
  const auto text = GENERATE(std::string(request), recorded("java"), "SSH-2.0\r\n"s, "SSX-2.0\r\n"s,
                             "GET /234567890\t HTTP/1.1\r\n"s, "GET /234567890 HTTP/1.1\r\nA\0"s,
                             "GET / HTTP/1.1\r\nHost: a\r\n\r\nbody\0"s,
                             std::string(70, 'a') + "\0"s, std::string(63, 'a') + " / HTTP/1.1\r\n",
                             "GET / HTTP/1.1\r\n" + std::string(70, 'a') + "\0"s,
                             "\x16\x03\x01\x00\x00\x17"s, "\x00\x00\x00\x08\x04\xd2\x16"s,
                             "PRI * HTTP/2.0\r\n"s, "PRI * HTTP/1.1\r\nHost: a\r\n\r\n"s);
  CAPTURE(text);
  const auto at_once = tell(text, text.size(), small).speech;
  for (std::size_t piece = 1; piece < text.size(); ++piece) {
    CAPTURE(piece);
    CHECK(tell(text, piece, small).speech == at_once);
  }
}

TEST_CASE("first bytes: so many bytes always have an answer", "[inspect]") {
  CHECK(FirstBytes::most_bytes(small) == HelloReader::most_bytes);
  CHECK(FirstBytes::most_bytes({}) == 64UL * 1024);
  CHECK(FirstBytes(small).read(std::string(FirstBytes::most_bytes(small), 'a')));
}

TEST_CASE("first bytes: a client that is denied is told so in TLS", "[inspect]") {
  CHECK(alert_for_denial() == "\x15\x03\x03\x00\x02\x02\x31"s);
}

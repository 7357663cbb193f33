// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include "unit/http1/heads.hpp"

using namespace culvert;
using namespace culvert::http1;

namespace {

constexpr HeadLimits small{.head_bytes = 64, .target_bytes = 8, .fields = 4};

/// What a scanner says in the end when the bytes come in pieces of this size.
Result<std::optional<std::size_t>> scan_in_pieces(std::string_view text, std::size_t piece,
                                                  const HeadLimits& limits) {
  HeadScanner scanner(limits);
  for (std::size_t have = piece; have < text.size(); have += piece) {
    const auto found = scanner.scan(text.substr(0, have));
    if (!found || *found) return found;
  }
  return scanner.scan(text);
}

}  // namespace

TEST_CASE("scanner: a head ends with its empty line", "[http1]") {
  const std::string head = lines({"GET / HTTP/1.1", "Host: a", "X: \t y\t"});
  CHECK(HeadScanner().scan(head) == head.size());
  CHECK(HeadScanner().scan(head + "body\r\n\r\n\n") == head.size());
  CHECK(HeadScanner().scan(lines({"HTTP/1.1 200 OK"})) == 19);
  CHECK(HeadScanner().scan("") == std::nullopt);
  CHECK(HeadScanner().scan(std::string_view(head).substr(0, head.size() - 1)) == std::nullopt);
}

TEST_CASE("scanner: one CRLF before the start line is passed over", "[http1]") {
  CHECK(HeadScanner().scan("\r\nGET / HTTP/1.1\r\n\r\n") == 20);
  CHECK(HeadScanner().scan("\r\n") == std::nullopt);
  CHECK(HeadScanner().scan("\r\n\r\nGET / HTTP/1.1\r\n\r\n") == 4);  // which parse_request refuses
  CHECK(error_of(parse_request("\r\n\r\n")) == Flaw::bad_request_line);
}

TEST_CASE("scanner: what can never be a head is refused at once", "[http1]") {
  using namespace std::string_literals;
  auto [text, flaw] = GENERATE(table<std::string, Flaw>({
      {"\n", Flaw::bare_line_end},
      {"GET / HTTP/1.1\n", Flaw::bare_line_end},
      {"GET / HTTP/1.1\r\nA: b\n", Flaw::bare_line_end},
      {"GET / HTTP/1.1\rA", Flaw::bare_line_end},
      {"GET / HTTP/1.1\r\r\n", Flaw::bare_line_end},
      {"GET / HTTP/1.1\r\nA: b\rc", Flaw::bare_line_end},
      {"GET / HTTP/1.1\r\n\r\r", Flaw::bare_line_end},
      {"GET /\0"s, Flaw::forbidden_byte},
      {"\x16\x03\x01", Flaw::forbidden_byte},  // a TLS ClientHello
      {"\x05\x01", Flaw::forbidden_byte},      // SOCKS5
      {"GET / HTTP/1.1\r\nA: \x7f", Flaw::forbidden_byte},
      {"GET / HTTP/1.1\r\nA: \x1b[m", Flaw::forbidden_byte},
      {"GET / HTTP/1.1\r\nA\x0b: b", Flaw::forbidden_byte},
  }));
  CAPTURE(text);
  CHECK(error_of(HeadScanner().scan(text)) == flaw);
}

TEST_CASE("scanner: bytes above 127 and tabs are no control bytes", "[http1]") {
  const std::string head = lines({"GET / HTTP/1.1", "A: \x80\xff\xc3\xa9\ta\t\t"});
  CHECK(HeadScanner().scan(head) == head.size());
}

TEST_CASE("scanner: each control byte is found wherever it stands", "[http1]") {
  for (std::size_t at = 0; at < 40; ++at) {
    for (const int control : {0, 1, 8, 11, 14, 31, 127}) {
      std::string text(40, 'a');
      text[at] = static_cast<char>(control);
      CAPTURE(at, control);
      CHECK(error_of(HeadScanner().scan(text)) == Flaw::forbidden_byte);
    }
  }
}

TEST_CASE("scanner: a head may be as large as the limit and no larger", "[http1]") {
  const std::string fits = "GET / HTTP/1.1\r\nA: " + std::string(41, 'a') + "\r\n\r\n";
  REQUIRE(fits.size() == small.head_bytes);
  CHECK(HeadScanner(small).scan(fits) == fits.size());
  CHECK(HeadScanner(small).scan(fits + "body") == fits.size());

  const std::string too_large = "GET / HTTP/1.1\r\nA: " + std::string(42, 'a') + "\r\n\r\n";
  CHECK(error_of(HeadScanner(small).scan(too_large)) == Flaw::head_too_large);
  CHECK(HeadScanner(small).scan(too_large.substr(0, 63)) == std::nullopt);
  CHECK(error_of(HeadScanner(small).scan(too_large.substr(0, 64))) == Flaw::head_too_large);
}

TEST_CASE("scanner: a target may be as long as the limit and no longer", "[http1]") {
  CHECK(HeadScanner(small).scan("GET /2345678 HTTP/1.1\r\n\r\n") == 25);
  CHECK(HeadScanner(small).scan("GET /2345678") == std::nullopt);
  CHECK(error_of(HeadScanner(small).scan("GET /23456789")) == Flaw::target_too_long);
  CHECK(error_of(HeadScanner(small).scan("\r\nGET /23456789")) == Flaw::target_too_long);
  // Neither a long method, nor a reason, nor a field is a target.
  CHECK(HeadScanner(small).scan("LONGMETHOD /") == std::nullopt);
  CHECK(HeadScanner(small).scan("HTTP/1.1 200 A reason of many words\r\n\r\n") == 39);
  CHECK(HeadScanner(small).scan("GET\r\nA: a bbbbbbbbbbbbbbbbbb\r\n") == std::nullopt);
}

TEST_CASE("scanner: every split gives the same", "[http1]") {
  using namespace std::string_literals;
  const auto text = GENERATE(
      lines({"GET / HTTP/1.1", "Host: a", "X: b\tc"}) + "body", "\r\n" + lines({"GET / HTTP/1.1"}),
      "GET /23456789 HTTP/1.1\r\n\r\n"s, "GET /2345678 HTTP/1.1\r\n\r\n"s,
      "GET /234567\t89 HTTP/1.1\r\n\r\n"s, "GET /2345678\0 HTTP/1.1\r\n\r\n"s,
      "GET /23456789\0 HTTP/1.1\r\n\r\n"s, "GET / HTTP/1.1\r\nA: b\n\r\n"s,
      "GET / HTTP/1.1\r\nA: b\r\rc"s, "GET / HTTP/1.1\r\n" + std::string(70, 'a') + "\0"s,
      std::string(63, 'a') + "\r\n\r\n", std::string(61, 'a') + "\r\n\r\n",
      std::string(60, 'a') + "\r\n\r\n", "\r\n\r\n"s, "a \r\n\r\n"s);
  CAPTURE(text);
  const auto at_once = HeadScanner(small).scan(text);
  for (std::size_t piece = 1; piece < text.size(); ++piece) {
    CAPTURE(piece);
    CHECK(scan_in_pieces(text, piece, small) == at_once);
  }
}

// SPDX-License-Identifier: Apache-2.0
#include <culvert/http1/body.hpp>

#include "unit/http1/heads.hpp"

using namespace culvert;
using namespace culvert::http1;
using namespace std::string_literals;

namespace {

struct Decoded {
  std::string data;
  std::string trailers;
  std::size_t consumed = 0;
  bool finished = false;
  std::error_code error;

  friend bool operator==(const Decoded&, const Decoded&) = default;
};

/// Hands `text` over in pieces of this size.
Decoded decode(std::string_view text, std::size_t piece, const HeadLimits& limits = {}) {
  ChunkedReader reader(limits);
  Decoded out;
  while (out.consumed < text.size() && !out.finished) {
    const auto step = reader.step(text.substr(out.consumed, piece));
    if (!step) {
      out.error = step.error();
      return out;
    }
    REQUIRE((step->consumed > 0 || step->finished));
    out.data += step->data;
    out.consumed += step->consumed;
    out.finished = step->finished;
  }
  out.trailers = reader.trailers();
  return out;
}

Decoded decode(std::string_view text) {
  return decode(text, std::max<std::size_t>(text.size(), 1));
}

}  // namespace

TEST_CASE("chunked: the data comes out and the frame stays behind", "[http1]") {
  auto [text, data] = GENERATE(table<std::string, std::string>({
      {"0\r\n\r\n", ""},
      {"5\r\nhello\r\n0\r\n\r\n", "hello"},
      {"5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", "hello!"},
      {"a\r\n0123456789\r\n0\r\n\r\n", "0123456789"},
      {"A\r\n0\r\n\r\n56789\r\n0\r\n\r\n", "0\r\n\r\n56789"},
      {"0000000000000005\r\nhello\r\n000\r\n\r\n", "hello"},
      {"5;a=b;c=\"d e\"\r\nhello\r\n0;x\r\n\r\n", "hello"},
      {"1; \t\xc3\xa9\r\nx\r\n0\r\n\r\n", "x"},
  }));
  CAPTURE(text);
  const auto out = decode(text + "GET / HTTP/1.1\r\n");
  CHECK_FALSE(out.error);
  CHECK(out.finished);
  CHECK(out.data == data);
  CHECK(out.trailers.empty());
  CHECK(out.consumed == text.size());
}

TEST_CASE("chunked: trailers are kept as they came", "[http1]") {
  const std::string lines =
      "Digest: abc\r\nX-Empty:\r\nY:\ta \tb\r\nContent-Length: 5\r\nHost: h\r\n";
  const auto out = decode("1\r\nx\r\n0\r\n" + lines + "\r\nrest");
  CHECK(out.finished);
  CHECK(out.trailers == lines);
}

TEST_CASE("chunked: after the end nothing more is consumed", "[http1]") {
  ChunkedReader reader;
  REQUIRE(reader.step("0\r\n\r\n")->finished);
  const auto again = reader.step("5\r\n");
  CHECK(again->finished);
  CHECK(again->consumed == 0);
}

TEST_CASE("chunked: a frame that two readers could read in two ways is refused", "[http1]") {
  const auto text = GENERATE(
      "\r\n"s, ";a\r\n"s, " 5\r\n"s, "5 \r\n"s, "5 a;\r\n"s, "5;a\r\nhello\r\n5 \t\r\n"s,
      "\t5\r\n"s, "+5\r\n"s, "-5\r\n"s, "0x5\r\n"s, "5h\r\n"s, "g\r\n"s, "5\n"s, "5\rx"s,
      "5\r\r\n"s, "5,\r\n"s, "5\0\r\n"s, "00000000000000005\r\n"s, "ffffffffffffffff0\r\n"s,
      "5;a\n"s, "5;a\0\r\n"s, "5;a\r5"s, "5;\x7f\r\n"s, "5\r\nhelloX"s, "5\r\nhello\n"s,
      "5\r\nhello\rX"s, "5\r\nhello0\r\n\r\n"s, "5\r\nhello\r\n\r\n"s, "0X5\r\n"s, "5_0\r\n"s,
      "5\x0b\r\n"s, "\xef\xbc\x95\r\n"s, "0\r\r\n"s, "0\n"s,
      "5\r\nhello\r\n5"s + std::string(16, '0'), "2;\n\nxx\r\n"s, "1;"s + std::string(257, 'a'),
      "1"s + std::string(257, ' '), "1"s + std::string(128, ' ') + ";" + std::string(129, 'a'));
  CAPTURE(text);
  CHECK(decode(text).error == Flaw::bad_chunk);
}

TEST_CASE("chunked: white space may stand around an extension, and is dropped with it", "[http1]") {
  const auto* line = GENERATE("1 ;a", "1\t;a", "1 \t ; a = b ", "1 ;", "1; ");
  CAPTURE(line);
  CHECK(decode(std::string(line) + "\r\nx\r\n0 ;c\r\n\r\n").data == "x");
}

TEST_CASE("chunked: sizes and extensions may be as long as their limits", "[http1]") {
  CHECK_FALSE(decode("ffffffffffffffff\r\nabc").error);
  CHECK(decode("ffffffffffffffff\r\nabc").data == "abc");
  const std::string extension(256, 'a');
  CHECK(decode("1;" + extension + "\r\nx\r\n1;" + extension + "\r\ny\r\n0\r\n\r\n").data == "xy");
}

TEST_CASE("chunked: a malformed trailer is refused", "[http1]") {
  const auto line =
      GENERATE("A"s, "A : b"s, " A: b"s, ": b"s, "A: b\nC: d"s, "A: \0"s, "A: b\x7f"s, "A: b\rc"s,
               "A: b\r"s, "A: b\r\n c"s, "\tA: b"s, "\xc3\xa9: b"s, "GET / HTTP/1.1"s);
  CAPTURE(line);
  CHECK(decode("0\r\n" + line + "\r\n\r\n").error == Flaw::bad_trailer);
  CHECK(decode("0\r\nX: y\r\n" + line + "\r\n\r\n").error == Flaw::bad_trailer);
}

TEST_CASE("chunked: the trailer section is held to the limits of a head", "[http1]") {
  const HeadLimits limits{.head_bytes = 20, .fields = 2};
  CHECK(decode("0\r\nA: b\r\nC: d\r\n\r\n", 64, limits).finished);
  CHECK(decode("0\r\nA: b\r\nC: d\r\nE: f\r\n\r\n", 64, limits).error == Flaw::bad_trailer);
  const std::string line = "A: " + std::string(13, 'x');  // and two line ends make 20
  CHECK(decode("0\r\n" + line + "\r\n\r\n", 64, limits).finished);
  CHECK(decode("0\r\n" + line + "x\r\n\r\n", 64, limits).error == Flaw::bad_trailer);
  CHECK(decode("0\r\n" + line + "xxxxx", 1, limits).error == Flaw::bad_trailer);
}

TEST_CASE("chunked: every split gives the same", "[http1]") {
  const auto text = GENERATE(
      "5;x=y\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\nA: b\r\nC: d\r\n\r\nmore"s,
      "1\r\nx\r\n0\r\n\r\n"s, "5\r\nhello\rX"s, "5\r\nhello\r\nz"s, "3\r\nabc\r\n0\r\nA b\r\n\r\n"s,
      "3\r\nabc\r\n0\r\nA: b\r\n"s, "3\r\nab"s, "3\r\nabc\r\n0\r\nA: b\n\r\n"s);
  CAPTURE(text);
  auto at_once = decode(text);
  for (std::size_t piece = 1; piece < text.size(); ++piece) {
    CAPTURE(piece);
    auto split = decode(text, piece);
    if (split.error) split.consumed = at_once.consumed;  // how far it came before the flaw differs
    CHECK(split == at_once);
  }
}

TEST_CASE("chunked: what is written is read back", "[http1]") {
  CHECK(chunk_head(1) == "1\r\n");
  CHECK(chunk_head(255) == "ff\r\n");
  CHECK(chunk_head(SIZE_MAX) == "ffffffffffffffff\r\n");
  const std::string data(70000, 'x');
  const std::string body =
      chunk_head(data.size()) + data + std::string(chunk_tail) + std::string(last_chunk);
  const auto out = decode(body);
  CHECK(out.finished);
  CHECK(out.data == data);
}

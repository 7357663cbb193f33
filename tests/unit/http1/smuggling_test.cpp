// SPDX-License-Identifier: Apache-2.0
// Published attacks on where a message ends. Each row is what an attacker sends, and what we take
// it for: a flaw, or the one reading that an origin shares, since we write what we read.
#include "unit/http1/reading.hpp"

using namespace culvert;
using namespace culvert::http1;
using namespace std::string_literals;

namespace {

const auto evil = "GET http://evil/ HTTP/1.1\r\nHost: evil\r\n\r\n"s;

/// A POST with these field lines, and behind it what an origin may be made to take for a request.
std::string post(std::string_view fields, std::string_view body) {
  std::string text = "POST http://h/ HTTP/1.1\r\nHost: h\r\n";
  return text.append(fields).append("\r\n\r\n").append(body);
}

std::string chunked(std::string_view body) {
  return post("Transfer-Encoding: chunked", body);
}

}  // namespace

TEST_CASE("smuggling: an honest request is read, and so is the next", "[http1]") {
  const auto* both = "[POST http://h/ hello][GET http://evil/]";
  CHECK(read_requests(post("Content-Length: 5", "hello" + evil)) == Reading{both, {}});
  CHECK(read_requests(chunked("5\r\nhello\r\n0\r\n\r\n" + evil)) == Reading{both, {}});
}

TEST_CASE("smuggling: two ways to frame a body are refused", "[http1]") {
  auto [fields, flaw] = GENERATE(table<std::string, Flaw>({
      // CL.TE, TE.CL: each side believes another of the two
      {"Content-Length: 6\r\nTransfer-Encoding: chunked", Flaw::length_and_encoding},
      {"Transfer-Encoding: chunked\r\nContent-Length: 4", Flaw::length_and_encoding},
      {"Content-Length: 0\r\nTransfer-Encoding: chunked", Flaw::length_and_encoding},
      {"Content-Length: 5\r\nTransfer-Encoding: identity", Flaw::length_and_encoding},
      {"Content-Length: 5\r\nTransfer-Encoding:", Flaw::length_and_encoding},
      {"content-length: 5\r\nTRANSFER-ENCODING: xchunked", Flaw::length_and_encoding},
      // CL.CL: the first or the last
      {"Content-Length: 5\r\nContent-Length: 6", Flaw::bad_content_length},
      {"Content-Length: 5\r\nContent-Length: 0", Flaw::bad_content_length},
      {"Content-Length: 5\r\ncontent-length: 05", Flaw::bad_content_length},
      {"Content-Length: 5, 0", Flaw::bad_content_length},
      {"Content-Length: 5,", Flaw::bad_content_length},
      // TE.TE: one side does not know the word, or the field
      {"Transfer-Encoding: xchunked", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: chunkedx", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: chunked\r\nTransfer-Encoding: x", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: x\r\nTransfer-Encoding: chunked", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: chunked\r\nTransfer-encoding: identity", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: identity", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: identity, chunked", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: gzip, chunked", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: chunked, chunked", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: chunked, identity", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: ,chunked", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: chunked;q=0", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: 'chunked'", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: \"chunked\"", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: chunked x", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: chun\xe2\x84\xaa"
       "ed",
       Flaw::bad_transfer_encoding},  // a Kelvin sign
      {"Transfer-Encoding: \xa0"
       "chunked",
       Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: \xef\xbb\xbf"
       "chunked",
       Flaw::bad_transfer_encoding},
      {"Transfer-Encoding:\x0b"
       "chunked",
       Flaw::forbidden_byte},
      {"Transfer-Encoding: \x0c"
       "chunked",
       Flaw::forbidden_byte},
      {"Transfer-Encoding: chunked\0"s, Flaw::forbidden_byte},
      {"Transfer-Encoding\0: chunked"s, Flaw::forbidden_byte},
      {"Transfer-Encoding : chunked", Flaw::bad_field_name},
      {"Transfer-Encoding\t: chunked", Flaw::bad_field_name},
      {"Transfer-Encoding\r\n: chunked", Flaw::bad_field_name},
      {"Transfer-Encoding chunked", Flaw::bad_field_name},
      {"Transfer Encoding: chunked", Flaw::bad_field_name},
      {"Tran\xc5\xbf"
       "fer-Encoding: chunked",
       Flaw::bad_field_name},  // a long s
      {"Transfer\xe2\x80\x90"
       "Encoding: chunked",
       Flaw::bad_field_name},
      {" Transfer-Encoding: chunked", Flaw::folded_field},
      {"Transfer-Encoding:\r\n chunked", Flaw::folded_field},
      {"Transfer-Encoding: chunked\r\n\tx", Flaw::folded_field},
      {"X: y\nTransfer-Encoding: chunked", Flaw::bare_line_end},
      {"X: y\rTransfer-Encoding: chunked", Flaw::bare_line_end},
      {"X: y\r\r\nTransfer-Encoding: chunked", Flaw::bare_line_end},
      {"X: y\r\n\rTransfer-Encoding: chunked", Flaw::bare_line_end},
  }));
  CAPTURE(fields);
  CHECK(read_requests(post(fields, "0\r\n\r\n" + evil)) == Reading{"", flaw});
}

TEST_CASE("smuggling: a length that some would read otherwise is refused", "[http1]") {
  auto [field, flaw] = GENERATE(table<std::string, Flaw>({
      {"Content-Length: +5", Flaw::bad_content_length},
      {"Content-Length: -5", Flaw::bad_content_length},
      {"Content-Length: 5 5", Flaw::bad_content_length},
      {"Content-Length: 5\t0", Flaw::bad_content_length},
      {"Content-Length: 0x5", Flaw::bad_content_length},
      {"Content-Length: 5h", Flaw::bad_content_length},
      {"Content-Length: 5.", Flaw::bad_content_length},
      {"Content-Length: 5e0", Flaw::bad_content_length},
      {"Content-Length: 5;x", Flaw::bad_content_length},
      {"Content-Length: 1_0", Flaw::bad_content_length},
      {"Content-Length: \xc2\xb2", Flaw::bad_content_length},  // a superscript 2
      {"Content-Length: \xd9\xa5", Flaw::bad_content_length},  // an Arabic 5
      {"Content-Length: 4194967301\xa0", Flaw::bad_content_length},
      {"Content-Length: 18446744073709551621", Flaw::bad_content_length},  // 5 in 64 bits
      {"Content-Length: 9223372036854775808", Flaw::bad_content_length},
      {"Content-Length:", Flaw::bad_content_length},
      {"Content-Length: 5\x0b", Flaw::forbidden_byte},
      {"Content-Length: 5\0"s, Flaw::forbidden_byte},
      // 0.CL: one side does not see the field
      {"Content-Length : 5", Flaw::bad_field_name},
      {"Content-Length\t: 5", Flaw::bad_field_name},
      {"Content-Length\xa0: 5", Flaw::bad_field_name},
      {"Content-Length\r\n : 5", Flaw::bad_field_name},
      {" Content-Length: 5", Flaw::folded_field},
      {"X: y\r\n\tContent-Length: 5", Flaw::folded_field},
      {"Content-Length:\r\n 5", Flaw::folded_field},
      {"Content-Length: \n 5", Flaw::bare_line_end},
      {"X: y\nContent-Length: 5", Flaw::bare_line_end},
      {"Expect: 100-continue\nContent-Length: 5", Flaw::bare_line_end},
  }));
  CAPTURE(field);
  CHECK(read_requests(post(field, "hello" + evil)) == Reading{"", flaw});
}

TEST_CASE("smuggling: what is not refused has one reading", "[http1]") {
  auto [bytes, messages] = GENERATE(table<std::string, std::string>({
      // CL.0: a body where some expect none
      {"GET http://h/ HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello" + evil,
       "[GET http://h/ hello][GET http://evil/]"},
      {"DELETE http://h/ HTTP/1.1\r\nHost: h\r\nContent-Length: 41\r\n\r\n" + evil,
       "[DELETE http://h/ " + evil + "]"},
      {"HEAD http://h/ HTTP/1.1\r\nHost: h\r\nContent-Length: 41\r\n\r\n" + evil,
       "[HEAD http://h/ " + evil + "]"},
      // TE.0
      {"OPTIONS http://h/ HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n29\r\n" + evil +
           "\r\n0\r\n\r\n",
       "[OPTIONS http://h/ " + evil + "]"},
      // 0.CL by an Expect that only one side obeys: the body is a body
      {post("Expect: 100-continue\r\nContent-Length: 41", evil), "[POST http://h/ " + evil + "]"},
      {post("Expect: y 100-continue\r\nContent-Length: 41", evil), "[POST http://h/ " + evil + "]"},
      // spellings that mean the same to everybody
      {post("Content-Length:\t5 \t", "hello" + evil), "[POST http://h/ hello][GET http://evil/]"},
      {post("Content-Length: 5, 5\r\ncontent-length:5", "hello" + evil),
       "[POST http://h/ hello][GET http://evil/]"},
      {post("TRANSFER-encoding:chunKED\t", "0\r\n\r\n" + evil),
       "[POST http://h/][GET http://evil/]"},
      // names that are not those of the framing
      {post("Transfer_Encoding: chunked\r\nContent-Length: 5", "0\r\n\r\n" + evil),
       "[POST http://h/ 0\r\n\r\n][GET http://evil/]"},
      {post("Content_Length: 5", "hello" + evil), "[POST http://h/][helloGET http://evil/]"},
      {post("X-Content-Length: 41", evil), "[POST http://h/][GET http://evil/]"},
  }));
  CAPTURE(bytes);
  CHECK(read_requests(bytes) == Reading{messages, {}});
}

TEST_CASE("smuggling: HTTP/1.0 has no chunks", "[http1]") {
  const auto bytes = "POST http://h/ HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"s;
  CHECK(read_requests(bytes + evil) == Reading{"", Flaw::bad_transfer_encoding});
}

TEST_CASE("smuggling: a chunk that some would end elsewhere is refused", "[http1]") {
  auto [body, flaw] = GENERATE(table<std::string, Flaw>({
      // TERM.EXT, EXT.TERM: a line end inside an extension that only one side believes
      {"2;\nxx\r\n2d\r\nab\r\n0\r\n\r\n", Flaw::bad_chunk},
      {"2;a\nxx\r\n0\r\n\r\n", Flaw::bad_chunk},
      {"2;a=\"\n\"\r\nxx\r\n0\r\n\r\n", Flaw::bad_chunk},
      {"2;\rxx\r\n0\r\n\r\n", Flaw::bad_chunk},
      {"2;a\r\r\nxx\r\n0\r\n\r\n", Flaw::bad_chunk},
      {"2\nxx\r\n0\r\n\r\n", Flaw::bad_chunk},
      {"2\rxx\r\n0\r\n\r\n", Flaw::bad_chunk},
      {"2;\0\r\nxx\r\n0\r\n\r\n"s, Flaw::bad_chunk},
      // TERM.SPILL, SPILL.TERM: data longer than its size, up to the next line end
      {"5\r\nhello spills\r\n0\r\n\r\n", Flaw::bad_chunk},
      {"5\r\nhelloX\n0\r\n\r\n", Flaw::bad_chunk},
      {"5\r\nhelloXX0\r\n\r\n", Flaw::bad_chunk},
      {"5\r\nhello\rX0\r\n\r\n", Flaw::bad_chunk},
      {"5\r\nhell\r\n0\r\n\r\n", Flaw::bad_chunk},
      // ONE.TWO, ZERO.TWO: one byte, or none, where two should end the data
      {"5\r\nhello\n0\r\n\r\n", Flaw::bad_chunk},
      {"5\r\nhello\n\n0\r\n\r\n", Flaw::bad_chunk},
      {"5\r\nhello0\r\n\r\n", Flaw::bad_chunk},
      {"5\r\nhello\r\n\n0\r\n\r\n", Flaw::bad_chunk},
      // sizes
      {"0x5\r\nhello\r\n0\r\n\r\n", Flaw::bad_chunk},
      {"+5\r\nhello\r\n0\r\n\r\n", Flaw::bad_chunk},
      {"-0\r\n\r\n", Flaw::bad_chunk},
      {"5 \r\nhello\r\n0\r\n\r\n", Flaw::bad_chunk},
      {" 5\r\nhello\r\n0\r\n\r\n", Flaw::bad_chunk},
      {"5 a\r\nhello\r\n0\r\n\r\n", Flaw::bad_chunk},
      {"5,0\r\nhello\r\n0\r\n\r\n", Flaw::bad_chunk},
      {"\r\n0\r\n\r\n", Flaw::bad_chunk},
      {"10000000000000005\r\nhello\r\n0\r\n\r\n", Flaw::bad_chunk},  // 5 in 64 bits
      {"00000000000000005\r\nhello\r\n0\r\n\r\n", Flaw::bad_chunk},
      {"\xef\xbc\x95\r\nhello\r\n0\r\n\r\n", Flaw::bad_chunk},
      // the end of the body
      {"0\n\r\n", Flaw::bad_chunk},
      {"0\r\n\n", Flaw::bad_trailer},
      {"0\r\n\rX", Flaw::bad_trailer},
      {"0\r\nX: y\n\r\n", Flaw::bad_trailer},
      {"0\r\nX: y\rZ: z\r\n\r\n", Flaw::bad_trailer},
      {"0\r\nX : y\r\n\r\n", Flaw::bad_trailer},
      {"0\r\n X: y\r\n\r\n", Flaw::bad_trailer},
      {"0\r\nX: y\r\n z\r\n\r\n", Flaw::bad_trailer},
      {"0\r\nX: \0\r\n\r\n"s, Flaw::bad_trailer},
      {"0\r\n" + evil, Flaw::bad_trailer},
  }));
  CAPTURE(body);
  CHECK(read_requests(chunked(body + evil)) == Reading{"", flaw});
}

TEST_CASE("smuggling: a chunk that is not refused has one reading", "[http1]") {
  auto [body, messages] = GENERATE(table<std::string, std::string>({
      // white space that must be read (RFC 9112 §7.1.1)
      {"5 \t;a\r\nhello\r\n0 ;\r\n\r\n" + evil, "[POST http://h/ hello][GET http://evil/]"},
      // no quotes reach over a line end, and extensions go no further
      {"5;a=\"\r\nhello\r\n0\r\n\r\n" + evil, "[POST http://h/ hello][GET http://evil/]"},
      {"5;a=\";0\"\r\nhello\r\n0;\"\r\n\r\n" + evil, "[POST http://h/ hello][GET http://evil/]"},
      // an end inside of data is data
      {"7\r\n0\r\n\r\nhi\r\n0\r\n\r\n", "[POST http://h/ 0\r\n\r\nhi]"},
      {"0005\r\nhello\r\n0000\r\n\r\n" + evil, "[POST http://h/ hello][GET http://evil/]"},
      // what a trailer says of the framing comes too late
      {"0\r\nContent-Length: 41\r\nTransfer-Encoding: x\r\n\r\n" + evil,
       "[POST http://h/][GET http://evil/]"},
  }));
  CAPTURE(body);
  CHECK(read_requests(chunked(body)) == Reading{messages, {}});
}

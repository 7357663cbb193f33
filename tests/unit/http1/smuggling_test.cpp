// SPDX-License-Identifier: Apache-2.0
#include <culvert/http1/body.hpp>
#include <culvert/http1/hop.hpp>

#include "unit/http1/heads.hpp"

using namespace culvert;
using namespace culvert::http1;
using namespace std::string_literals;

namespace {

/// All the steps that a request goes through, up to the first that refuses it.
std::error_code refusal(std::string_view bytes) {
  const auto length = HeadScanner().scan(bytes);
  if (!length) return length.error();
  if (!*length) return {};
  const auto head = parse_request(bytes.substr(0, **length));
  if (!head) return head.error();
  if (auto target = read_target(*head); !target) return target.error();
  if (auto framing = request_framing(*head); !framing) return framing.error();
  return error_of(read_upgrade(*head));
}

std::string post(std::string_view fields) {
  std::string text = "POST http://h/ HTTP/1.1\r\nHost: h\r\n";
  return text.append(fields).append("\r\n\r\n0\r\n\r\nGET http://evil/ HTTP/1.1\r\n\r\n");
}

}  // namespace

TEST_CASE("smuggling: an honest request passes all the steps", "[http1]") {
  CHECK_FALSE(refusal(post("Content-Length: 5")));
  CHECK_FALSE(refusal(post("Transfer-Encoding: chunked")));
}

TEST_CASE("smuggling: what hides a second request is refused", "[http1]") {
  auto [fields, flaw] = GENERATE(table<std::string, Flaw>({
      // CL.TE and TE.CL
      {"Content-Length: 5\r\nTransfer-Encoding: chunked", Flaw::length_and_encoding},
      {"Transfer-Encoding: chunked\r\nContent-Length: 5", Flaw::length_and_encoding},
      {"Content-Length: 5\r\nTransfer-Encoding: x", Flaw::length_and_encoding},
      // CL.CL
      {"Content-Length: 5\r\nContent-Length: 6", Flaw::bad_content_length},
      {"Content-Length: 5\r\nContent-Length: 0", Flaw::bad_content_length},
      {"Content-Length: 5, 0", Flaw::bad_content_length},
      {"Content-Length: 5\x0b", Flaw::forbidden_byte},
      {"Content-Length: 0x5", Flaw::bad_content_length},
      {"Content-Length: 5\r\n 0", Flaw::folded_field},
      {"Content-Length : 5", Flaw::bad_field_name},
      {"Content-Length\t: 5", Flaw::bad_field_name},
      {"Content-Length\0: 5"s, Flaw::forbidden_byte},
      {"Content Length: 5", Flaw::bad_field_name},
      // TE.TE: one side does not know the word
      {"Transfer-Encoding: xchunked", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: chunked\r\nTransfer-Encoding: x", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: x\r\nTransfer-Encoding: chunked", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: chunked\r\nTransfer-encoding: identity", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: identity, chunked", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: chunked, chunked", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: 'chunked'", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: chunk\xc3\xa9"s, Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: \xa0"s + "chunked", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding:\x0b"s + "chunked", Flaw::forbidden_byte},
      {"Transfer-Encoding:\r\n chunked", Flaw::folded_field},
      {"Transfer-Encoding : chunked", Flaw::bad_field_name},
      {" Transfer-Encoding: chunked", Flaw::folded_field},
      {"X: y\nTransfer-Encoding: chunked", Flaw::bare_line_end},
      {"X: y\rTransfer-Encoding: chunked", Flaw::bare_line_end},
      {"X: y\r\r\nTransfer-Encoding: chunked", Flaw::bare_line_end},
      {"X: \0\r\nTransfer-Encoding: chunked"s, Flaw::forbidden_byte},
      // an end of the head that only one side sees
      {"X: y\n\nGET http://evil/ HTTP/1.1", Flaw::bare_line_end},
      {"X: y\r\n\rGET http://evil/ HTTP/1.1", Flaw::bare_line_end},
      {"X: y\n\r\nGET http://evil/ HTTP/1.1", Flaw::bare_line_end},
      // two destinations
      {"Host: evil", Flaw::repeated_host},
      {"hOST: evil", Flaw::repeated_host},
      {" Host: evil", Flaw::folded_field},
      {"Host : evil", Flaw::bad_field_name},
  }));
  CAPTURE(fields);
  CHECK(refusal(post(fields)) == flaw);
}

TEST_CASE("smuggling: a target that two readers could read in two ways is refused", "[http1]") {
  const auto* line =
      GENERATE("GET http://good@evil/ HTTP/1.1", "GET http://good\\@evil/ HTTP/1.1",
               "GET http://good#@evil/ HTTP/1.1", "GET http://good%2f@evil/ HTTP/1.1",
               "GET http://good evil/ HTTP/1.1", "GET http://good\tevil/ HTTP/1.1",
               "GET http://good;evil/ HTTP/1.1", "GET http://good,evil/ HTTP/1.1",
               "GET http://[::1]evil/ HTTP/1.1", "GET http://evil:80:443/ HTTP/1.1",
               "GET http://good/ http://evil/ HTTP/1.1", "CONNECT good:443@evil:443 HTTP/1.1",
               "CONNECT good:443/../evil:443 HTTP/1.1", "CONNECT http://good:443 HTTP/1.1");
  CAPTURE(line);
  CHECK(refusal(lines({line, "Host: good"})));
}

TEST_CASE("smuggling: Connection cannot make us drop what the origin decides by", "[http1]") {
  const std::string text =
      lines({"POST http://h/ HTTP/1.1", "Host: h", "Content-Length: 5", "Authorization: a",
             "Cookie: c", "X-Forwarded-For: 1.2.3.4", "Forwarded: for=1.2.3.4",
             "Connection: close, Host, Content-Length, Authorization, Cookie, X-Forwarded-For, "
             "Forwarded, "
             "Via, Transfer-Encoding"});
  const auto head = request(text);
  const auto out =
      write_request(head, *read_target(head),
                    {.via = "me", .framing = *request_framing(head), .forwarded = Forwarded::off});
  CHECK(out == lines({"POST / HTTP/1.1", "Host: h", "Authorization: a", "Cookie: c",
                      "X-Forwarded-For: 1.2.3.4", "Forwarded: for=1.2.3.4", "Content-Length: 5",
                      "Via: 1.1 me", "Connection: close"}));
}

// SPDX-License-Identifier: Apache-2.0
// Published attacks on the lines of a head: where they end, what they are called, and which host
// they name.
#include <culvert/error.hpp>

#include "unit/http1/reading.hpp"

using namespace culvert;
using namespace culvert::http1;
using namespace std::string_literals;

TEST_CASE("smuggling: a line that some would split otherwise is refused", "[http1]") {
  auto [text, flaw] = GENERATE(table<std::string, Flaw>({
      // splitting by bare CR and LF, and an end of the head that only one side sees
      {"X: y\rHost: evil", Flaw::bare_line_end},
      {"X: y\nHost: evil", Flaw::bare_line_end},
      {"X: y\n\nGET http://evil/ HTTP/1.1", Flaw::bare_line_end},
      {"X: y\n\r\nGET http://evil/ HTTP/1.1", Flaw::bare_line_end},
      {"X: y\r\n\nGET http://evil/ HTTP/1.1", Flaw::bare_line_end},
      {"X: y\r\n\rGET http://evil/ HTTP/1.1", Flaw::bare_line_end},
      {"X: y\r\r\n\r\nGET http://evil/ HTTP/1.1", Flaw::bare_line_end},
      {"X: y\0\r\nHost: evil"s, Flaw::forbidden_byte},
      {"X: y\x0b"
       "Host: evil",
       Flaw::forbidden_byte},
      {"X: y\x1f", Flaw::forbidden_byte},
      {"X\x08: y", Flaw::forbidden_byte},
      {"X: \x7f", Flaw::forbidden_byte},
      // obs-fold
      {"X: y\r\n Host: evil", Flaw::folded_field},
      {"X: y\r\n\tz", Flaw::folded_field},
      {"X:\r\n y", Flaw::folded_field},
      {" \r\nX: y", Flaw::folded_field},
      // names
      {"X : y", Flaw::bad_field_name},
      {"X\t: y", Flaw::bad_field_name},
      {"X\xa0: y", Flaw::bad_field_name},
      {"X\xc2\xad: y", Flaw::bad_field_name},
      {"X y: z", Flaw::bad_field_name},
      {": y", Flaw::bad_field_name},
      {"X", Flaw::bad_field_name},
      {"(X): y", Flaw::bad_field_name},
      {"X[]: y", Flaw::bad_field_name},
      {"X\"y\": z", Flaw::bad_field_name},
      // what is left of an HTTP/2 request that somebody wrote down as HTTP/1.1
      {":method: GET", Flaw::bad_field_name},
      {":authority: evil", Flaw::bad_field_name},
      {":path: http://evil/", Flaw::bad_field_name},
      {"x: y\r\nHost: evil", Flaw::repeated_host},
      {"x: y\r\nContent-Length: 0\r\ncontent-length: 5", Flaw::bad_content_length},
      // two destinations
      {"Host: h", Flaw::repeated_host},
      {"hOST: evil", Flaw::repeated_host},
      {"Host:", Flaw::repeated_host},
      {"Host : evil", Flaw::bad_field_name},
      {"Host\xe2\x80\x8b: evil", Flaw::bad_field_name},
      {" Host: evil", Flaw::folded_field},
  }));
  CAPTURE(text);
  CHECK(read_requests("GET http://h/ HTTP/1.1\r\nHost: h\r\n" + text + "\r\n\r\n") ==
        Reading{"", flaw});
  CHECK(read_requests("GET http://h/ HTTP/1.1\r\n" + text + "\r\nHost: h\r\n\r\n").refused);
}

TEST_CASE("smuggling: a request line that some would take apart otherwise is refused", "[http1]") {
  auto [line, flaw] = GENERATE(table<std::string, std::error_code>({
      {"GET  http://h/ HTTP/1.1", Flaw::bad_request_line},
      {"GET http://h/  HTTP/1.1", Flaw::bad_request_line},
      {"GET http://h/ HTTP/1.1 ", Flaw::bad_request_line},
      {" GET http://h/ HTTP/1.1", Flaw::bad_request_line},
      {"GET http://h/ http://evil/ HTTP/1.1", Flaw::bad_request_line},
      {"GET http://h/ HTTP/1.1 HTTP/1.1", Flaw::bad_request_line},
      {"GET http://h/", Flaw::bad_request_line},
      {"GET\thttp://h/\tHTTP/1.1", Flaw::bad_request_line},
      {"GET http://h/ HTTP/1.1\t", Flaw::bad_request_line},
      {"GET http://h/\xa0 HTTP/1.1", Flaw::bad_target},
      {"GET http://h/\x0b HTTP/1.1", Flaw::forbidden_byte},
      {"GET http://h/\rX: y HTTP/1.1", Flaw::bare_line_end},
      {"GET http://h/ HTTP/1.1\rX: y", Flaw::bare_line_end},
      {"\r\nGET http://h/ HTTP/1.1\nX: y", Flaw::bare_line_end},
      {"\nGET http://h/ HTTP/1.1", Flaw::bare_line_end},
      {"\rGET http://h/ HTTP/1.1", Flaw::bare_line_end},
      {"\r\n\r\nGET http://h/ HTTP/1.1", Flaw::bad_request_line},
      {" \r\nGET http://h/ HTTP/1.1", Flaw::bad_request_line},
      {"GET: http://h/ HTTP/1.1", Flaw::bad_method},
      {"PRI * HTTP/2.0", Flaw::bad_version},
      {"GET http://h/ HTTP/1.2", Flaw::bad_version},
      {"GET http://h/ http/1.1", Flaw::bad_request_line},
      {"GET http://h/ HTTP/1.1x", Flaw::bad_request_line},
      {"GET http://h/ HTTP/ 1.1", Flaw::bad_request_line},
  }));
  CAPTURE(line);
  CHECK(read_requests(line + "\r\nHost: h\r\n\r\n") == Reading{"", flaw});
}

TEST_CASE("smuggling: a target that two readers could read in two ways is refused", "[http1]") {
  const auto* line =
      GENERATE("GET http://good@evil/ HTTP/1.1", "GET http://good\\@evil/ HTTP/1.1",
               "GET http://good#@evil/ HTTP/1.1", "GET http://good%2f@evil/ HTTP/1.1",
               "GET http://good;evil/ HTTP/1.1", "GET http://good,evil/ HTTP/1.1",
               "GET http://good%00.evil/ HTTP/1.1", "GET http://good\\.evil/ HTTP/1.1",
               "GET http://[::1]evil/ HTTP/1.1", "GET http://evil:80:443/ HTTP/1.1",
               "GET http:good/ HTTP/1.1", "GET http:/good/ HTTP/1.1", "GET http:///good/ HTTP/1.1",
               "GET good/ HTTP/1.1", "GET @evil/ HTTP/1.1", "GET ?http://good/ HTTP/1.1",
               "GET http://good\tevil/ HTTP/1.1", "CONNECT good:443@evil:443 HTTP/1.1",
               "CONNECT good:443/../evil:443 HTTP/1.1", "CONNECT http://good:443 HTTP/1.1",
               "CONNECT good:443:443 HTTP/1.1", "CONNECT good HTTP/1.1");
  CAPTURE(line);
  const auto reading = read_requests(lines({line, "Host: good"}));
  CHECK(reading.messages.empty());
  CHECK(reading.refused);
}

TEST_CASE("smuggling: absolute-form decides where a request goes, not Host", "[http1]") {
  CHECK(passed_on(lines({"GET http://good/ HTTP/1.1", "Host: evil"})) ==
        lines({"GET / HTTP/1.1", "Host: good", "Via: 1.1 me"}));
  CHECK(passed_on(lines({"GET http://good/ HTTP/1.1", "Host: evil:81", "X-Forwarded-Host: evil",
                         "X-Host: evil"})) ==
        lines({"GET / HTTP/1.1", "Host: good", "X-Forwarded-Host: evil", "X-Host: evil",
               "Via: 1.1 me"}));
}

TEST_CASE("smuggling: an answer that some would read otherwise is refused", "[http1]") {
  auto [bytes, flaw] = GENERATE(table<std::string, Flaw>({
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
       Flaw::bad_content_length},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
       Flaw::length_and_encoding},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", Flaw::bad_transfer_encoding},
      {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", Flaw::bad_transfer_encoding},
      {"HTTP/1.1 200 OK\r\nSet-Cookie: a\rContent-Length: 0\r\n\r\n", Flaw::bare_line_end},
      {"HTTP/1.1 200 OK\r\nSet-Cookie: a\nContent-Length: 0\r\n\r\n", Flaw::bare_line_end},
      {"HTTP/1.1 200 OK\rX: y\r\n\r\n", Flaw::bare_line_end},
      {"HTTP/1.1 200 OK\nX: y\r\n\r\n", Flaw::bare_line_end},
      {"HTTP/1.1 200 OK\r\nX: y\r\n z\r\n\r\n", Flaw::folded_field},
      {"HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello", Flaw::bad_field_name},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\0\r\n\r\nhello"s, Flaw::forbidden_byte},
      {"HTTP/1.1 200OK\r\n\r\n", Flaw::bad_status_line},
      {"HTTP/1.1  200 OK\r\n\r\n", Flaw::bad_status_line},
      {"HTTP/1.1 +20 OK\r\n\r\n", Flaw::bad_status_line},
      {"HTTP/2 200\r\n\r\n", Flaw::bad_status_line},
      {"ICY 200 OK\r\n\r\n", Flaw::bad_status_line},
      {"<html>\r\n\r\n", Flaw::bad_status_line},  // HTTP/0.9
      {"\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", Flaw::bad_status_line},
      {"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello", Flaw::body_on_status},
      {"HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       Flaw::body_on_status},
      {"HTTP/1.1 101 Switching Protocols\r\nContent-Length: 5\r\n\r\nhello", Flaw::body_on_status},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n",
       Flaw::bad_chunk},
  }));
  CAPTURE(bytes);
  CHECK(read_answers(bytes) == Reading{"", flaw});
}

TEST_CASE("smuggling: what stands behind an answer is not of it", "[http1]") {
  const auto queued = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"s;
  auto [method, first, messages] = GENERATE_COPY(table<const char*, std::string, std::string>({
      {"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "[200][200]"},
      {"GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "[304][200 evil]"},
      {"GET", "HTTP/1.1 204 No Content\r\n\r\n", "[204][200 evil]"},
      {"GET", "HTTP/1.1 100 Continue\r\n\r\n", "[100][200 evil]"},
      {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "[200][200 evil]"},
      {"GET", "HTTP/1.1 200 OK\r\n\r\n", "[200 " + queued + "]"},
  }));
  CAPTURE(method, first);
  CHECK(read_answers(first + queued, method).messages == messages);
}

// SPDX-License-Identifier: Apache-2.0
#include <culvert/http1/body.hpp>

#include "unit/http1/heads.hpp"

using namespace culvert;
using namespace culvert::http1;
using Kind = Framing::Kind;

namespace {

std::string with(std::string_view start_line, std::string_view fields) {
  std::string text(start_line);
  return text.append("\r\n").append(fields).append("\r\n");
}

Result<Framing> of_request(std::string_view fields, std::string_view version = "HTTP/1.1") {
  const auto text = with("POST / " + std::string(version), fields);
  return request_framing(request(text));
}

Result<Framing> of_response(std::string_view status, std::string_view fields,
                            std::string_view method = "GET") {
  const auto text = with("HTTP/1.1 " + std::string(status), fields);
  return response_framing(response(text), method);
}

}  // namespace

TEST_CASE("framing: a request has the body that it announces, and else none", "[http1]") {
  auto [fields, framing] = GENERATE(table<const char*, Framing>({
      {"", {Kind::none, 0}},
      {"Content-Length: 0\r\n", {Kind::length, 0}},
      {"content-length: 42\r\n", {Kind::length, 42}},
      {"Content-Length: 007\r\n", {Kind::length, 7}},
      {"Content-Length: 9223372036854775807\r\n", {Kind::length, 9223372036854775807U}},
      {"Content-Length: 5\r\nContent-Length: 5\r\n", {Kind::length, 5}},
      {"Content-Length: 5, 5 ,5\r\n", {Kind::length, 5}},
      {"Transfer-Encoding: chunked\r\n", {Kind::chunked, 0}},
      {"transfer-encoding: Chunked\r\n", {Kind::chunked, 0}},
  }));
  CAPTURE(fields);
  CHECK(of_request(fields) == framing);
}

TEST_CASE("framing: a response has the body of RFC 9112 §6.3", "[http1]") {
  auto [method, status, fields, framing] =
      GENERATE(table<const char*, const char*, const char*, Framing>({
          {"GET", "200 OK", "", {Kind::until_close, 0}},
          {"GET", "200 OK", "Content-Length: 3\r\n", {Kind::length, 3}},
          {"GET", "200 OK", "Transfer-Encoding: chunked\r\n", {Kind::chunked, 0}},
          {"head", "200 OK", "Content-Length: 3\r\n", {Kind::length, 3}},  // methods have a case
          {"HEAD", "200 OK", "Content-Length: 3\r\n", {Kind::none, 0}},
          {"HEAD", "200 OK", "Transfer-Encoding: chunked\r\n", {Kind::none, 0}},
          {"HEAD", "200 OK", "", {Kind::none, 0}},
          {"GET", "204 No Content", "", {Kind::none, 0}},
          {"GET", "204 No Content", "Content-Length: 0\r\n", {Kind::none, 0}},  // many do
          {"GET", "304 Not Modified", "", {Kind::none, 0}},
          {"GET", "304 Not Modified", "Content-Length: 3\r\n", {Kind::none, 0}},
          {"GET", "304 Not Modified", "Transfer-Encoding: chunked\r\n", {Kind::none, 0}},
          {"GET", "100 Continue", "Content-Length: 0\r\n", {Kind::none, 0}},
          {"GET", "103 Early Hints", "", {Kind::none, 0}},
          {"GET", "101 Switching Protocols", "", {Kind::none, 0}},
          {"GET", "101 Switching Protocols", "Content-Length: 0\r\n", {Kind::none, 0}},
          {"GET", "205 Reset Content", "", {Kind::until_close, 0}},
          {"POST", "500 Oops", "Content-Length: 0\r\n", {Kind::length, 0}},
      }));
  CAPTURE(method, status, fields);
  CHECK(of_response(status, fields, method) == framing);
}

TEST_CASE("framing: a status that has no body must not announce one", "[http1]") {
  const auto* status = GENERATE("100 Continue", "101 Switching Protocols", "103 Early Hints",
                                "199 What", "204 No Content");
  const auto* fields = GENERATE("Content-Length: 3\r\n", "Content-Length: 3, 3\r\n",
                                "Transfer-Encoding: chunked\r\n");
  const auto* method = GENERATE("GET", "HEAD");
  CAPTURE(status, fields, method);
  CHECK(error_of(of_response(status, fields, method)) == Flaw::body_on_status);
}

TEST_CASE("framing: what two readers could frame in two ways is refused", "[http1]") {
  auto [fields, flaw] = GENERATE(table<const char*, Flaw>({
      {"Content-Length:\r\n", Flaw::bad_content_length},
      {"Content-Length: +5\r\n", Flaw::bad_content_length},
      {"Content-Length: -1\r\n", Flaw::bad_content_length},
      {"Content-Length: -0\r\n", Flaw::bad_content_length},
      {"Content-Length: 5,,5\r\n", Flaw::bad_content_length},
      {"Content-Length: 1_000\r\n", Flaw::bad_content_length},
      {"Content-Length: 5;q=1\r\n", Flaw::bad_content_length},
      {"Content-Length: \xef\xbc\x95\r\n", Flaw::bad_content_length},  // a 5 in another script
      {"Content-Length: 0x5\r\n", Flaw::bad_content_length},
      {"Content-Length: 5 5\r\n", Flaw::bad_content_length},
      {"Content-Length: 5.0\r\n", Flaw::bad_content_length},
      {"Content-Length: 1e2\r\n", Flaw::bad_content_length},
      {"Content-Length: \"5\"\r\n", Flaw::bad_content_length},
      {"Content-Length: 5,\r\n", Flaw::bad_content_length},
      {"Content-Length: ,5\r\n", Flaw::bad_content_length},
      {"Content-Length: 5, 6\r\n", Flaw::bad_content_length},
      {"Content-Length: 5, 05\r\n", Flaw::bad_content_length},
      {"Content-Length: 5\r\nContent-Length: 6\r\n", Flaw::bad_content_length},
      {"Content-Length: 5\r\ncontent-length:\r\n", Flaw::bad_content_length},
      {"Content-Length: 9223372036854775808\r\n", Flaw::bad_content_length},
      {"Content-Length: 18446744073709551616\r\n", Flaw::bad_content_length},
      {"Content-Length: 99999999999999999999999999\r\n", Flaw::bad_content_length},
      {"Transfer-Encoding:\r\n", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: identity\r\n", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: gzip, chunked\r\n", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: chunked, chunked\r\n", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: chunked, identity\r\n", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: chunked,\r\n", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: xchunked\r\n", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: chunked;q=1\r\n", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: \"chunked\"\r\n", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n", Flaw::bad_transfer_encoding},
      {"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", Flaw::length_and_encoding},
      {"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", Flaw::length_and_encoding},
      {"Content-Length: 5\r\nTransfer-Encoding: identity\r\n", Flaw::length_and_encoding},
  }));
  CAPTURE(fields);
  CHECK(error_of(of_request(fields)) == flaw);
  CHECK(error_of(of_response("200 OK", fields)) == flaw);
  CHECK(error_of(of_response("304 Not Modified", fields)) == flaw);
  CHECK(error_of(of_response("204 No Content", fields)) == flaw);
  CHECK(error_of(of_response("200 OK", fields, "HEAD")) == flaw);
}

TEST_CASE("framing: HTTP/1.0 knows no Transfer-Encoding", "[http1]") {
  CHECK(error_of(of_request("Transfer-Encoding: chunked\r\n", "HTTP/1.0")) ==
        Flaw::bad_transfer_encoding);
  const std::string text = with("HTTP/1.0 200 OK", "Transfer-Encoding: chunked\r\n");
  CHECK(error_of(response_framing(response(text), "GET")) == Flaw::bad_transfer_encoding);
  CHECK(of_request("Content-Length: 3\r\n", "HTTP/1.0") == Framing{Kind::length, 3});
}

// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "unit/http1/heads.hpp"

using namespace culvert;
using namespace culvert::http1;
using namespace std::string_literals;

TEST_CASE("request head: start line and fields are read as they stand", "[http1]") {
  const std::string text = lines(
      {"M-SEARCH /a?b=c|{\"d\"} HTTP/1.0", "host:a", "X-Y:  two  words \t", "x-y:", "Z: \xe9"});
  const auto head = request(text);
  CHECK(head.method == "M-SEARCH");
  CHECK(head.target == "/a?b=c|{\"d\"}");
  CHECK(head.version == Version::http10);
  std::vector<std::string> fields;
  for (const auto& field : head.fields) {
    fields.push_back(std::string(field.name) + "=" + std::string(field.value));
  }
  CHECK(fields == std::vector<std::string>{"host=a", "X-Y=two  words", "x-y=", "Z=\xe9"});
}

TEST_CASE("request head: one CRLF may stand before it", "[http1]") {
  const std::string text = "\r\n" + lines({"GET / HTTP/1.1"});
  CHECK(request(text).method == "GET");
}

TEST_CASE("request head: a start line that is not exactly three words is refused", "[http1]") {
  auto [line, flaw] = GENERATE(table<std::string, Flaw>({
      {"", Flaw::bad_request_line},
      {"GET", Flaw::bad_request_line},
      {"GET /", Flaw::bad_request_line},  // HTTP/0.9
      {"GET / ", Flaw::bad_request_line},
      {"GET  / HTTP/1.1", Flaw::bad_request_line},
      {"GET /  HTTP/1.1", Flaw::bad_request_line},
      {"GET / HTTP/1.1 ", Flaw::bad_request_line},
      {" GET / HTTP/1.1", Flaw::bad_request_line},
      {" / HTTP/1.1", Flaw::bad_request_line},
      {"GET  HTTP/1.1", Flaw::bad_request_line},
      {"GET / a HTTP/1.1", Flaw::bad_request_line},
      {"GET HTTP/1.1", Flaw::bad_request_line},
      {"GET\t/\tHTTP/1.1", Flaw::bad_request_line},
      {"GET / HTTP/1.1\t", Flaw::bad_request_line},
      {"GET / http/1.1", Flaw::bad_request_line},
      {"GET / HTTP/1", Flaw::bad_request_line},
      {"GET / HTTP/1.10", Flaw::bad_request_line},
      {"GET / HTTP/01.1", Flaw::bad_request_line},
      {"GET / HTTP/1,1", Flaw::bad_request_line},
      {"GET / HTTP/a.1", Flaw::bad_request_line},
      {"GET / XTTP/1.1", Flaw::bad_request_line},
      {"GET / HTTP/1.2", Flaw::bad_version},
      {"GET / HTTP/0.9", Flaw::bad_version},
      {"PRI * HTTP/2.0", Flaw::bad_version},
      {"GET / HTTP/3.0", Flaw::bad_version},
      {"G(T / HTTP/1.1", Flaw::bad_method},
      {"GET: / HTTP/1.1", Flaw::bad_method},
      {"G\xc3\x89T / HTTP/1.1", Flaw::bad_method},
      {"GET\t / HTTP/1.1", Flaw::bad_method},
      {"GET /\xc3\xa9 HTTP/1.1", Flaw::bad_target},
      {"GET /\ta HTTP/1.1", Flaw::bad_target},
      {"GET /\0 HTTP/1.1"s, Flaw::forbidden_byte},
      {"GET / HTTP/1.1\rA: b", Flaw::bare_line_end},
      {"GET / HTTP/1.1\nA: b", Flaw::bare_line_end},
  }));
  CAPTURE(line);
  CHECK(error_of(parse_request(lines({line, "Host: a"}))) == flaw);
}

TEST_CASE("request head: a field line that is not exactly `name: value` is refused", "[http1]") {
  auto [line, flaw] = GENERATE(table<std::string, Flaw>({
      {"Host : a", Flaw::bad_field_name},  {"Host\t: a", Flaw::bad_field_name},
      {": a", Flaw::bad_field_name},       {"Host", Flaw::bad_field_name},
      {"Ho st: a", Flaw::bad_field_name},  {"\"Host\": a", Flaw::bad_field_name},
      {"Ho(st: a", Flaw::bad_field_name},  {"H\xc3\xb6st: a", Flaw::bad_field_name},
      {" folded", Flaw::folded_field},     {"\tfolded", Flaw::folded_field},
      {" A: b", Flaw::folded_field},       {" ", Flaw::folded_field},
      {"A: b\0c"s, Flaw::bad_field_value}, {"A: \x7f", Flaw::bad_field_value},
      {"A: \x08", Flaw::bad_field_value},  {"A: b\rc", Flaw::bare_line_end},
      {"A: b\nc: d", Flaw::bare_line_end}, {"A: b\r", Flaw::bare_line_end},
      {"A: b\r\n c", Flaw::folded_field},
  }));
  CAPTURE(line);
  CHECK(error_of(parse_request(lines({"GET / HTTP/1.1", line, "B: c"}))) == flaw);
  CHECK(error_of(parse_request(lines({"GET / HTTP/1.1", "B: c", line}))) == flaw);
  CHECK(error_of(parse_response(lines({"HTTP/1.1 200 OK", line, "B: c"}))) == flaw);
}

TEST_CASE("request head: what is cut off or goes on behind the empty line is refused", "[http1]") {
  const std::string text = lines({"GET / HTTP/1.1", "Host: a"});
  for (std::size_t length = 0; length < text.size(); ++length) {
    CAPTURE(length);
    CHECK_FALSE(parse_request(text.substr(0, length)));
  }
  CHECK_FALSE(parse_request(text + "A: b\r\n\r\n"));
  CHECK_FALSE(parse_request(text + "x"));
}

TEST_CASE("request head: the limits hold", "[http1]") {
  const HeadLimits limits{.head_bytes = 100, .target_bytes = 8, .fields = 3};
  CHECK(parse_request(lines({"GET /2345678 HTTP/1.1", "A: 1", "B: 2", "C: 3"}), limits));
  CHECK(error_of(parse_request(lines({"GET / HTTP/1.1", "A: 1", "B: 2", "C: 3", "D: 4"}),
                               limits)) == Flaw::too_many_fields);
  CHECK(error_of(parse_request(lines({"GET /23456789 HTTP/1.1"}), limits)) ==
        Flaw::target_too_long);
  CHECK(error_of(parse_request(lines({"GET / HTTP/1.1", "A: " + std::string(80, 'a')}), limits)) ==
        Flaw::head_too_large);
}

TEST_CASE("request head: Connection names no more options than there may be fields", "[http1]") {
  const HeadLimits limits{.fields = 3};
  CHECK(parse_request(lines({"GET / HTTP/1.1", "Connection: a,b", "connection: c"}), limits));
  CHECK(error_of(parse_request(lines({"GET / HTTP/1.1", "Connection: a,b", "connection: c,d"}),
                               limits)) == Flaw::too_many_fields);
  CHECK(parse_request(lines({"GET / HTTP/1.1", "Accept: a,b,c,d,e"}), limits));
}

TEST_CASE("response head: version, status and reason are read", "[http1]") {
  auto [line, version, status, reason] = GENERATE(table<const char*, Version, int, const char*>({
      {"HTTP/1.1 200 OK", Version::http11, 200, "OK"},
      {"HTTP/1.0 404 Not  Found ", Version::http10, 404, "Not  Found "},
      {"HTTP/1.1 200 ", Version::http11, 200, ""},
      {"HTTP/1.1 200", Version::http11, 200, ""},  // some servers leave the space out as well
      {"HTTP/1.1 100 Continue", Version::http11, 100, "Continue"},
      {"HTTP/1.1 599 a\tb\xe9", Version::http11, 599, "a\tb\xe9"},
  }));
  const std::string text = lines({line, "A: b"});
  CAPTURE(line);
  const auto head = response(text);
  CHECK(head.version == version);
  CHECK(head.status == status);
  CHECK(head.reason == reason);
  CHECK(head.fields.first("a") == "b");
}

TEST_CASE("response head: nothing may stand before it", "[http1]") {
  CHECK(error_of(parse_response("\r\n" + lines({"HTTP/1.1 200 OK"}))) == Flaw::bad_status_line);
}

TEST_CASE("response head: a status line of another shape is refused", "[http1]") {
  auto [line, flaw] = GENERATE(table<std::string, Flaw>({
      {"", Flaw::bad_status_line},
      {"HTTP/1.1", Flaw::bad_status_line},
      {"HTTP/1.1 ", Flaw::bad_status_line},
      {"HTTP/1.1 20", Flaw::bad_status_line},
      {"HTTP/1.1 2000 OK", Flaw::bad_status_line},
      {"HTTP/1.1  200 OK", Flaw::bad_status_line},
      {"HTTP/1.1 200OK", Flaw::bad_status_line},
      {"HTTP/1.1 200\tOK", Flaw::bad_status_line},
      {"HTTP/1.1\t200 OK", Flaw::bad_status_line},
      {"HTTP/1.1 099 OK", Flaw::bad_status_line},
      {"HTTP/1.1 600 OK", Flaw::bad_status_line},
      {"HTTP/1.1 000 OK", Flaw::bad_status_line},
      {"HTTP/1.1 -20 OK", Flaw::bad_status_line},
      {"HTTP/1.1 2x0 OK", Flaw::bad_status_line},
      {"HTTP/11 200 OK", Flaw::bad_status_line},
      {"http/1.1 200 OK", Flaw::bad_status_line},
      {" HTTP/1.1 200 OK", Flaw::bad_status_line},
      {"ICY 200 OK", Flaw::bad_status_line},
      {"HTTP/2.0 200 OK", Flaw::bad_version},
      {"HTTP/1.2 200 OK", Flaw::bad_version},
      {"HTTP/1.1 200 O\0K"s, Flaw::forbidden_byte},
      {"HTTP/1.1 200 O\nK", Flaw::bare_line_end},
  }));
  CAPTURE(line);
  CHECK(error_of(parse_response(lines({line}))) == flaw);
}

TEST_CASE("fields: names and tokens are found whatever their case", "[http1]") {
  const std::string text = lines(
      {"GET / HTTP/1.1", "A: 1", "b: keep-alive ,  Upgrade", "a: 2", "B: close;q=1, \"x\",, TE"});
  const auto fields = request(text).fields;
  CHECK(fields.size() == 4);
  CHECK(fields.count("a") == 2);
  CHECK(fields.count("c") == 0);
  CHECK(fields.first("A") == "1");
  CHECK(fields.first("c") == std::nullopt);
  CHECK(fields.has_token("B", "upgrade"));
  CHECK(fields.has_token("b", "KEEP-ALIVE"));
  CHECK(fields.has_token("b", "te"));
  CHECK_FALSE(fields.has_token("b", "close"));  // it is `close;q=1`
  CHECK_FALSE(fields.has_token("b", "x"));
  CHECK_FALSE(fields.has_token("b", "keep"));
  CHECK_FALSE(fields.has_token("c", "te"));
  CHECK(same_token("", ""));
  CHECK(same_token("aZ-", "Az-"));
  CHECK_FALSE(same_token("@", "`"));  // 32 apart, and no letters
  CHECK_FALSE(same_token("a", "ab"));
}

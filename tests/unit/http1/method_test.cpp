// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include <culvert/http1/hop.hpp>

#include "unit/http1/heads.hpp"

using namespace culvert;
using namespace culvert::http1;

namespace {

Result<std::optional<std::uint64_t>> max_forwards_of(std::string_view method,
                                                     std::string_view fields) {
  const std::string text = lines({std::string(method) + " http://h/ HTTP/1.1", fields});
  return max_forwards(request(text));
}

}  // namespace

TEST_CASE("method: those that may be tried twice are known, case and all", "[http1]") {
  for (const auto* method : {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"}) {
    CAPTURE(method);
    CHECK(is_idempotent(method));
  }
  for (const auto* method : {"POST", "PATCH", "CONNECT", "get", "PROPFIND", "GETX", ""}) {
    CAPTURE(method);
    CHECK_FALSE(is_idempotent(method));
  }
}

TEST_CASE("method: Max-Forwards is read for TRACE and OPTIONS", "[http1]") {
  const auto* method = GENERATE("TRACE", "OPTIONS");
  auto [field, number] = GENERATE(table<const char*, std::optional<std::uint64_t>>({
      {"A: b", std::nullopt},
      {"Max-Forwards: 0", 0},
      {"max-forwards:  007 ", 7},
      {"Max-Forwards: 18446744073709551615", UINT64_MAX},
      {"Max-Forwards: 99999999999999999999999999", UINT64_MAX},  // our largest
  }));
  CAPTURE(method, field);
  const auto read = max_forwards_of(method, field);
  REQUIRE(read);
  CHECK(*read == number);
}

TEST_CASE("method: Max-Forwards means nothing with any other method", "[http1]") {
  const auto* method = GENERATE("GET", "POST", "trace", "options");
  const auto* field = GENERATE("Max-Forwards: 0", "Max-Forwards: x");
  CHECK(max_forwards_of(method, field).value() == std::nullopt);
}

TEST_CASE("method: a Max-Forwards that is not one number is refused", "[http1]") {
  const auto* field =
      GENERATE("Max-Forwards:", "Max-Forwards: x", "Max-Forwards: -1", "Max-Forwards: +1",
               "Max-Forwards: 1 2", "Max-Forwards: 1, 1", "Max-Forwards: 0x1", "Max-Forwards: 1.5",
               "Max-Forwards: 1\r\nmax-forwards: 1");
  CAPTURE(field);
  CHECK(error_of(max_forwards_of("TRACE", field)) == Flaw::bad_max_forwards);
}

TEST_CASE("method: Max-Forwards is written as the hop says, in its place", "[http1]") {
  auto [field, written, expected] =
      GENERATE(table<const char*, std::optional<std::uint64_t>, const char*>({
          {"MAX-Forwards: 7", 6, "MAX-Forwards: 6"},
          {"Max-Forwards: 07", std::nullopt, "Max-Forwards: 07"},
          {"Max-Forwards: 1", 0, "Max-Forwards: 0"},
          {"X: 1", 6, "X: 1"},  // nobody asked
      }));
  CAPTURE(field);
  const std::string text = lines({"TRACE http://h/ HTTP/1.1", "Host: h", "A: b", field, "C: d"});
  const auto head = request(text);
  CHECK(write_request(head, *read_target(head),
                      {.via = "me", .framing = {}, .keep_alive = true, .max_forwards = written}) ==
        lines({"TRACE / HTTP/1.1", "Host: h", "A: b", expected, "C: d", "Via: 1.1 me"}));
}

TEST_CASE("method: the answer to a TRACE is the request without its secrets", "[http1]") {
  const std::string text =
      lines({"TRACE http://h/a?b HTTP/1.1", "Host: h", "authorization: Basic x", "X:  y ",
             "Proxy-Authorization: Basic x", "COOKIE: a", "Max-Forwards: 0", "X: z"});
  CHECK(trace_body(request(text)) ==
        lines({"TRACE http://h/a?b HTTP/1.1", "Host: h", "X: y", "Max-Forwards: 0", "X: z"}));
  const std::string old = lines({"TRACE / HTTP/1.0"});
  CHECK(trace_body(request(old)) == old);
}

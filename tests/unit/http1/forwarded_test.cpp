// SPDX-License-Identifier: Apache-2.0
#include <culvert/http1/hop.hpp>

#include "unit/http1/heads.hpp"

using namespace culvert;
using namespace culvert::http1;

namespace {

std::string forwarded(std::string_view fields, Forwarded rule, std::string_view client) {
  const std::string text = lines({"GET http://h/ HTTP/1.1", "Host: h", fields, "A: b"});
  const auto head = request(text);
  return write_request(
      head, *read_target(head),
      {.via = "me", .framing = {}, .keep_alive = true, .forwarded = rule, .client = client});
}

std::string written(std::initializer_list<std::string_view> fields) {
  std::string out = "GET / HTTP/1.1\r\nHost: h\r\n";
  for (const auto field : fields) out.append(field).append("\r\n");
  return out.append("Via: 1.1 me\r\n\r\n");
}

constexpr auto all_of_them =
    "Forwarded: for=a\r\nX-Forwarded-For: 1.2.3.4\r\nx-real-ip: 1.2.3.4\r\nforwarded: for=b\r\n"
    "X-Forwarded-Proto: http";

}  // namespace

TEST_CASE("forwarded: who the client is goes no further, unless it is told to", "[http1]") {
  CHECK(forwarded(all_of_them, Forwarded::remove, "192.0.2.1") ==
        written({"X-Forwarded-Proto: http", "A: b"}));
  const RequestHop hop{.via = "me", .framing = {}};
  CHECK(hop.forwarded == Forwarded::remove);
  CHECK(hop.client == "unknown");
}

TEST_CASE("forwarded: Connection changes nothing about that", "[http1]") {
  const std::string fields = "Connection: Forwarded, X-Real-IP, x-forwarded-for\r\n";
  CHECK(forwarded(fields + all_of_them, Forwarded::remove, "192.0.2.1") ==
        written({"X-Forwarded-Proto: http", "A: b"}));
  CHECK(forwarded(fields + "Forwarded: for=a\r\nX-Forwarded-For: b", Forwarded::add, "192.0.2.1") ==
        written({"A: b", "Forwarded: for=a, for=192.0.2.1", "X-Forwarded-For: b, 192.0.2.1"}));
}

TEST_CASE("forwarded: off lets all pass as they came", "[http1]") {
  CHECK(forwarded(all_of_them, Forwarded::off, "192.0.2.1") == written({all_of_them, "A: b"}));
}

TEST_CASE("forwarded: the client is added behind those who are there", "[http1]") {
  auto [fields, list, addresses] = GENERATE(table<std::string, const char*, const char*>({
      {"X: y", "Forwarded: for=192.0.2.1", "X-Forwarded-For: 192.0.2.1"},
      {"X: y\r\nForwarded: for=a;by=b, for=\"c,d\"",
       "Forwarded: for=a;by=b, for=\"c,d\", for=192.0.2.1", "X-Forwarded-For: 192.0.2.1"},
      {"X: y\r\nforwarded: for=a\r\nForwarded: for=b", "Forwarded: for=a, for=b, for=192.0.2.1",
       "X-Forwarded-For: 192.0.2.1"},
      {"x-forwarded-for: a\r\nX: y\r\nX-Forwarded-For: b,c", "Forwarded: for=192.0.2.1",
       "X-Forwarded-For: a, b,c, 192.0.2.1"},
      {"X: y\r\nForwarded:\r\nX-Forwarded-For:", "Forwarded: for=192.0.2.1",
       "X-Forwarded-For: 192.0.2.1"},
      // a quote that does not end would swallow us
      {"X: y\r\nForwarded: for=\"a\r\nForwarded: for=b", "Forwarded: for=b, for=192.0.2.1",
       "X-Forwarded-For: 192.0.2.1"},
      {"X: y\r\nForwarded: for=\"a\\\"", "Forwarded: for=192.0.2.1", "X-Forwarded-For: 192.0.2.1"},
      {"X: y\r\nForwarded: for=\"a\\\"\", for=b", "Forwarded: for=\"a\\\"\", for=b, for=192.0.2.1",
       "X-Forwarded-For: 192.0.2.1"},
  }));
  CAPTURE(fields);
  CHECK(forwarded(fields, Forwarded::add, "192.0.2.1") ==
        written({"X: y", "A: b", list, addresses}));
}

TEST_CASE("forwarded: a client is written as RFC 7239 §6 has it", "[http1]") {
  auto [client, list, addresses] = GENERATE(table<const char*, const char*, const char*>({
      {"192.0.2.1", "Forwarded: for=192.0.2.1", "X-Forwarded-For: 192.0.2.1"},
      {"2001:db8::1", "Forwarded: for=\"[2001:db8::1]\"", "X-Forwarded-For: 2001:db8::1"},
      {"", "Forwarded: for=unknown", "X-Forwarded-For: unknown"},
  }));
  CHECK(forwarded("X: y", Forwarded::add, client) == written({"X: y", "A: b", list, addresses}));
}

TEST_CASE("forwarded: X-Real-IP goes on only when all is let alone", "[http1]") {
  const auto on = "\r\nX-Real-IP: a\r\n";
  CHECK(contains(forwarded("X-Real-IP: a", Forwarded::off, "192.0.2.1"), on));
  CHECK_FALSE(contains(forwarded("X-Real-IP: a", Forwarded::add, "192.0.2.1"), on));
  CHECK_FALSE(contains(forwarded("X-Real-IP: a", Forwarded::remove, "192.0.2.1"), on));
}

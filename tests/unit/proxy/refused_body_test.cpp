// SPDX-License-Identifier: Apache-2.0
#include "proxy/refused_body.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace culvert;
using proxy::RefusedBody;

namespace {

std::unique_ptr<RefusedBody> body_of(const std::string& fields) {
  const auto text = "POST / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
  return RefusedBody::of(http1::parse_request(text).value(), {});
}

const std::string chunked = "Transfer-Encoding: chunked\r\n";

}  // namespace

TEST_CASE("refused body: what is behind it belongs to the next request", "[refused_body]") {
  const auto [fields, whole] = GENERATE(table<std::string, std::string>({
      {"Content-Length: 5\r\n", "GET /"},
      {chunked, "0\r\n\r\n"},
      {chunked, "5;x=y\r\nGET /\r\n0\r\nA: b\r\n\r\n"},
  }));
  const std::string next = "GET http://a/ HTTP/1.1\r\n";
  for (std::size_t split = 0; split <= whole.size(); ++split) {
    const auto body = body_of(fields);
    REQUIRE(body);
    CHECK(body->take(whole.substr(0, split)) == split);
    CHECK(body->complete() == (split == whole.size()));
    CHECK(body->take(whole.substr(split) + next) == whole.size() - split);
    CHECK(body->complete());
  }
}

TEST_CASE("refused body: one that is long or may not come is not waited for", "[refused_body]") {
  CHECK(body_of("Content-Length: 65536\r\n"));
  CHECK_FALSE(body_of("Content-Length: 65537\r\n"));
  CHECK_FALSE(body_of("Content-Length: 3\r\nExpect: 100-continue\r\n"));
  CHECK_FALSE(body_of(chunked + "Expect: 100-continue\r\n"));
}

TEST_CASE("refused body: chunks that are malformed, or too many, are given up", "[refused_body]") {
  CHECK_FALSE(body_of(chunked)->take("x"));
  CHECK_FALSE(body_of(chunked)->take("3\r\nabcd\r\n"));
  const auto body = body_of(chunked);
  const std::string chunk = "1000\r\n" + std::string(4096, 'a') + "\r\n";
  std::size_t taken = 0;
  while (body->take(chunk)) taken += chunk.size();
  CHECK(taken <= RefusedBody::most_bytes);
  CHECK(taken + chunk.size() > RefusedBody::most_bytes);
}

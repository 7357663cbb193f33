// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <culvert/http1/date.hpp>

using namespace culvert::http1;
using std::chrono::seconds;
using std::chrono::system_clock;

TEST_CASE("date: is written as RFC 9110 writes it", "[http1]") {
  auto [since_1970, text] = GENERATE(table<std::int64_t, const char*>({
      {784111777, "Sun, 06 Nov 1994 08:49:37 GMT"},
      {0, "Thu, 01 Jan 1970 00:00:00 GMT"},
      {1709164799, "Wed, 28 Feb 2024 23:59:59 GMT"},
      {1709164800, "Thu, 29 Feb 2024 00:00:00 GMT"},
      {4102444799, "Thu, 31 Dec 2099 23:59:59 GMT"},
  }));
  CHECK(imf_fixdate(system_clock::time_point(seconds(since_1970))) == text);
}

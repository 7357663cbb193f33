// SPDX-License-Identifier: Apache-2.0
#include "dns/cache.hpp"

#include <catch2/catch.hpp>
#include <culvert/error.hpp>

using namespace culvert;
using namespace std::chrono_literals;
using dns::Answer;
using dns::Cache;

namespace {

constexpr net::TimePoint start{1h};

Answer addresses(std::uint32_t last) {
  return std::vector{Address::v4(0xc0000200U + last)};
}

}  // namespace

TEST_CASE("cache: an answer is there until its time and not after", "[cache]") {
  Cache cache(10);
  cache.keep("chat.test", addresses(1), start + 5s);
  REQUIRE(cache.find("chat.test", start));
  CHECK(*cache.find("chat.test", start) == addresses(1));
  CHECK(cache.find("chat.test", start + 5s - 1ns));
  CHECK_FALSE(cache.find("chat.test", start + 5s));
  CHECK(cache.size() == 0);
}

TEST_CASE("cache: another name has another answer", "[cache]") {
  Cache cache(10);
  cache.keep("chat.test", addresses(1), start + 5s);
  CHECK_FALSE(cache.find("chat.tes", start));
  CHECK_FALSE(cache.find("", start));
}

TEST_CASE("cache: that a name does not exist is an answer too", "[cache]") {
  Cache cache(10);
  cache.keep("gone.test", fail(Errc::name_not_found), start + 5s);
  const auto* found = cache.find("gone.test", start);
  REQUIRE(found);
  CHECK(found->error() == Errc::name_not_found);
}

TEST_CASE("cache: the newer answer for a name takes the place of the older", "[cache]") {
  Cache cache(10);
  cache.keep("chat.test", addresses(1), start + 5s);
  cache.keep("chat.test", addresses(2), start + 1s);
  CHECK(cache.size() == 1);
  REQUIRE(cache.find("chat.test", start));
  CHECK(*cache.find("chat.test", start) == addresses(2));
  CHECK_FALSE(cache.find("chat.test", start + 1s));
}

TEST_CASE("cache: when it is full the name not asked for the longest goes", "[cache]") {
  Cache cache(3);
  for (const auto* name : {"a.test", "b.test", "c.test"}) {
    cache.keep(name, addresses(1), start + 5s);
  }
  REQUIRE(cache.find("a.test", start));
  cache.keep("d.test", addresses(1), start + 5s);
  CHECK(cache.size() == 3);
  CHECK(cache.find("a.test", start));
  CHECK_FALSE(cache.find("b.test", start));
  CHECK(cache.find("c.test", start));
  CHECK(cache.find("d.test", start));
}

TEST_CASE("cache: however many names come, it holds no more than its bound", "[cache]") {
  Cache cache(100);
  for (int i = 0; i < 10'000; ++i) {
    cache.keep(std::to_string(i) + ".test", addresses(1), start + 5s);
  }
  CHECK(cache.size() == 100);
  CHECK(cache.find("9999.test", start));
}

TEST_CASE("cache: one of no entries keeps nothing", "[cache]") {
  Cache cache(0);
  cache.keep("chat.test", addresses(1), start + 5s);
  CHECK_FALSE(cache.find("chat.test", start));
}

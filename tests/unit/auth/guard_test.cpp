// SPDX-License-Identifier: Apache-2.0
#include "auth/guard.hpp"

#include <catch2/catch.hpp>

using namespace culvert;
using auth::Guard;
using namespace std::chrono_literals;

namespace {

const auth::Clock::time_point begin{1000h};

void fail(Guard& guard, const std::string& client, int times, auth::Clock::time_point now) {
  for (int i = 0; i < times; ++i) guard.failed(client, now);
}

}  // namespace

TEST_CASE("guard: the first wrong ones cost nothing, the fifth a second", "[auth]") {
  Guard guard;
  CHECK_FALSE(guard.wait("a", begin));
  fail(guard, "a", 4, begin);
  CHECK_FALSE(guard.wait("a", begin));
  guard.failed("a", begin);
  CHECK(guard.wait("a", begin) == 1s);
  CHECK(guard.wait("a", begin + 1ms) == 1s);
  CHECK_FALSE(guard.wait("a", begin + 1s));
  CHECK_FALSE(guard.wait("b", begin));
}

TEST_CASE("guard: each further one doubles the wait, up to half a minute", "[auth]") {
  Guard guard;
  fail(guard, "a", 4, begin);
  auto now = begin;
  for (const auto wait : {1s, 2s, 4s, 8s, 16s, 30s, 30s, 30s}) {
    guard.failed("a", now);
    CHECK(guard.wait("a", now) == wait);
    now += wait;
    CHECK_FALSE(guard.wait("a", now));
  }
}

TEST_CASE("guard: a minute without a wrong one, and all is forgotten", "[auth]") {
  Guard guard;
  SECTION("before the wait began") {
    fail(guard, "a", 4, begin);
    guard.failed("a", begin + 60s);
    CHECK_FALSE(guard.wait("a", begin + 60s));
    fail(guard, "a", 3, begin + 60s);
    CHECK_FALSE(guard.wait("a", begin + 60s));
    guard.failed("a", begin + 60s);
    CHECK(guard.wait("a", begin + 60s) == 1s);
  }
  SECTION("after it: the minute begins when the client may try again") {
    fail(guard, "a", 10, begin);
    guard.failed("a", begin + 30s + 59s);
    CHECK(guard.wait("a", begin + 89s) == 30s);
    guard.failed("a", begin + 89s + 30s + 60s);
    CHECK_FALSE(guard.wait("a", begin + 89s + 30s + 60s));
  }
}

TEST_CASE("guard: a client has four checks under way at most", "[auth]") {
  Guard guard;
  for (int i = 0; i < Guard::checks_at_once; ++i) CHECK(guard.begin("a"));
  CHECK_FALSE(guard.begin("a"));
  CHECK(guard.begin("b"));
  guard.finish("a");
  CHECK(guard.begin("a"));
  CHECK_FALSE(guard.begin("a"));
}

TEST_CASE("guard: of too many clients the longest unheard of is forgotten, but no check under way",
          "[auth]") {
  Guard guard;
  for (int i = 0; i < Guard::checks_at_once; ++i) CHECK(guard.begin("busy"));
  fail(guard, "guesser", 5, begin);
  fail(guard, "idle", 5, begin);
  for (std::size_t i = 0; i < Guard::clients - 2; ++i) {
    guard.failed(std::to_string(i), begin);
    if (i == 0) guard.failed("guesser", begin);
  }
  CHECK(guard.wait("guesser", begin));
  CHECK_FALSE(guard.wait("idle", begin));
  CHECK_FALSE(guard.begin("busy"));
}

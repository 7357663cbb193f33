// SPDX-License-Identifier: Apache-2.0
#include "proxy/pace.hpp"

#include <catch2/catch.hpp>

using namespace culvert::proxy;
using culvert::net::TimePoint;
using namespace std::chrono_literals;

namespace {

const TimePoint start{1h};

}  // namespace

TEST_CASE("pace: who sends nothing has the grace", "[pace]") {
  const Pace pace(100, 20s);
  CHECK(pace.until(start) == start + 20s);
  CHECK(pace.until(start + 1h) == start + 1h + 20s);  // nobody waited meanwhile
}

TEST_CASE("pace: all waits together count, and bytes buy time at the rate", "[pace]") {
  Pace pace(100, 20s);
  pace.waited(15s);
  CHECK(pace.until(start) == start + 5s);
  pace.came(1000);  // ten seconds
  CHECK(pace.until(start) == start + 15s);
  pace.waited(14s);
  pace.came(50);
  CHECK(pace.until(start) == start + 1s + 500ms);
  pace.waited(1500ms);
  CHECK(pace.until(start) == start);
  pace.waited(1s);  // the clock looked late
  CHECK(pace.until(start) < start);
}

TEST_CASE("pace: one who keeps to the rate is never cut, one just below it is in the end",
          "[pace]") {
  auto [bytes, lasts] = GENERATE(table<unsigned, bool>({{100, true}, {99, false}}));
  Pace pace(100, 20s);
  bool cut = false;
  for (int second = 0; second < 10'000 && !cut; ++second) {
    cut = pace.until(start) < start + 1s;
    pace.waited(1s);
    pace.came(bytes);
  }
  CHECK(cut != lasts);
}

TEST_CASE("pace: no rate is no limit", "[pace]") {
  auto pace = Pace::any();
  pace.waited(24h);
  CHECK(pace.until(start) == culvert::net::never);
}

TEST_CASE("pace: a sender who may wait first is measured from when it begins", "[pace]") {
  Pace pace(100, 20s, Pace::Begins::later);
  pace.waited(1h);
  CHECK(pace.until(start) == culvert::net::never);
  pace.begin();
  CHECK(pace.until(start) == start + 20s);
  pace.came(100);
  CHECK(pace.until(start) == start + 21s);
}

TEST_CASE("pace: no number of bytes overflows the clock", "[pace]") {
  auto rate = GENERATE(1U, 1U << 30);
  Pace pace(rate, 20s);
  pace.came(UINT64_MAX);
  CHECK(pace.until(start) > start + 20s);
  CHECK(pace.until(start) < culvert::net::never);
}

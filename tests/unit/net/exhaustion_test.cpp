// SPDX-License-Identifier: Apache-2.0
#include "net/exhaustion.hpp"

#include <catch2/catch.hpp>

using namespace culvert::net;
using namespace std::chrono_literals;

TEST_CASE("exhaustion: it begins once, and anew after ten calm seconds", "[exhaustion]") {
  Exhaustion exhaustion;
  const TimePoint start{1h};
  CHECK(exhaustion.begins(start));
  CHECK_FALSE(exhaustion.begins(start));
  CHECK_FALSE(exhaustion.begins(start + 100ms));
  CHECK_FALSE(exhaustion.begins(start + 9s));   // it came and went
  CHECK_FALSE(exhaustion.begins(start + 19s));  // ten seconds after that
  CHECK(exhaustion.begins(start + 29s + 1ms));
  CHECK_FALSE(exhaustion.begins(start + 30s));
}

TEST_CASE("exhaustion: a clock of another thread that is behind begins nothing", "[exhaustion]") {
  Exhaustion exhaustion;
  const TimePoint start{1h};
  CHECK(exhaustion.begins(start));
  CHECK_FALSE(exhaustion.begins(start - 20s));
}

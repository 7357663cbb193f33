// SPDX-License-Identifier: Apache-2.0
#include "relay/direction.hpp"

#include <catch2/catch.hpp>

using namespace culvert::relay;
using namespace std::chrono_literals;

namespace {

constexpr TimePoint start{};

}  // namespace

TEST_CASE("direction: it is bulk from the second full read in a row on", "[direction]") {
  Bulk bulk;
  CHECK_FALSE(bulk.spliced());
  bulk.saw(100, 100);
  CHECK_FALSE(bulk.spliced());
  bulk.saw(100, 100);
  CHECK(bulk.spliced());
  bulk.saw(100, 100);
  CHECK(bulk.spliced());
}

TEST_CASE("direction: a read that is not full makes it no bulk", "[direction]") {
  Bulk bulk;
  bulk.saw(100, 100);
  bulk.saw(99, 100);
  bulk.saw(100, 100);
  CHECK_FALSE(bulk.spliced());
  bulk.saw(100, 100);
  bulk.saw(1, 100);
  CHECK_FALSE(bulk.spliced());
}

TEST_CASE("direction: however long it is bulk, one small read ends it", "[direction]") {
  Bulk bulk;
  for (int i = 0; i < 1000; ++i) bulk.saw(100, 100);
  bulk.saw(1, 100);
  CHECK_FALSE(bulk.spliced());
}

TEST_CASE("direction: without limits a tunnel is never due", "[direction]") {
  const Clocks clocks{.begun = start, .active = start + 5s, .used = start + 5s};
  CHECK(due({}, clocks, false).when == culvert::net::never);
  CHECK(due({}, clocks, true).when == culvert::net::never);
}

TEST_CASE("direction: the limit that strikes first is the one that is due", "[direction]") {
  struct Row {
    const char* what;
    Limits limits;
    bool half_closed;
    std::chrono::seconds when;
    Ending why;
  };
  // Begun at 0 s, active at 10 s.
  const auto row = GENERATE(values<Row>({
      {"idle counts from the last byte", {.idle = 5s}, false, 15s, Ending::idle},
      {"lifetime counts from the beginning", {.lifetime = 20s}, false, 20s, Ending::lifetime},
      {"idle before lifetime", {.idle = 5s, .lifetime = 20s}, false, 15s, Ending::idle},
      {"lifetime before idle", {.idle = 30s, .lifetime = 20s}, false, 20s, Ending::lifetime},
      {"half_closed is for tunnels that are",
       {.idle = 9s, .half_closed = 1s},
       false,
       19s,
       Ending::idle},
      {"half_closed counts from the last byte",
       {.idle = 9s, .half_closed = 1s},
       true,
       11s,
       Ending::half_closed},
      {"idle before half_closed", {.idle = 1s, .half_closed = 9s}, true, 11s, Ending::idle},
      {"lifetime before half_closed",
       {.lifetime = 12s, .half_closed = 9s},
       true,
       12s,
       Ending::lifetime},
      {"half_closed alone", {.half_closed = 3s}, true, 13s, Ending::half_closed},
      {"a limit that has passed is due", {.lifetime = 1s}, false, 1s, Ending::lifetime},
  }));
  CAPTURE(row.what);
  const auto first = due(row.limits, {.begun = start, .active = start + 10s, .used = start + 10s},
                         row.half_closed);
  CHECK(first.when == start + row.when);
  CHECK(first.why == row.why);
}

TEST_CASE("due: what moves and is no use keeps a half-closed tunnel alone", "[direction]") {
  const Clocks clocks{.begun = start, .active = start + 50s, .used = start + 10s};
  CHECK(due({.idle = 100s}, clocks, false).when == start + 110s);
  const auto first = due({.idle = 100s, .half_closed = 30s}, clocks, true);
  CHECK(first.when == start + 80s);
  CHECK(first.why == Ending::half_closed);
}

// SPDX-License-Identifier: Apache-2.0
#include <numeric>

#include <catch2/catch.hpp>
#include <culvert/websocket/facts.hpp>

using namespace culvert::websocket;

namespace {

RoundTrips::Time us(int count) {
  return RoundTrips::Time(count);
}

}  // namespace

TEST_CASE("facts: an opcode is of a kind, and each kind has a word", "[facts]") {
  auto [opcode, kind, name] = GENERATE(table<int, Kind, const char*>({
      {0, Kind::continuation, "continuation"},
      {1, Kind::text, "text"},
      {2, Kind::binary, "binary"},
      {3, Kind::other, "other"},
      {7, Kind::other, "other"},
      {8, Kind::close, "close"},
      {9, Kind::ping, "ping"},
      {10, Kind::pong, "pong"},
      {11, Kind::other, "other"},
      {15, Kind::other, "other"},
  }));
  CAPTURE(opcode);
  CHECK(kind_of(static_cast<std::uint8_t>(opcode)) == kind);
  CHECK(word(kind) == name);
  CHECK(static_cast<std::size_t>(kind) < kinds);
}

TEST_CASE("facts: a round trip is counted in its bucket, whose bound belongs to it", "[facts]") {
  auto [time, bucket] = GENERATE(table<int, std::size_t>({
      {0, 0},
      {500, 0},
      {501, 1},
      {1'000, 1},
      {1'001, 2},
      {10'000, 4},
      {99'999, 7},
      {100'000, 7},
      {1'000'000, 10},
      {1'000'001, 11},
      {90'000'000, 11},
  }));
  CAPTURE(time);
  RoundTrips trips;
  trips.add(us(time));
  for (std::size_t i = 0; i < trips.buckets.size(); ++i) {
    CHECK(trips.buckets[i] == (i == bucket ? 1 : 0));
  }
}

TEST_CASE("facts: of round trips the last, the shortest and the longest are kept", "[facts]") {
  RoundTrips trips;
  CHECK(trips.count == 0);
  trips.add(us(700));
  CHECK(trips.min == us(700));
  CHECK(trips.max == us(700));
  trips.add(us(90'000));
  trips.add(us(300));
  trips.add(us(800));
  CHECK(trips.last == us(800));
  CHECK(trips.min == us(300));
  CHECK(trips.max == us(90'000));
  CHECK(trips.count == 4);
  CHECK(trips.buckets[1] == 2);
  CHECK(std::accumulate(trips.buckets.begin(), trips.buckets.end(), 0U) == trips.count);
}

TEST_CASE("facts: one that took no time is the shortest", "[facts]") {
  RoundTrips trips;
  trips.add(us(0));
  trips.add(us(5));
  CHECK(trips.min == us(0));
  CHECK(trips.max == us(5));
}

TEST_CASE("facts: each side has its own", "[facts]") {
  Facts facts;
  facts.of(Side::client)[Kind::text].frames = 1;
  facts.of(other(Side::client))[Kind::text].frames = 2;
  const auto& read = facts;
  CHECK(read.of(Side::client)[Kind::text].frames == 1);
  CHECK(read.of(Side::origin)[Kind::text].frames == 2);
  CHECK(read.of(Side::origin)[Kind::binary].frames == 0);
  CHECK(other(Side::origin) == Side::client);
}

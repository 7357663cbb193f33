// SPDX-License-Identifier: Apache-2.0
#include "proxy/quota.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <culvert/error.hpp>

using namespace culvert;
using namespace culvert::proxy;
using namespace std::chrono_literals;
using Kind = Holder::Kind;
using Of = Excess::Of;

namespace {

constexpr std::uint64_t KiB = 1024;
const net::TimePoint start = net::TimePoint() + 1000h;

/// Days of 24 hours from `start` on.
Day calendar(net::TimePoint now) {
  const auto days = (now - start) / 24h;
  return {.number = static_cast<std::uint16_t>(days), .end = start + (days + 1) * 24h};
}

Holder rule(const policy::Quota& quota, std::string name = "chat") {
  return {.kind = Kind::rule, .key = std::move(name), .quota = quota};
}
Holder user(const policy::Quota& quota, std::string name = "alice") {
  return {.kind = Kind::user, .key = std::move(name), .quota = quota};
}

using Holders = std::vector<Holder>;

/// What is refused, or "" when nothing is.
std::string refused(Quotas& quotas, const Holders& holders, net::TimePoint now = start) {
  const auto admitted = quotas.admit_tunnel(holders, now);
  return admitted ? "" : text_of(admitted.error().which);
}

}  // namespace

TEST_CASE("quota: so many tunnels may be open, and one more when one has ended", "[quota]") {
  Quotas quotas(calendar);
  const Holders holders{user({.tunnels = 2})};
  auto first = quotas.admit_tunnel(holders, start);
  const auto second = quotas.admit_tunnel(holders, start);
  REQUIRE(second);
  const auto third = quotas.admit_tunnel(holders, start);
  REQUIRE_FALSE(third);
  CHECK(third.error().kind == Kind::user);
  CHECK(third.error().which == Of::tunnels);
  CHECK(third.error().retry_after >= 1s);
  CHECK(quotas.admit_tunnel(Holders{user({.tunnels = 2}, "bob")}, start));
  CHECK(quotas.admit_tunnel(Holders{rule({.tunnels = 2}, "alice")}, start));
  first = Grant();
  CHECK(quotas.admit_tunnel(holders, start));
}

TEST_CASE("quota: what has become no tunnel counts its bytes alone", "[quota]") {
  Quotas quotas(calendar);
  const policy::Quota quota{.tunnels = 1, .bytes_per_day = 10 * KiB};
  const Holders holders{rule(quota), user(quota)};
  auto declined = quotas.admit_tunnel(holders, start);
  REQUIRE(declined);
  CHECK(refused(quotas, holders) == "open tunnels");
  declined->not_a_tunnel();
  declined->not_a_tunnel();
  auto next = quotas.admit_tunnel(holders, start);
  REQUIRE(next);
  CHECK(refused(quotas, holders) == "open tunnels");
  CHECK(declined->meter()->charge(11 * KiB, start).used_up);
  declined = Grant();
  CHECK(refused(quotas, holders) == "bytes a day");
  next = Grant();
  CHECK(quotas.known() == 2);
  Grant().not_a_tunnel();  // where nothing is limited
}

TEST_CASE("quota: a tunnel counts with all its holders or with none", "[quota]") {
  Quotas quotas(calendar);
  const auto mine = user({.tunnels = 5});
  const auto full = quotas.admit_tunnel(Holders{rule({.tunnels = 1})}, start);
  for (int i = 0; i < 10; ++i) {
    CHECK(refused(quotas, {mine, rule({.tunnels = 1})}) == "open tunnels");
  }
  CHECK(quotas.known() == 1);
  std::vector<Grant> grants;
  for (int i = 0; i < 5; ++i) grants.push_back(quotas.admit_tunnel(Holders{mine}, start).value());
  CHECK(refused(quotas, {mine}) == "open tunnels");
}

TEST_CASE("quota: a second's worth of new tunnels may come at once, then one by one", "[quota]") {
  Quotas quotas(calendar);
  const Holders holders{rule({.tunnels_per_second = 4})};
  for (int i = 0; i < 4; ++i) CHECK(refused(quotas, holders).empty());
  const auto fifth = quotas.admit_tunnel(holders, start);
  REQUIRE_FALSE(fifth);
  CHECK(fifth.error().which == Of::tunnels_per_second);
  CHECK(fifth.error().retry_after == 1s);
  CHECK(refused(quotas, holders, start + 249ms) == "new tunnels a second");
  CHECK(refused(quotas, holders, start + 250ms).empty());
  CHECK(refused(quotas, holders, start + 251ms) == "new tunnels a second");
  for (int i = 0; i < 4; ++i) CHECK(refused(quotas, holders, start + 10s).empty());
  CHECK(refused(quotas, holders, start + 10s) == "new tunnels a second");
}

TEST_CASE("quota: one a second is one a second", "[quota]") {
  Quotas quotas(calendar);
  const Holders holders{rule({.tunnels_per_second = 1})};
  for (int i = 0; i < 5; ++i) {
    CHECK(refused(quotas, holders, start + i * 1s).empty());
    CHECK(refused(quotas, holders, start + i * 1s + 999ms) == "new tunnels a second");
  }
}

TEST_CASE("quota: what limits nothing costs nothing", "[quota]") {
  Quotas quotas(calendar);
  const auto grant = quotas.admit_tunnel({}, start);
  REQUIRE(grant);
  CHECK(grant->meter() == nullptr);
  CHECK_FALSE(grant->used_up(start));
  const auto exchange = quotas.admit_exchange(Holders{user({.tunnels = 1})}, start);
  REQUIRE(exchange);
  CHECK(exchange->meter() == nullptr);
  CHECK(quotas.known() == 0);
  CHECK(quotas.admit_tunnel(Holders{user({.tunnels = 1})}, start)->meter() == nullptr);
  CHECK(sizeof(Grant) == sizeof(void*));
}

TEST_CASE("quota: bytes beyond the burst have to be waited for", "[quota]") {
  Quotas quotas(calendar);
  const auto grant = quotas.admit_tunnel(Holders{user({.bytes_per_second = 64 * KiB})}, start);
  auto& meter = *grant->meter();
  CHECK(meter.charge(64 * KiB, start).not_before <= start);
  CHECK(meter.charge(32 * KiB, start).not_before == start + 500ms);
  CHECK(meter.charge(0, start).not_before == start + 500ms);
  CHECK(meter.charge(0, start + 500ms).not_before == start + 500ms);
  CHECK(meter.charge(64 * KiB, start + 500ms).not_before == start + 1500ms);
  CHECK(meter.charge(64 * KiB, start + 1h).not_before <= start + 1h);  // no more than the burst
  CHECK(meter.charge(64 * KiB, start + 1h).not_before == start + 1h + 1s);
  CHECK_FALSE(meter.charge(1, start).used_up);
}

TEST_CASE("quota: the burst is a quarter of a second where that is more", "[quota]") {
  Quotas quotas(calendar);
  const auto grant = quotas.admit_exchange(Holders{user({.bytes_per_second = 1024 * KiB})}, start);
  auto& meter = *grant->meter();
  CHECK(meter.charge(256 * KiB, start).not_before <= start);
  CHECK(meter.charge(1024 * KiB, start).not_before == start + 1s);
}

TEST_CASE("quota: of several holders whoever is slowest counts", "[quota]") {
  Quotas quotas(calendar);
  const auto mine = user({.bytes_per_second = 64 * KiB});
  const auto both =
      quotas.admit_tunnel(Holders{rule({.bytes_per_second = 640 * KiB}), mine}, start);
  CHECK(both->meter()->charge(128 * KiB, start).not_before == start + 1s);
  CHECK(both->meter()->slice() == 2 * KiB);
  const auto other = quotas.admit_tunnel(Holders{mine}, start);
  CHECK(other->meter()->charge(0, start).not_before == start + 1s);
}

TEST_CASE("quota: a slice is part of a second, and neither tiny nor huge", "[quota]") {
  const auto [rate, slice] = GENERATE(table<std::uint64_t, std::uint64_t>(
      {{1, KiB}, {10 * KiB, KiB}, {1024 * KiB, 32 * KiB}, {1UL << 40, 256 * KiB}}));
  Quotas quotas(calendar);
  const auto grant = quotas.admit_tunnel(Holders{user({.bytes_per_second = rate})}, start);
  CHECK(grant->meter()->slice() == slice);
}

TEST_CASE("quota: what was reserved is owed, until it is given back", "[quota]") {
  Quotas quotas(calendar);
  const policy::Quota quota{.bytes_per_second = 64 * KiB, .bytes_per_day = 128 * KiB};
  const auto grant =
      quotas.admit_tunnel(Holders{rule({.bytes_per_second = 128 * KiB}), user(quota)}, start);
  auto& meter = *grant->meter();
  CHECK(meter.charge(128 * KiB, start).not_before == start + 1s);
  meter.reserve(64 * KiB, start);
  CHECK(meter.charge(0, start).not_before == start + 2s);
  CHECK_FALSE(meter.charge(0, start).used_up);  // of the day it counts when it has moved
  meter.use_reserved(1 * KiB, start);
  CHECK(meter.charge(0, start).used_up);
  for (int i = 0; i < 63; ++i) meter.give_back(KiB);
  CHECK(meter.charge(0, start).not_before == start + 1s + 15'625us);
}

TEST_CASE("quota: what is given back makes nobody richer than full", "[quota]") {
  Quotas quotas(calendar);
  const auto grant = quotas.admit_tunnel(Holders{user({.bytes_per_second = 64 * KiB})}, start);
  auto& meter = *grant->meter();
  meter.reserve(64 * KiB, start);
  meter.give_back(64 * KiB);
  meter.reserve(64 * KiB, start);
  const auto later = start + 1h;
  meter.give_back(64 * KiB);
  CHECK(meter.charge(64 * KiB, later).not_before <= later);
  CHECK(meter.charge(64 * KiB, later).not_before == later + 1s);
}

TEST_CASE("quota: what many threads reserve and give back comes to nothing", "[quota]") {
  Quotas quotas(calendar);
  const Holders holders{user({.bytes_per_second = 777}), rule({.bytes_per_second = 64 * KiB})};
  const auto kept = quotas.admit_exchange(holders, start);
  kept->meter()->charge(128 * KiB, start);
  const auto before = kept->meter()->charge(0, start).not_before;
  std::vector<std::thread> running;
  for (int i = 0; i < 4; ++i) {
    running.emplace_back([&] {
      const auto mine = quotas.admit_tunnel(holders, start);
      for (int round = 0; round < 2000; ++round) {
        mine->meter()->reserve(1024, start);
        mine->meter()->give_back(1024);
      }
    });
  }
  for (auto& thread : running) thread.join();
  CHECK(kept->meter()->charge(0, start).not_before == before);
}

TEST_CASE("quota: the largest numbers do no harm", "[quota]") {
  Quotas quotas(calendar);
  const auto slow = quotas.admit_tunnel(Holders{user({.bytes_per_second = 1})}, start);
  CHECK(slow->meter()->charge(UINT64_MAX, start).not_before > start + 300 * 24h);
  const auto fast = quotas.admit_tunnel(Holders{rule({.tunnels_per_second = SIZE_MAX,
                                                      .bytes_per_second = UINT64_MAX,
                                                      .bytes_per_day = UINT64_MAX})},
                                        start);
  const auto charge = fast->meter()->charge(UINT64_MAX / 8, start);
  CHECK(charge.not_before <= start);
  CHECK_FALSE(charge.used_up);
}

TEST_CASE("quota: a day's bytes are used up until midnight", "[quota]") {
  Quotas quotas(calendar);
  const Holders holders{user({.bytes_per_day = 100})};
  const auto noon = start + 12h;
  const auto grant = quotas.admit_tunnel(holders, noon);
  CHECK_FALSE(grant->meter()->charge(100, noon).used_up);
  REQUIRE(grant->used_up(noon));
  CHECK(errc_of(*grant->used_up(noon)) == Errc::quota_exceeded);
  CHECK(grant->meter()->charge(1, noon).used_up);
  const auto tunnel = quotas.admit_tunnel(holders, noon);
  REQUIRE_FALSE(tunnel);
  CHECK(tunnel.error().which == Of::bytes_per_day);
  CHECK(tunnel.error().retry_after == 12h);
  CHECK_FALSE(quotas.admit_exchange(holders, start + 24h - 1ms));
  CHECK(quotas.admit_exchange(holders, start + 24h));
  CHECK_FALSE(grant->meter()->charge(100, start + 24h).used_up);
  CHECK(grant->meter()->charge(1, start + 24h).used_up);
}

TEST_CASE("quota: who goes and comes again on the same day has used what it used", "[quota]") {
  Quotas quotas(calendar);
  const Holders holders{user({.bytes_per_second = 64 * KiB, .bytes_per_day = 192 * KiB})};
  quotas.admit_tunnel(holders, start)->meter()->charge(192 * KiB, start);
  CHECK(quotas.known() == 1);
  CHECK(refused(quotas, holders, start + 23h) == "bytes a day");
  CHECK(refused(quotas, holders, start + 24h).empty());
  CHECK(quotas.known() == 0);
}

TEST_CASE("quota: who owes bytes of a second is not rid of them either", "[quota]") {
  Quotas quotas(calendar);
  const Holders holders{user({.bytes_per_second = 64 * KiB})};
  quotas.admit_tunnel(holders, start)->meter()->charge(128 * KiB, start);
  CHECK(quotas.admit_tunnel(holders, start)->meter()->charge(0, start).not_before == start + 1s);
  CHECK(quotas.known() == 1);
  CHECK(quotas.admit_tunnel(holders, start + 2s));
  CHECK(quotas.known() == 0);
}

TEST_CASE("quota: of too many idle holders those that used least are forgotten", "[quota]") {
  Quotas quotas(calendar, 10);
  const policy::Quota quota{.bytes_per_day = 1000};
  quotas.admit_tunnel(Holders{user(quota, "heavy")}, start)->meter()->charge(1000, start);
  for (int i = 0; i < 5000; ++i) {
    const auto light = quotas.admit_tunnel(Holders{user(quota, std::to_string(i))}, start);
    light->meter()->charge(1, start);
  }
  CHECK(quotas.known() == 10);
  CHECK(refused(quotas, {user(quota, "heavy")}) == "bytes a day");
}

TEST_CASE("quota: the idle of yesterday make place", "[quota]") {
  Quotas quotas(calendar, 10);
  const policy::Quota quota{.bytes_per_day = 1000};
  const auto use = [&](const std::string& name, std::uint64_t bytes, net::TimePoint when) {
    quotas.admit_tunnel(Holders{user(quota, name)}, when)->meter()->charge(bytes, when);
  };
  for (int i = 0; i < 10; ++i) use("old " + std::to_string(i), 1000, start);
  for (int i = 0; i < 10; ++i) use("new " + std::to_string(i), 999, start + 24h);
  use("heavy", 1000, start + 24h);
  CHECK(refused(quotas, {user(quota, "heavy")}, start + 24h) == "bytes a day");
  CHECK(quotas.known() == 10);
}

TEST_CASE("quota: a new quota holds at once", "[quota]") {
  Quotas quotas(calendar);
  auto open = quotas.admit_tunnel(Holders{user({.tunnels = 3, .bytes_per_day = 100})}, start);
  SECTION("brought by an admission") {
    CHECK(refused(quotas, {user({.tunnels = 1})}) == "open tunnels");
    CHECK_FALSE(open->meter()->charge(1000, start).used_up);
  }
  SECTION("asked for") {
    quotas.use([](Kind kind, std::string_view name) {
      CHECK(kind == Kind::user);
      CHECK(name == "alice");
      return policy::Quota{.bytes_per_second = 64 * KiB, .bytes_per_day = 1};
    });
    const auto charge = open->meter()->charge(128 * KiB, start);
    CHECK(charge.used_up);
    CHECK(charge.not_before == start + 1s);
  }
}

TEST_CASE("quota: a rule's quota is a failure of the service, a client's its own", "[quota]") {
  CHECK(errc_of({.kind = Kind::rule, .which = Of::tunnels, .retry_after = 1s}) ==
        Errc::rule_quota_exceeded);
  CHECK(errc_of({.kind = Kind::client, .which = Of::tunnels, .retry_after = 1s}) ==
        Errc::quota_exceeded);
  CHECK(errc_of({.kind = Kind::user, .which = Of::tunnels, .retry_after = 1s}) ==
        Errc::quota_exceeded);
}

TEST_CASE("quota: a grant is given back once, wherever it was moved", "[quota]") {
  Quotas quotas(calendar);
  const Holders holders{user({.tunnels = 2})};
  const auto other = quotas.admit_tunnel(holders, start);
  {
    Grant first = quotas.admit_tunnel(holders, start).value();
    Grant second = std::move(first);
    Grant third;
    third = std::move(second);
    CHECK(refused(quotas, holders) == "open tunnels");
  }
  const auto again = quotas.admit_tunnel(holders, start);
  CHECK(again);
  CHECK(refused(quotas, holders) == "open tunnels");
}

TEST_CASE("quota: many threads lose no tunnel and no byte", "[quota]") {
  Quotas quotas(calendar);
  constexpr std::uint64_t threads = 4;
  constexpr std::uint64_t rounds = 2000;
  const Holders holders{user({.bytes_per_second = 1000, .bytes_per_day = 1UL << 40}),
                        rule({.tunnels = 3})};
  const auto kept = quotas.admit_exchange(holders, start);
  std::atomic<std::uint64_t> charged = 0;
  std::vector<std::thread> running;
  for (std::uint64_t i = 0; i < threads; ++i) {
    running.emplace_back([&] {
      for (std::uint64_t round = 0; round < rounds; ++round) {
        const auto mine = quotas.admit_tunnel(holders, start);
        if (!mine) continue;
        mine->meter()->charge(1000, start);
        ++charged;
      }
    });
  }
  quotas.use(
      [&](Kind kind, std::string_view) { return holders[kind == Kind::user ? 0 : 1].quota; });
  for (auto& thread : running) thread.join();
  REQUIRE(charged >= rounds);
  const auto burst = std::chrono::microseconds(65'536'000);  // 64 KiB at this rate
  const auto owed = kept->meter()->charge(0, start).not_before - start;
  CHECK(owed == charged.load() * 1s - burst);
  std::vector<Grant> all;
  for (int i = 0; i < 3; ++i) all.push_back(quotas.admit_tunnel(holders, start).value());
  CHECK(refused(quotas, holders) == "open tunnels");
}

TEST_CASE("quota: at midnight no thread counts for the wrong day", "[quota]") {
  Quotas quotas(calendar);
  const Holders holders{user({.bytes_per_day = 1'000'000})};
  const auto grant = quotas.admit_exchange(holders, start);
  grant->meter()->charge(1'000'000, start + 24h - 1ms);
  std::vector<std::thread> running;
  for (int i = 0; i < 4; ++i) {
    running.emplace_back([&] {
      for (int round = 0; round < 1000; ++round) grant->meter()->charge(100, start + 24h);
    });
  }
  for (auto& thread : running) thread.join();
  CHECK_FALSE(grant->used_up(start + 24h - 1ms + 1ms).has_value());
  CHECK_FALSE(grant->meter()->charge(600'000, start + 24h).used_up);
  CHECK(grant->meter()->charge(1, start + 24h).used_up);
}

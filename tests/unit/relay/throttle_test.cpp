// SPDX-License-Identifier: Apache-2.0
#include "relay/throttle.hpp"

#include <array>

#include <catch2/catch.hpp>

using namespace culvert;
using namespace std::chrono_literals;
using relay::Throttle;

namespace {

const net::TimePoint start = net::TimePoint() + 1000h;

/// A thousand bytes a second, without a burst, and 1000 bytes a day.
class Account final : public relay::Meter {
 public:
  relay::Charge charge(std::uint64_t bytes, net::TimePoint now) override {
    all += bytes;
    paid_ = std::max(paid_, now) + bytes * 1ms;
    day += bytes;
    return {.not_before = paid_, .used_up = day > 1000};
  }
  void reserve(std::uint64_t bytes, net::TimePoint now) override {
    all += bytes;
    paid_ = std::max(paid_, now) + bytes * 1ms;
  }
  void use_reserved(std::uint64_t bytes, net::TimePoint /*now*/) override { day += bytes; }
  void give_back(std::uint64_t bytes) override {
    all -= bytes;
    paid_ -= bytes * 1ms;
  }
  std::size_t slice() const override { return 100; }

  std::uint64_t all = 0;  // owed or paid for
  std::uint64_t day = 0;

 private:
  net::TimePoint paid_{};
};

}  // namespace

TEST_CASE("throttle: what may move at once is paid for when it has moved", "[throttle]") {
  Account account;
  Throttle throttle(&account);
  CHECK(throttle.ask(start) <= start);
  CHECK(throttle.allowed(16'384) == 100);
  CHECK(throttle.allowed(7) == 7);
  CHECK(account.all == 0);
  CHECK(throttle.moved(70, start));
  CHECK(account.all == 70);
}

TEST_CASE("throttle: who comes while something is owed pays for a slice and waits its turn",
          "[throttle]") {
  Account account;
  account.charge(50, start);
  Throttle throttle(&account);
  CHECK(throttle.ask(start) == start + 50ms);
  CHECK(account.all == 150);
  CHECK(throttle.ask(start + 20ms) == start + 50ms);
  CHECK(throttle.turn() == start + 50ms);
  CHECK(account.all == 150);
  CHECK(throttle.moved(60, start + 50ms));
  CHECK(throttle.allowed(1000) == 40);  // what is paid for
  CHECK(throttle.ask(start + 50ms) <= start + 50ms);
  CHECK(throttle.moved(40, start + 50ms));
  CHECK(account.all == 150);
  CHECK(throttle.ask(start + 50ms) == start + 150ms);
}

TEST_CASE("throttle: several who share a meter take turns", "[throttle]") {
  Account account;
  account.charge(1, start);
  std::array throttles{Throttle(&account), Throttle(&account), Throttle(&account)};
  std::array<int, 3> slices{};
  for (auto now = start; now < start + 3s; now += 1ms) {
    // The first is always first to ask.
    for (std::size_t i = 0; i < throttles.size(); ++i) {
      if (throttles[i].ask(now) > now) continue;
      throttles[i].moved(throttles[i].allowed(1000), now);
      ++slices[i];
    }
  }
  for (const auto count : slices) CHECK(count == Approx(10).margin(1));
}

TEST_CASE("throttle: more than is allowed is paid for as well", "[throttle]") {
  Account account;
  account.charge(1, start);
  Throttle throttle(&account);
  throttle.ask(start);
  throttle.moved(250, start + 1ms);
  CHECK(account.all == 251);
}

TEST_CASE("throttle: the end of the day's bytes is told", "[throttle]") {
  Account account;
  Throttle throttle(&account);
  CHECK(throttle.moved(1000, start));
  CHECK_FALSE(throttle.moved(1, start));
}

TEST_CASE("throttle: what was paid for counts for the day when it has moved", "[throttle]") {
  Account account;
  account.charge(950, start);
  Throttle throttle(&account);
  throttle.ask(start);
  CHECK(account.day == 950);
  CHECK(throttle.moved(50, start + 950ms));
  CHECK(account.day == 1000);
  CHECK_FALSE(throttle.moved(1, start + 950ms));
}

TEST_CASE("throttle: what was paid for and never moved is given back", "[throttle]") {
  Account account;
  account.charge(50, start);
  {
    Throttle throttle(&account);
    throttle.ask(start);
    CHECK(account.all == 150);
    throttle.moved(60, start + 50ms);
    throttle.leave();
    CHECK(account.all == 110);
    throttle.leave();
    CHECK(account.all == 110);
    throttle.ask(start + 50ms);
    CHECK(account.all == 210);
  }
  CHECK(account.all == 110);
  CHECK(account.day == 110);
}

TEST_CASE("throttle: those who come and go take nothing from who stays", "[throttle]") {
  Account account;
  account.charge(50, start);
  for (int i = 0; i < 200; ++i) Throttle(&account).ask(start);
  Throttle stays(&account);
  CHECK(stays.ask(start) == start + 50ms);
}

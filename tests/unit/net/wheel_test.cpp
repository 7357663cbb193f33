// SPDX-License-Identifier: Apache-2.0
#include "net/wheel.hpp"

#include <array>
#include <functional>
#include <memory>
#include <new>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

using namespace culvert::net;
using namespace std::chrono_literals;

namespace {

const TimePoint start = TimePoint() + 1000h;

struct Alarm final : Deadline {
  std::function<void()> action;
  int fired = 0;
  void on_deadline() override {
    ++fired;
    if (action) action();
  }
};

}  // namespace

TEST_CASE("wheel: a deadline fires at its time, never early and at most one tick late", "[wheel]") {
  const milliseconds distance =
      GENERATE(1ms, 7ms, 8ms, 9ms, 504ms, 511ms, 512ms, 513ms, 10s, 32767ms, 32768ms, 33s, 34min,
               36min, 1h, 38h, 2400h, 24000h);
  CAPTURE(distance.count());
  Wheel wheel(start);
  Alarm alarm;
  wheel.arm(alarm, start + distance);
  wheel.advance(start + distance - 1ms);
  CHECK(alarm.fired == 0);
  wheel.advance(start + distance + Wheel::tick);
  CHECK(alarm.fired == 1);
  CHECK_FALSE(alarm.armed());
  CHECK(wheel.next() == never);
}

TEST_CASE("wheel: next() leads to every deadline in few steps", "[wheel]") {
  const milliseconds distance = GENERATE(1ms, 600ms, 33s, 1h, 38h, 2400h);
  Wheel wheel(start);
  Alarm alarm;
  wheel.advance(start + 12345678ms);
  wheel.arm(alarm, start + 12345678ms + distance);
  int steps = 0;
  while (alarm.fired == 0 && steps < 10) {
    const auto next = wheel.next();
    REQUIRE(next != never);
    REQUIRE(next <= start + 12345678ms + distance + Wheel::tick);
    wheel.advance(next);
    ++steps;
  }
  CHECK(alarm.fired == 1);
  CHECK(steps <= 6);
}

TEST_CASE("wheel: what is disarmed, moved or destroyed does not fire at its old time", "[wheel]") {
  Wheel wheel(start);
  Alarm disarmed;
  Alarm moved;
  auto destroyed = std::make_unique<Alarm>();
  for (Alarm* alarm : {&disarmed, &moved, destroyed.get()}) wheel.arm(*alarm, start + 1s);
  disarmed.disarm();
  wheel.arm(moved, start + 2s);
  destroyed.reset();
  wheel.advance(start + 1500ms);
  CHECK(disarmed.fired == 0);
  CHECK(moved.fired == 0);
  wheel.advance(start + 2500ms);
  CHECK(moved.fired == 1);
  wheel.arm(disarmed, never);
  CHECK_FALSE(disarmed.armed());
}

TEST_CASE("wheel: firing may arm itself anew, and disarm or destroy others that are due",
          "[wheel]") {
  Wheel wheel(start);
  Alarm again;
  Alarm victim;
  auto doomed = std::make_unique<Alarm>();
  again.action = [&] {
    if (again.fired == 1) wheel.arm(again, start + 3s);
    victim.disarm();
    doomed.reset();
  };
  wheel.arm(again, start + 1s);
  wheel.arm(victim, start + 1s);
  wheel.arm(*doomed, start + 1s);
  wheel.advance(start + 2s);
  CHECK(again.fired == 1);
  CHECK(victim.fired == 0);
  wheel.advance(start + 4s);
  CHECK(again.fired == 2);
}

TEST_CASE("wheel: a thousand random deadlines fire in their ticks", "[wheel]") {
  std::mt19937 random(7);
  Wheel wheel(start);
  std::vector<std::unique_ptr<Alarm>> alarms;
  TimePoint now = start;
  int early_or_late = 0;
  int fired = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto when = start + milliseconds(std::uniform_int_distribution<>(0, 5'000'000)(random));
    auto alarm = std::make_unique<Alarm>();
    alarm->action = [&, when] {
      ++fired;
      if (now < when || now > when + 20ms) ++early_or_late;
    };
    wheel.arm(*alarm, when);
    alarms.push_back(std::move(alarm));
  }
  while (now < start + 5'100s) {
    now += milliseconds(std::uniform_int_distribution<>(1, 10)(random));
    wheel.advance(now);
  }
  CHECK(fired == 1000);
  CHECK(early_or_late == 0);
}

TEST_CASE("wheel: one that throws is told, and takes no other with it", "[wheel]") {
  Wheel wheel(start);
  std::array<Alarm, 3> alarms;
  for (auto& alarm : alarms) {
    alarm.action = [] { throw std::bad_alloc(); };
    wheel.arm(alarm, start + 1s);
  }
  wheel.advance(start + 2s);
  for (const auto& alarm : alarms) CHECK(alarm.fired == 1);
  CHECK(wheel.next() == never);
}

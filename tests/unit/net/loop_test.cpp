// SPDX-License-Identifier: Apache-2.0
#include "net/loop.hpp"

#include <array>
#include <stdexcept>
#include <thread>

#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "net/waiter.hpp"
#include "support/clock.hpp"

using namespace culvert::net;
using namespace std::chrono_literals;

namespace {

Task<void> wait_into(Loop& loop, Waiter& waiter, milliseconds limit, std::vector<Woken>& into) {
  into.push_back(co_await waiter.wait(loop.now() + limit));
  loop.stop();
}

Task<void> fail() {
  throw std::runtime_error("a bug");
  co_return;
}

struct Recorder : Watcher {
  std::vector<int> hints;
  void on_ready(int, std::uint8_t given) override { hints.push_back(given); }
};

}  // namespace

TEST_CASE("loop: a wait ends with wake, or at its deadline", "[loop]") {
  Loop loop;
  Waiter waiter(loop);
  std::vector<Woken> woken;
  SECTION("wake") {
    loop.spawn(wait_into(loop, waiter, 10s, woken));
    loop.later([&] { loop.later([&] { waiter.wake(Woken::ready); }); });
    loop.run();
    CHECK(woken == std::vector{Woken::ready});
  }
  SECTION("deadline") {
    const auto begun = Clock::now();
    loop.spawn(wait_into(loop, waiter, 20ms, woken));
    loop.run();
    CHECK(woken == std::vector{Woken::timed_out});
    CHECK(Clock::now() - begun >= 20ms);
  }
}

TEST_CASE("loop: it goes by the clock that it is given", "[loop]") {
  culvert::test::Clock clock;
  Loop loop([&] { return clock.now(); });
  Waiter waiter(loop);
  std::vector<Woken> woken;
  loop.spawn(wait_into(loop, waiter, std::chrono::hours(1), woken));
  std::jthread moves([&] {
    clock.advance(30min);
    loop.post([] {});
    clock.advance(31min);
    loop.post([] {});
  });
  const auto begun = loop.now();
  loop.run();
  CHECK(woken == std::vector{Woken::timed_out});
  CHECK(loop.now() - begun == 61min);
}

TEST_CASE("loop: an exception ends its own coroutine only", "[loop]") {
  Loop loop;
  Waiter waiter(loop);
  std::vector<Woken> woken;
  loop.spawn(fail());
  loop.spawn(wait_into(loop, waiter, 5ms, woken));
  loop.run();
  CHECK(woken.size() == 1);
}

TEST_CASE("loop: another thread can post", "[loop]") {
  Loop loop;
  int jobs = 0;
  std::thread other([&] {
    for (int i = 0; i < 100; ++i) {
      loop.post([&] {
        if (++jobs == 100) loop.stop();
      });
    }
  });
  loop.run();
  other.join();
  CHECK(jobs == 100);
}

TEST_CASE("loop: hints go to whoever watches now, and to nobody after forget", "[loop]") {
  std::array<int, 2> pair{};
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair.data()) == 0);
  Loop loop;
  Recorder first;
  Recorder second;
  Waiter pause(loop);
  std::vector<Woken> pauses;
  const auto run_a_while = [&] {
    loop.spawn(wait_into(loop, pause, 10ms, pauses));
    loop.run();
  };

  loop.watch(pair[0], first);
  run_a_while();
  CHECK(first.hints == std::vector<int>{writable});

  loop.hand_over(pair[0], second);
  REQUIRE(write(pair[1], "x", 1) == 1);
  run_a_while();
  CHECK(first.hints.size() == 1);
  CHECK(second.hints == std::vector<int>{readable | writable});

  loop.forget(pair[0]);
  close(pair[1]);
  run_a_while();
  CHECK(second.hints.size() == 1);
  close(pair[0]);
}

TEST_CASE("loop: what is no descriptor is told of as well, by its number", "[loop]") {
  Loop loop;
  Recorder recorder;
  Recorder other;
  const int number = loop.take_number();
  CHECK(number < -1);
  CHECK(loop.take_number() != number);
  loop.hand_over(number, recorder);
  SECTION("by its watcher of now") {
    loop.again(number, readable);
    loop.hand_over(number, other);
    loop.later([&] { loop.later([&] { loop.stop(); }); });
    loop.run();
    CHECK(recorder.hints.empty());
    CHECK(other.hints == std::vector<int>{readable});
  }
  SECTION("but not once it is another's") {
    loop.again(number, readable);
    loop.give_back_number(number);
    REQUIRE(loop.take_number() == number);
    loop.hand_over(number, other);
    loop.later([&] { loop.later([&] { loop.stop(); }); });
    loop.run();
    CHECK(recorder.hints.empty());
    CHECK(other.hints.empty());
  }
}

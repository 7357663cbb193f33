// SPDX-License-Identifier: Apache-2.0
#include "net/turns.hpp"

#include <functional>
#include <vector>

#include <catch2/catch.hpp>

using namespace culvert;

namespace {

/// Counts the turns of a loop, as long as it runs.
class Turning {
 public:
  explicit Turning(net::Loop& loop) : loop_(loop) { count(); }
  int turn() const { return turn_; }

 private:
  void count() {
    ++turn_;
    loop_.later([this] { count(); });
  }

  net::Loop& loop_;
  int turn_ = 0;
};

net::Task<void> work(net::Turns& turns, const Turning& turning, std::vector<int>& done,
                     std::function<void()> after) {
  co_await turns.next();
  done.push_back(turning.turn());
  after();
}

}  // namespace

TEST_CASE("turns: each piece of work has a turn of the loop to itself", "[turns]") {
  constexpr std::size_t pieces = 5;
  net::Loop loop;
  net::Turns turns(loop);
  const Turning turning(loop);
  std::vector<int> done;
  const auto after = [&] {
    if (done.size() == pieces) loop.stop();
  };
  for (std::size_t i = 0; i < pieces; ++i) loop.spawn(work(turns, turning, done, after));
  loop.run();
  REQUIRE(done.size() == pieces);
  for (std::size_t i = 1; i < pieces; ++i) CHECK(done[i] > done[i - 1]);
}

TEST_CASE("turns: who comes while nobody waits has the next one", "[turns]") {
  net::Loop loop;
  net::Turns turns(loop);
  const Turning turning(loop);
  std::vector<int> done;
  const auto again = [&] {
    if (done.size() == 3) return loop.stop();
    loop.spawn(work(turns, turning, done, [&] {
      if (done.size() == 3) return loop.stop();
      loop.spawn(work(turns, turning, done, [&] { loop.stop(); }));
    }));
  };
  loop.spawn(work(turns, turning, done, again));
  loop.run();
  REQUIRE(done.size() == 3);
  CHECK(done[1] > done[0]);
  CHECK(done[2] > done[1]);
}

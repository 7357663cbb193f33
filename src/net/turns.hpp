// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>

#include "net/loop.hpp"
#include "net/waiter.hpp"

namespace culvert::net {

/// Work that is dear, one piece in each turn of the loop: all else that is ready has its turn in
/// between, however many wait here.
class Turns {
 public:
  explicit Turns(Loop& loop) : loop_(loop) {}
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  /// Waits for one; who came first is first. It always comes, so that there is no time limit, and
  /// nothing that ends the wait.
  Task<void> next();

 private:
  void give();

  Loop& loop_;
  std::deque<Waiter*> waiting_;
};

}  // namespace culvert::net

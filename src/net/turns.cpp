// SPDX-License-Identifier: Apache-2.0
#include "net/turns.hpp"

namespace culvert::net {

Task<void> Turns::next() {
  Waiter waiter(loop_);
  waiting_.push_back(&waiter);
  if (waiting_.size() == 1) loop_.later([this] { give(); });
  co_await waiter.wait(never);
}

void Turns::give() {
  auto& first = *waiting_.front();
  waiting_.pop_front();
  first.wake(Woken::ready);
  if (!waiting_.empty()) loop_.later([this] { give(); });
}

}  // namespace culvert::net

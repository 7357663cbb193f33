// SPDX-License-Identifier: Apache-2.0
#include "net/waiter.hpp"

#include <asio/post.hpp>

namespace culvert::net {

Task<Woken> Waiter::wait(TimePoint deadline) {
  loop_.wheel().arm(*this, deadline);
  return asio::async_initiate<const asio::use_awaitable_t<Executor>, void(Woken)>(
      [this](Resume&& resume) { resume_.emplace(std::move(resume)); },
      asio::use_awaitable_t<Executor>());
}

void Waiter::wake(Woken how) {
  if (!resume_) return;
  disarm();
  auto go_on = [resume = std::move(*resume_), how]() mutable { resume(how); };
  resume_.reset();
  asio::post(loop_.executor(), std::move(go_on));
}

Task<void> yield(Loop& loop) {
  Waiter turn(loop);
  loop.later([&turn] { turn.wake(Woken::ready); });
  co_await turn.wait(never);
}

}  // namespace culvert::net

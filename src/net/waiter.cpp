// SPDX-License-Identifier: Apache-2.0
#include "net/waiter.hpp"

#include <memory>

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
  const auto turn = std::make_shared<Waiter>(loop);  // the job may come after an end of the wait
  loop.later([turn] { turn->wake(Woken::ready); });
  co_await turn->wait(never);
}

}  // namespace culvert::net

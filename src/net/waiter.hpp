// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include <asio/use_awaitable.hpp>

#include "net/loop.hpp"

namespace culvert::net {

/// How a wait ended.
enum class Woken : std::uint8_t { ready, timed_out, aborted };

/// One coroutine waiting for one thing, with a time limit: the meeting point of coroutines with all
/// else. The wait ends with wake() or at the deadline, whichever comes first, and the coroutine
/// goes on in the same turn of the loop, but never inside wake(): who wakes need not fear what runs
/// next.
class Waiter final : Deadline {
 public:
  explicit Waiter(Loop& loop) : loop_(loop) {}

  /// `switch (co_await waiter.wait(deadline))`. One wait at a time. A deadline in the past times
  /// out in the next turn.
  Task<Woken> wait(TimePoint deadline);

  /// Ends the wait; without one, nothing happens and nothing is remembered.
  void wake(Woken how);
  bool waiting() const { return resume_.has_value(); }

 private:
  using Resume = asio::async_result<asio::use_awaitable_t<Executor>, void(Woken)>::handler_type;

  void on_deadline() override { wake(Woken::timed_out); }

  Loop& loop_;
  std::optional<Resume> resume_;
};

/// Lets everything else that is ready have its turn.
Task<void> yield(Loop& loop);

}  // namespace culvert::net

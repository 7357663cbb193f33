// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include <culvert/result.hpp>

#include "net/loop.hpp"
#include "net/waiter.hpp"

namespace culvert::proxy {

/// A coroutine's wait for a yes or no from another thread. The answer may come after the session,
/// and even its loop, have gone.
///
///     auto tell = wait.ask();                         // give it to another thread
///     auto said = co_await wait.answer(deadline);
class AnswerWait {
 public:
  explicit AnswerWait(net::Loop& loop);
  ~AnswerWait();
  AnswerWait(const AnswerWait&) = delete;
  AnswerWait& operator=(const AnswerWait&) = delete;

  net::Loop& loop() { return loop_; }

  /// A new question; an answer to the last one is not waited for any more. Any thread may call what
  /// is returned, once or never.
  std::move_only_function<void(bool)> ask();

  /// Waits for the answer to the question asked last. Errc::timed_out, Errc::aborted.
  net::Task<Result<bool>> answer(net::TimePoint deadline);

  /// Waits for a while. Errc::aborted.
  net::Task<Result<void>> pause(net::milliseconds time);

  /// Ends a wait under way with Errc::aborted, and all later ones.
  void abort() {
    aborted_ = true;
    news_.wake(net::Woken::aborted);
  }

 private:
  class Mailbox;

  void forget();

  net::Loop& loop_;
  net::Waiter news_;
  std::shared_ptr<Mailbox> mailbox_;
  bool aborted_ = false;
};

}  // namespace culvert::proxy

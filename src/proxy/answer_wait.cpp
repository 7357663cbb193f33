// SPDX-License-Identifier: Apache-2.0
#include "proxy/answer_wait.hpp"

#include <mutex>
#include <optional>
#include <utility>

#include <culvert/error.hpp>

namespace culvert::proxy {

/// Where the answer to one question is put. Both sides hold it.
class AnswerWait::Mailbox : public std::enable_shared_from_this<Mailbox> {
 public:
  Mailbox(net::Loop& loop, net::Waiter& reader) : loop_(&loop), reader_(&reader) {}

  /// On any thread. The lock keeps the loop from going while something is posted to it.
  void put(bool answer) {
    const std::scoped_lock lock(mutex_);
    if (loop_ == nullptr) return;
    loop_->post([self = shared_from_this(), answer] { self->arrive(answer); });
  }

  /// On the loop's thread: nobody waits here any more.
  void close() {
    const std::scoped_lock lock(mutex_);
    loop_ = nullptr;
    reader_ = nullptr;
  }

  std::optional<bool> answer() const { return answer_; }

 private:
  void arrive(bool answer) {
    answer_ = answer;
    if (reader_ != nullptr) reader_->wake(net::Woken::ready);
  }

  std::mutex mutex_;  // of loop_; all else is for the loop's thread alone
  net::Loop* loop_;
  net::Waiter* reader_;
  std::optional<bool> answer_;
};

AnswerWait::AnswerWait(net::Loop& loop) : loop_(loop), news_(loop) {}

AnswerWait::~AnswerWait() {
  forget();
}

void AnswerWait::forget() {
  if (mailbox_) mailbox_->close();
  mailbox_.reset();
}

std::move_only_function<void(bool)> AnswerWait::ask() {
  forget();
  mailbox_ = std::make_shared<Mailbox>(loop_, news_);
  return [mailbox = mailbox_](bool answer) { mailbox->put(answer); };
}

net::Task<Result<bool>> AnswerWait::answer(net::TimePoint deadline) {
  while (!aborted_) {
    if (const auto answer = mailbox_->answer()) co_return *answer;
    if (co_await news_.wait(deadline) == net::Woken::timed_out) co_return fail(Errc::timed_out);
  }
  co_return fail(Errc::aborted);
}

net::Task<Result<void>> AnswerWait::pause(net::milliseconds time) {
  if (!aborted_) co_await news_.wait(loop_.now() + time);
  if (aborted_) co_return fail(Errc::aborted);
  co_return Result<void>();
}

}  // namespace culvert::proxy

// SPDX-License-Identifier: Apache-2.0
#include "auth/hasher.hpp"

#include <utility>

#include <sys/resource.h>
#include <unistd.h>

#include "auth/password_hash.hpp"

namespace culvert::auth {
namespace {

constexpr int nice_value = 10;

/// On Linux a priority is a thread's own.
void give_way_to_others() {
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), nice_value);
}

}  // namespace

Hasher::Hasher() {
  for (std::size_t i = 0; i < threads; ++i) pool_.emplace_back([this] { work(); });
}

Hasher::~Hasher() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  news_.notify_all();
  pool_.clear();
}

bool Hasher::verify(std::string password, std::string hash,
                    std::move_only_function<void(bool)> done) {
  {
    const std::scoped_lock lock(mutex_);
    if (jobs_.size() >= waiting) return false;
    jobs_.push_back(
        {.password = std::move(password), .hash = std::move(hash), .done = std::move(done)});
  }
  news_.notify_one();
  return true;
}

void Hasher::work() {
  give_way_to_others();
  Crypt crypt;
  std::unique_lock lock(mutex_);
  while (true) {
    news_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (stopping_) return;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    const bool right = crypt.matches(job.password, job.hash);
    lock.lock();
    if (stopping_) return;
    lock.unlock();
    job.done(right);
    job = {};  // what it holds ends before the lock is taken again
    lock.lock();
  }
}

}  // namespace culvert::auth

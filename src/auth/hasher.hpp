// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace culvert::auth {

/// Threads that check passwords, which takes so long that no event loop may do it. They run at a
/// lower priority than all else, since traffic goes first.
///
/// Any thread may call.
class Hasher {
 public:
  static constexpr std::size_t threads = 2;
  static constexpr std::size_t waiting = 256;  ///< checks that may wait for a thread

  Hasher();
  /// Waits for the checks under way, at most the time of one; those that wait are dropped. No
  /// `done` is called once this has begun.
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  /// Checks a password against a crypt(3) hash and tells `done`, on a thread of this pool. It must
  /// not throw. Returns false, and drops `done`, when too many wait already.
  bool verify(std::string password, std::string hash, std::move_only_function<void(bool)> done);

 private:
  struct Job {
    std::string password;
    std::string hash;
    std::move_only_function<void(bool)> done;
  };

  void work();

  std::mutex mutex_;
  std::condition_variable news_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  std::vector<std::jthread> pool_;
};

}  // namespace culvert::auth

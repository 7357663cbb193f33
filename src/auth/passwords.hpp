// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "auth/cache.hpp"
#include "auth/guard.hpp"
#include "auth/hasher.hpp"

namespace culvert::auth {

/// Passwords under way: each is hashed once, however many requests bring it (a browser that comes
/// up opens many connections at a time), and what comes out is remembered, or held against the
/// client, even if nobody waits for it any more.
///
/// Any thread may call.
class Passwords {
 public:
  /// Both outlive this.
  Passwords(Cache& cache, Guard& guard) : cache_(cache), guard_(guard) {}

  struct Question {
    Cache::Key key;  ///< what is remembered if it is right
    std::string password;
    std::string hash;
    /// False for a name that has no password: it is hashed all the same, and is wrong whatever
    /// comes out.
    bool known = true;
    std::string client;                  ///< whom a wrong one is held against
    std::chrono::milliseconds remember;  ///< how long a right one is known
  };
  enum class Begun : std::uint8_t {
    yes,
    client_has_enough,  ///< this client's checks under way are as many as it may have
    pool_is_full,
  };
  using Told = std::move_only_function<void(bool)>;

  /// Checks, and tells `told` on another thread; it must not throw. Unless it returns yes, `told`
  /// is dropped.
  Begun check(Question question, Told told);

 private:
  Begun begin(Question question);
  void finish(const Question& question, bool right);

  Cache& cache_;
  Guard& guard_;
  std::mutex mutex_;
  std::map<Cache::Key, std::vector<Told>> under_way_;
  Hasher hasher_;  // ends first: its threads use all else
};

}  // namespace culvert::auth

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <initializer_list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "auth/clock.hpp"
#include "hash/digest.hpp"

namespace culvert::auth {

/// Remembers what was proved, for a while, so that it is not hashed again. Only successes are
/// remembered. What is kept is an HMAC under a key that lives as long as this object: no password
/// can be found in memory or in a dump of it.
///
/// Any thread may call.
class Cache {
 public:
  static constexpr std::size_t entries = 10'000;  ///< beyond it the oldest is forgotten

  /// What stands for a proof.
  using Key = hash::Sha256Bytes;

  Cache();

  /// Of all that makes the proof what it is: user, password, and the stored hash too, so that a
  /// changed password is not remembered.
  Key key_of(std::initializer_list<std::string_view> parts) const;

  bool knows(const Key& key, Clock::time_point now);
  void remember(const Key& key, Clock::time_point now, std::chrono::milliseconds how_long);

 private:
  const std::string secret_;
  std::mutex mutex_;
  std::map<Key, Clock::time_point> until_;
  std::deque<Key> order_;  // of first remembering
};

}  // namespace culvert::auth

// SPDX-License-Identifier: Apache-2.0
#include "auth/cache.hpp"

#include "hash/secret.hpp"

namespace culvert::auth {

Cache::Cache() : secret_(hash::random_bytes(32)) {}

Cache::Key Cache::key_of(std::initializer_list<std::string_view> parts) const {
  std::string all;
  for (const auto part : parts) {
    // With its length, ("ab", "c") is not ("a", "bc").
    all += std::to_string(part.size()) + ":";
    all += part;
  }
  return hash::hmac_sha256(secret_, all);
}

bool Cache::knows(const Key& key, Clock::time_point now) {
  const std::scoped_lock lock(mutex_);
  const auto found = until_.find(key);
  return found != until_.end() && now < found->second;
}

void Cache::remember(const Key& key, Clock::time_point now, std::chrono::milliseconds how_long) {
  const std::scoped_lock lock(mutex_);
  const auto [found, fresh] = until_.insert_or_assign(key, now + how_long);
  if (!fresh) return;
  order_.push_back(key);
  if (order_.size() <= entries) return;
  until_.erase(order_.front());
  order_.pop_front();
}

}  // namespace culvert::auth

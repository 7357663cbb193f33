// SPDX-License-Identifier: Apache-2.0
#include "auth/cache.hpp"

#include <catch2/catch.hpp>

using namespace culvert;
using auth::Cache;
using namespace std::chrono_literals;

namespace {

const auth::Clock::time_point begin{1000h};

}  // namespace

TEST_CASE("cache: what was proved is known for a while", "[auth]") {
  Cache cache;
  const auto key = cache.key_of({"alice", "open sesame", "hash"});
  CHECK_FALSE(cache.knows(key, begin));
  cache.remember(key, begin, 5min);
  CHECK(cache.knows(key, begin));
  CHECK(cache.knows(key, begin + 5min - 1ms));
  CHECK_FALSE(cache.knows(key, begin + 5min));
  cache.remember(key, begin + 5min, 1min);
  CHECK(cache.knows(key, begin + 5min));
}

TEST_CASE("cache: another password, user or stored hash is another proof", "[auth]") {
  const Cache cache;
  const auto key = cache.key_of({"alice", "open sesame", "hash"});
  CHECK(key == cache.key_of({"alice", "open sesame", "hash"}));
  CHECK(key != cache.key_of({"alice", "open sesame", "hash2"}));
  CHECK(key != cache.key_of({"alice", "open sesamE", "hash"}));
  CHECK(key != cache.key_of({"aliceo", "pen sesame", "hash"}));
  CHECK(key != cache.key_of({"alice", "open sesame"}));
  CHECK(key != Cache().key_of({"alice", "open sesame", "hash"}));
}

TEST_CASE("cache: it holds so much and forgets the oldest", "[auth]") {
  Cache cache;
  std::vector<Cache::Key> keys;
  for (std::size_t i = 0; i <= Cache::entries; ++i) {
    keys.push_back(cache.key_of({std::to_string(i)}));
    cache.remember(keys.back(), begin, 5min);
  }
  CHECK_FALSE(cache.knows(keys.front(), begin));
  CHECK(cache.knows(keys[1], begin));
  CHECK(cache.knows(keys.back(), begin));
}

// SPDX-License-Identifier: Apache-2.0
#include "auth/hasher.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <memory>

#include <catch2/catch.hpp>

#include "unit/auth/hashes.hpp"

using namespace culvert;
using namespace culvert::test;
using auth::Hasher;
using namespace std::chrono_literals;

namespace {

bool verify(Hasher& hasher, const std::string& password, const std::string& hash) {
  std::promise<bool> told;
  auto answer = told.get_future();
  REQUIRE(hasher.verify(password, hash, [&told](bool right) { told.set_value(right); }));
  REQUIRE(answer.wait_for(30s) == std::future_status::ready);
  return answer.get();
}

}  // namespace

TEST_CASE("hasher: it tells right from wrong, on a thread of its own", "[auth]") {
  Hasher hasher;
  CHECK(verify(hasher, "open sesame", bcrypt_2b));
  CHECK_FALSE(verify(hasher, "sesame", bcrypt_2b));
  std::promise<std::thread::id> told;
  REQUIRE(hasher.verify("x", bcrypt_2b, [&](bool) { told.set_value(std::this_thread::get_id()); }));
  CHECK(told.get_future().get() != std::this_thread::get_id());
}

TEST_CASE("hasher: when too many wait, the next is refused", "[auth]") {
  Hasher hasher;
  std::promise<void> open;
  const auto gate = open.get_future().share();
  std::atomic<int> begun = 0;
  std::atomic<int> told = 0;
  for (std::size_t i = 0; i < Hasher::threads; ++i) {
    REQUIRE(hasher.verify("x", bcrypt_2b, [&begun, gate](bool) {
      ++begun;
      gate.wait();
    }));
  }
  while (begun < static_cast<int>(Hasher::threads)) std::this_thread::yield();
  for (std::size_t i = 0; i < Hasher::waiting; ++i) {
    REQUIRE(hasher.verify("x", "$2b$", [&told](bool) { ++told; }));
  }
  CHECK_FALSE(hasher.verify("x", "$2b$", [&told](bool) { ++told; }));
  open.set_value();
  while (told < static_cast<int>(Hasher::waiting)) std::this_thread::yield();
  CHECK(verify(hasher, "open sesame", bcrypt_2b));
}

TEST_CASE("hasher: its end drops what waits and tells nobody", "[auth]") {
  std::atomic<int> told = 0;
  const auto kept = std::make_shared<int>();
  {
    Hasher hasher;
    for (int i = 0; i < 20; ++i) {
      REQUIRE(hasher.verify("x", bcrypt_cost_12, [&told, kept](bool) { ++told; }));
    }
  }
  CHECK(told == 0);
  CHECK(kept.use_count() == 1);
}

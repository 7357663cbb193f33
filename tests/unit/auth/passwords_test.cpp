// SPDX-License-Identifier: Apache-2.0
#include "auth/passwords.hpp"

#include <atomic>
#include <future>

#include <catch2/catch.hpp>

#include "unit/auth/hashes.hpp"

using namespace culvert;
using namespace culvert::test;
using auth::Passwords;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  auth::Cache cache;
  auth::Guard guard;
  Passwords passwords{cache, guard};

  Passwords::Question question(const std::string& password, const std::string& hash = bcrypt_2b) {
    return {.key = cache.key_of({"alice", password, hash}),
            .password = password,
            .hash = hash,
            .client = "client",
            .remember = 5min};
  }

  /// Asks, and waits for the answer.
  bool check(Passwords::Question question) {
    std::promise<bool> told;
    auto answer = told.get_future();
    REQUIRE(passwords.check(std::move(question), [&](bool right) { told.set_value(right); }) ==
            Passwords::Begun::yes);
    REQUIRE(answer.wait_for(30s) == std::future_status::ready);
    return answer.get();
  }
};

}  // namespace

TEST_CASE("passwords: a right one is remembered, a wrong one is held against the client",
          "[auth]") {
  Fixture fixture;
  CHECK(fixture.check(fixture.question("open sesame")));
  CHECK(fixture.cache.knows(fixture.question("open sesame").key, auth::Clock::now()));
  for (int i = 0; i < auth::Guard::free_failures; ++i) {
    CHECK_FALSE(fixture.guard.wait("client", auth::Clock::now()));
    CHECK_FALSE(fixture.check(fixture.question("sesame")));
  }
  CHECK_FALSE(fixture.cache.knows(fixture.question("sesame").key, auth::Clock::now()));
  CHECK(fixture.guard.wait("client", auth::Clock::now()));
}

TEST_CASE("passwords: for a name that is not known, the right one is wrong too", "[auth]") {
  Fixture fixture;
  auto question = fixture.question("open sesame");
  question.known = false;
  CHECK_FALSE(fixture.check(question));
  CHECK_FALSE(fixture.cache.knows(question.key, auth::Clock::now()));
}

TEST_CASE("passwords: one that is under way is not hashed again, and all are told", "[auth]") {
  Fixture fixture;
  std::promise<void> all_told;
  std::atomic<int> told = 0;
  constexpr int requests = 50;  // far more than a client may have checked at once
  for (int i = 0; i < requests; ++i) {
    REQUIRE(fixture.passwords.check(fixture.question("sesame", bcrypt_cost_12), [&](bool right) {
      if (right) return;
      if (++told == requests) all_told.set_value();
    }) == Passwords::Begun::yes);
  }
  REQUIRE(all_told.get_future().wait_for(30s) == std::future_status::ready);
  // Fifty requests with one password are one wrong password.
  CHECK_FALSE(fixture.guard.wait("client", auth::Clock::now()));
}

TEST_CASE("passwords: a client has few others under way, and gets its places back", "[auth]") {
  Fixture fixture;
  std::atomic<int> told = 0;
  const auto ask = [&](int i, const std::string& client) {
    auto question = fixture.question(std::to_string(i), bcrypt_cost_12);
    question.client = client;
    return fixture.passwords.check(question, [&](bool) { ++told; });
  };
  for (int i = 0; i < auth::Guard::checks_at_once; ++i) {
    REQUIRE(ask(i, "client") == Passwords::Begun::yes);
  }
  CHECK(ask(100, "client") == Passwords::Begun::client_has_enough);
  CHECK(ask(0, "client") == Passwords::Begun::yes);  // it is under way already
  CHECK(ask(200, "other") == Passwords::Begun::yes);
  while (told < auth::Guard::checks_at_once + 2) std::this_thread::yield();
  CHECK(ask(100, "client") == Passwords::Begun::yes);
}

// SPDX-License-Identifier: Apache-2.0
#include "auth/nonce.hpp"

#include <catch2/catch.hpp>

using namespace culvert;
using auth::Nonces;
using namespace std::chrono_literals;

namespace {

const auth::Clock::time_point begin{1000h};

}  // namespace

TEST_CASE("nonce: ours is taken, once with each count", "[auth]") {
  Nonces nonces;
  const auto nonce = nonces.make(begin);
  CHECK(nonces.take(nonce, 1, begin));
  CHECK_FALSE(nonces.take(nonce, 1, begin));
  CHECK(nonces.take(nonce, 2, begin + 1s));
  CHECK_FALSE(nonces.take(nonce, 1, begin + 1s));
  CHECK_FALSE(nonces.take(nonce, 0, begin));
  CHECK(nonces.make(begin) != nonce);
}

TEST_CASE("nonce: after five minutes it is stale", "[auth]") {
  Nonces nonces;
  const auto nonce = nonces.make(begin);
  CHECK(nonces.take(nonce, 1, begin + 5min - 1ms));
  CHECK_FALSE(nonces.take(nonce, 2, begin + 5min));
}

TEST_CASE("nonce: one that we did not make is refused", "[auth]") {
  Nonces nonces;
  Nonces others;
  CHECK_FALSE(nonces.take(others.make(begin), 1, begin));
  CHECK_FALSE(nonces.take("", 1, begin));
  CHECK_FALSE(nonces.take(std::string(64, '0'), 1, begin));
  auto changed = nonces.make(begin);
  for (std::size_t i = 0; i < changed.size(); ++i) {
    const char was = changed[i];
    changed[i] = was == '0' ? '1' : '0';
    CHECK_FALSE(nonces.take(changed, 1, begin));
    changed[i] = was;
  }
  CHECK(nonces.take(changed, 1, begin));
}

TEST_CASE("nonce: parallel connections may overtake each other within the window", "[auth]") {
  Nonces nonces;
  const auto nonce = nonces.make(begin);
  CHECK(nonces.take(nonce, 3, begin));
  CHECK(nonces.take(nonce, 1, begin));
  CHECK(nonces.take(nonce, 2, begin));
  CHECK(nonces.take(nonce, 300, begin));
  CHECK(nonces.take(nonce, 45, begin));
  CHECK_FALSE(nonces.take(nonce, 45, begin));
  CHECK_FALSE(nonces.take(nonce, 44, begin));  // too far behind to know
  CHECK(nonces.take(nonce, 0xffffffff, begin));
  CHECK_FALSE(nonces.take(nonce, 300, begin));
  CHECK_FALSE(nonces.take(nonce, 0xffffffff, begin));
}

TEST_CASE("nonce: one that was used and forgotten cannot be used again", "[auth]") {
  Nonces nonces;
  const auto first = nonces.make(begin);
  REQUIRE(nonces.take(first, 1, begin));
  for (std::size_t i = 0; i < Nonces::remembered; ++i) {
    REQUIRE(nonces.take(nonces.make(begin + 1s), 1, begin + 1s));
  }
  CHECK_FALSE(nonces.take(first, 1, begin + 2s));
  CHECK_FALSE(nonces.take(nonces.make(begin), 1, begin + 2s));  // as old: it may have been in use
  CHECK(nonces.take(nonces.make(begin + 2s), 1, begin + 2s));
}

// SPDX-License-Identifier: Apache-2.0
#include "websocket/asked.hpp"

#include <catch2/catch.hpp>

using namespace culvert::websocket;
using namespace std::chrono_literals;

namespace {

const TimePoint start = TimePoint() + 1h;

}  // namespace

TEST_CASE("asked: nothing is asked at first, and no Pong is an answer", "[asked]") {
  Asked asked;
  CHECK_FALSE(asked.since());
  CHECK_FALSE(asked.waits());
  CHECK_FALSE(asked.expects());
  for (const auto& payload : {std::string(), std::string("x"), std::string(8, '\0')}) {
    const auto answer = asked.answer(payload);
    CHECK_FALSE(answer.own);
    CHECK_FALSE(answer.asked);
  }
}

TEST_CASE("asked: a Pong answers the Ping whose payload it has", "[asked]") {
  const std::string payload = GENERATE(as<std::string>(), "", "x", std::string(125, 'y'));
  Asked asked;
  asked.pass(payload, start);
  CHECK(asked.since() == start);
  CHECK_FALSE(asked.waits());  // that is for our own
  CHECK_FALSE(asked.answer("other").asked);
  CHECK(asked.since() == start);
  const auto answer = asked.answer(payload);
  CHECK_FALSE(answer.own);
  CHECK(answer.asked == start);
  CHECK_FALSE(asked.since());
  CHECK_FALSE(asked.answer(payload).asked);
}

TEST_CASE("asked: a Pong answers those before it, and not those behind", "[asked]") {
  Asked asked;
  asked.pass("one", start);
  asked.pass("two", start + 1s);
  asked.pass("three", start + 2s);
  CHECK(asked.answer("two").asked == start + 1s);
  CHECK(asked.since() == start + 2s);
  CHECK_FALSE(asked.answer("one").asked);
  CHECK(asked.answer("three").asked == start + 2s);
  CHECK_FALSE(asked.since());
}

TEST_CASE("asked: of many the latest may be the only one that is answered", "[asked]") {
  const int count = GENERATE(4, 5, 6, 10, 1000);
  Asked asked;
  for (int i = 0; i < count; ++i) asked.pass(std::to_string(i), start + i * 1s);
  CHECK(asked.since() == start);
  CHECK(asked.answer(std::to_string(count - 1)).asked == start + (count - 1) * 1s);
  CHECK_FALSE(asked.since());
}

TEST_CASE("asked: many that are all answered leave none", "[asked]") {
  Asked asked;
  for (int i = 0; i < 10; ++i) asked.pass(std::to_string(i), start + i * 1s);
  for (int i = 0; i < 10; ++i) {
    CHECK(asked.since());
    asked.answer(std::to_string(i));
  }
  CHECK_FALSE(asked.since());
}

TEST_CASE("asked: a Ping of our own is told from all others by its payload", "[asked]") {
  Asked asked;
  const auto payload = asked.ping(start);
  CHECK(payload.size() == 8);
  CHECK(asked.waits());
  CHECK(asked.expects());
  CHECK(asked.since() == start);
  for (std::size_t i = 0; i < payload.size(); ++i) {
    auto near = payload;
    near[i] = static_cast<char>(near[i] ^ 1);
    CHECK_FALSE(asked.answer(near).asked);
  }
  CHECK_FALSE(asked.answer(payload + "x").asked);
  CHECK_FALSE(asked.answer(payload.substr(0, 7)).asked);
  CHECK_FALSE(asked.answer("").asked);
  const auto answer = asked.answer(payload);
  CHECK(answer.own);
  CHECK(answer.asked == start);
  CHECK_FALSE(asked.waits());
  CHECK_FALSE(asked.expects());
  CHECK_FALSE(asked.answer(payload).own);  // the same once more is not an answer
  CHECK(Asked().ping(start) != Asked().ping(start));
}

TEST_CASE("asked: each of our own is known by its Pong, though another went out since", "[asked]") {
  Asked asked;
  std::array<std::string, 10> payloads;
  for (int i = 0; i < 10; ++i) payloads[static_cast<std::size_t>(i)] = asked.ping(start + i * 1s);
  CHECK(asked.since());
  for (int i = 0; i < 10; ++i) {
    CHECK(asked.expects());
    const auto answer = asked.answer(payloads[static_cast<std::size_t>(i)]);
    CHECK(answer.own);
    REQUIRE(answer.asked);
    if (i >= 6) CHECK(answer.asked == start + i * 1s);
  }
  CHECK_FALSE(asked.expects());
  CHECK_FALSE(asked.since());
}

TEST_CASE("asked: of our own, too, one Pong may answer several", "[asked]") {
  Asked asked;
  const auto first = asked.ping(start);
  const auto second = asked.ping(start + 1s);
  const auto third = asked.ping(start + 2s);
  CHECK(asked.answer(second).own);
  CHECK(asked.waits());
  CHECK(asked.since() == start + 2s);
  CHECK_FALSE(asked.answer(first).own);  // left out, it cannot come any more
  CHECK(asked.answer(third).own);
  CHECK_FALSE(asked.since());
}

TEST_CASE("asked: our own and the other side's answer each other in the order they were sent",
          "[asked]") {
  const auto apart = GENERATE(0s, 1s);  // the clock may stand still meanwhile
  Asked asked;
  asked.pass("before", start);
  const auto own = asked.ping(start + apart);
  asked.pass("behind", start + 2 * apart);

  SECTION("ours is answered") {
    CHECK(asked.answer(own).own);
    CHECK(asked.since() == start + 2 * apart);
    CHECK(asked.answer("behind").asked == start + 2 * apart);
    CHECK_FALSE(asked.since());
  }
  SECTION("the one before is answered") {
    CHECK(asked.answer("before").asked == start);
    CHECK(asked.waits());
    CHECK(asked.since() == start + apart);
  }
  SECTION("the one behind is answered, and ours may still be") {
    CHECK(asked.answer("behind").asked == start + 2 * apart);
    CHECK_FALSE(asked.since());
    CHECK_FALSE(asked.waits());
    CHECK(asked.expects());
    CHECK(asked.answer(own).own);
    CHECK_FALSE(asked.expects());
  }
}

TEST_CASE("asked: a Ping of the other side may have the payload of ours", "[asked]") {
  Asked asked;
  const auto own = asked.ping(start);
  asked.pass(own, start + 1s);
  CHECK(asked.answer(own).own);  // the first of the two is ours
  const auto answer = asked.answer(own);
  CHECK_FALSE(answer.own);
  CHECK(answer.asked == start + 1s);
}

// SPDX-License-Identifier: Apache-2.0
#include "websocket/close.hpp"

#include <catch2/catch.hpp>

#include "websocket/frames.hpp"

using namespace culvert::websocket;
using namespace std::string_literals;

TEST_CASE("close: towards the client the frame is in the clear", "[close]") {
  CHECK(close_frame(policy_violation, "no", std::nullopt) == "\x88\x04\x03\xf0no"s);
  CHECK(close_frame(1001, "", std::nullopt) == "\x88\x02\x03\xe9"s);
}

TEST_CASE("close: towards the origin it is masked", "[close]") {
  const auto frame = close_frame(policy_violation, "bye", 0x01020304);
  CHECK(frame == "\x88\x85\x01\x02\x03\x04\x02\xf2"s + static_cast<char>('b' ^ 3) +
                     static_cast<char>('y' ^ 4) + static_cast<char>('e' ^ 1));
}

TEST_CASE("close: it is one frame, and a Close", "[close]") {
  const auto frame = close_frame(policy_violation, std::string(123, 'x'), 0xdeadbeef);
  Frames frames;
  CHECK(frames.step(frame) == frame.size());
  CHECK(frames.at_boundary());
  CHECK(frames.closing());
}

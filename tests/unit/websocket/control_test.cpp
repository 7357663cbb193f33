// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <culvert/websocket/control.hpp>

using namespace culvert::websocket;
using namespace std::string_literals;

TEST_CASE("control frames: towards the client they are in the clear", "[control]") {
  CHECK(close_frame(policy_violation, "no", std::nullopt) == "\x88\x04\x03\xf0no"s);
  CHECK(close_frame(going_away, "", std::nullopt) == "\x88\x02\x03\xe9"s);
  CHECK(ping_frame("", std::nullopt) == "\x89\0"s);
  CHECK(ping_frame("Hello", std::nullopt) == "\x89\x05Hello"s);  // RFC 6455 §5.7
}

TEST_CASE("control frames: towards the origin they are masked", "[control]") {
  const auto frame = close_frame(policy_violation, "bye", 0x01020304);
  CHECK(frame == "\x88\x85\x01\x02\x03\x04\x02\xf2"s + static_cast<char>('b' ^ 3) +
                     static_cast<char>('y' ^ 4) + static_cast<char>('e' ^ 1));
  CHECK(ping_frame("\x01\x02", 0x01020304) == "\x89\x82\x01\x02\x03\x04\0\0"s);
}

TEST_CASE("control frames: each is one frame", "[control]") {
  Frames frames;
  const auto ping = ping_frame(std::string(125, 'x'), 0xdeadbeef);
  CHECK(frames.to_boundary(ping) == ping.size());
  CHECK(frames.at_boundary());
  CHECK_FALSE(frames.closing());
  const auto close = close_frame(policy_violation, std::string(123, 'x'), 0xdeadbeef);
  CHECK(frames.to_boundary(close) == close.size());
  CHECK(frames.at_boundary());
  CHECK(frames.closing());
}

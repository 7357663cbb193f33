// SPDX-License-Identifier: Apache-2.0
#include "http2/frame_meter.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "support/h2_frames.hpp"

using namespace culvert::http2;
using namespace culvert::test::h2;
using namespace std::chrono_literals;

namespace {

const FrameMeter::TimePoint start{1h};

/// How many of them would be taken at once. What refused one is not to be used any more.
int taken(FrameMeter meter, const std::string& frames, FrameMeter::TimePoint when = start) {
  for (int i = 0; i < 100'000; ++i) {
    if (!meter.saw(frames, when)) return i;
  }
  return -1;
}

const FrameMeter::Limits ten{.burst = 10, .rate = 2, .resets = 5, .resets_rate = 1};

FrameMeter of_ten() {
  return {ten, FrameMeter::Begins::with_frames};
}

}  // namespace

TEST_CASE("frame meter: frames that move nothing are counted", "[frame_meter]") {
  const auto idle = GENERATE(frame(ping, none, 0, "12345678"), frame(ping, ack, 0, "12345678"),
                             settings_frame(), frame(settings, ack, 0), window_frame(0, 1),
                             window_frame(1, 1), frame(priority, none, 1, "12345"),
                             frame(data, none, 1), frame(data, padded, 1, std::string(1, '\0')),
                             frame(data, padded, 1, std::string(256, '\xff')), frame(16, none, 0),
                             frame(200, none, 1, "whatever"));
  auto meter = of_ten();
  CHECK(taken(meter, idle) == 10);
  for (int i = 0; i < 10; ++i) CHECK(meter.saw(idle, start));
  CHECK(taken(meter, idle) == 0);
  CHECK(taken(meter, idle, start + 500ms) == 1);
  CHECK(taken(meter, idle, start + 2500ms) == 5);
  CHECK(taken(meter, idle, start + 1h) == 10);
}

TEST_CASE("frame meter: frames that do something are not", "[frame_meter]") {
  const auto useful = GENERATE(
      frame(data, none, 1, "x"), frame(data, end_stream, 1),
      frame(data, padded, 1, std::string(257, 'x')), frame(data, padded | end_stream, 1, "x"),
      frame(headers, end_headers, 1, "x"), reset_frame(1, 8), frame(goaway, none, 0, "x"));
  CHECK(taken(of_ten(), useful) == -1);
}

TEST_CASE("frame meter: who is sent data may answer each frame with two updates", "[frame_meter]") {
  auto meter = of_ten();
  for (int i = 0; i < 1000; ++i) {
    CHECK(meter.saw(window_frame(0, 1) + window_frame(1, 1), start));
    meter.gave(1);
  }
  CHECK(taken(meter, window_frame(0, 1)) == 10);
  meter.gave(1000);
  CHECK(taken(meter, window_frame(0, 1)) == 10);
}

TEST_CASE("frame meter: a client may say with each request how it wants the answer",
          "[frame_meter]") {
  // As Firefox does: PRIORITY and a wider window.
  auto meter = of_ten();
  for (std::uint32_t stream = 1; stream < 2000; stream += 2) {
    CHECK(meter.saw(frame(headers, end_headers, stream, "x") + window_frame(stream, 1) +
                        frame(priority, none, stream, "12345"),
                    start));
  }
}

TEST_CASE("frame meter: streams that came to nothing are counted by themselves", "[frame_meter]") {
  auto meter = of_ten();
  CHECK(meter.spoilt(0, start));
  CHECK(meter.spoilt(3, start));
  CHECK(meter.spoilt(2, start));
  CHECK(meter.spoilt(0, start));
  CHECK_FALSE(meter.spoilt(1, start));
  CHECK(meter.spoilt(1, start + 1s));
  CHECK(taken(meter, window_frame(0, 1)) == 10);
}

TEST_CASE("frame meter: however it is cut, the same is seen", "[frame_meter]") {
  const auto piece = GENERATE(as<std::size_t>{}, 1, 2, 5, 9, 10, 1000);
  const std::string bytes = std::string(preface) + settings_frame({{4, 100}}) +
                            frame(headers, none, 1, "xyz") + frame(continuation, none, 1, "") +
                            frame(continuation, end_headers, 1, "z") + frame(data, none, 1, "abc") +
                            frame(data, none, 1) + frame(ping, none, 0, "12345678");
  FrameMeter meter(ten, FrameMeter::Begins::with_preface);
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    CHECK(meter.saw(std::string_view(bytes).substr(at, piece), start));
  }
  CHECK_FALSE(meter.in_head());
  CHECK(taken(meter, settings_frame()) == 8);  // HEADERS gave back the first
}

TEST_CASE("frame meter: a head lasts from its first byte to its last", "[frame_meter]") {
  FrameMeter meter(ten, FrameMeter::Begins::with_preface);
  const std::string bytes = std::string(preface) + frame(data, none, 1, "abc") +
                            frame(headers, none, 1, "xyz") + frame(continuation, none, 1, "") +
                            frame(continuation, end_headers, 1, "z") + frame(data, none, 1, "abc");
  const auto data_end = preface.size() + 9 + 3;
  const auto head_end = data_end + 9 + 3 + 9 + 9 + 1;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    meter.saw(std::string_view(bytes).substr(at, 1), start);
    const auto seen = at + 1;
    const bool in_frame_head =
        seen < preface.size() + 9 || (seen > head_end && seen < head_end + 9);
    CAPTURE(seen);
    CHECK(meter.in_head() == (in_frame_head || (seen > data_end && seen < head_end)));
  }
}

TEST_CASE("frame meter: a head that is empty is over with its frame", "[frame_meter]") {
  auto meter = of_ten();
  CHECK(meter.saw(frame(headers, end_headers, 1), start));
  CHECK_FALSE(meter.in_head());
}

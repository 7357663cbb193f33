// SPDX-License-Identifier: Apache-2.0
// A WebSocket that is not allowed any more hears so, between two frames.
#include <future>
#include <thread>

#include <catch2/catch.hpp>
#include <culvert/websocket/control.hpp>

#include "support/pattern.hpp"
#include "support/relaying.hpp"
#include "support/soon.hpp"

using namespace culvert;
using namespace std::chrono_literals;
using namespace std::string_literals;
using relay::Ending;
using test::Begin;
using test::pattern;
using test::Relaying;
using test::send_while_open;
using test::soon;

namespace {

constexpr std::size_t MiB = 1024UL * 1024;

const std::string hello_up = "\x81\x85"s + "\1\2\3\4" + "hello";  // a masked frame
const std::string hello_down = "\x81\x05hello";
const std::string close_up = "\x88\x82"s + "\1\2\3\4" + "\2\xea";
const std::string close_down = "\x88\x02\x03\xe8";

const std::string close_1008 = "\x88\x16\x03\xf0not allowed any more";

/// The head of a binary frame to the client.
std::string large_frame(std::size_t payload) {
  std::string head = "\x82\x7f";
  for (int shift = 56; shift >= 0; shift -= 8) head += static_cast<char>(payload >> shift & 0xff);
  return head;
}

/// The frame that a masked one stands for: what is read at the origin's end is a Close of ours.
std::string unmasked(const std::string& frame) {
  std::string out = frame.substr(0, 1) + static_cast<char>(frame.at(1) & 0x7f);
  for (std::size_t i = 6; i < frame.size(); ++i) {
    out += static_cast<char>(frame[i] ^ frame[2 + (i - 6) % 4]);
  }
  return out;
}

class Timed {
 public:
  std::chrono::milliseconds passed() const {
    return std::chrono::floor<std::chrono::milliseconds>(net::Clock::now() - begun_);
  }

 private:
  net::TimePoint begun_ = net::Clock::now();
};

}  // namespace

TEST_CASE("leave: both sides of an idle WebSocket hear a Close", "[leave]") {
  CHECK(soon([] {
    Relaying relaying;
    auto tunnel = relaying.begin({.websocket = true});
    tunnel.client.send(hello_up);
    CHECK(tunnel.origin.read_exactly(hello_up.size()) == hello_up);
    tunnel.origin.send(hello_down);
    CHECK(tunnel.client.read_exactly(hello_down.size()) == hello_down);
    const Timed timed;
    relaying.deny_all();
    CHECK(tunnel.client.read_exactly(close_1008.size()) == close_1008);
    const auto to_origin = tunnel.origin.read_exactly(close_1008.size() + 4);
    CHECK((to_origin.at(1) & 0x80) != 0);
    CHECK(unmasked(to_origin) == close_1008);
    tunnel.client.send(hello_up + close_up);  // their answers are read, and go no further
    CHECK(tunnel.client.ends_here());
    tunnel.client.finish();
    tunnel.origin.send(hello_down + close_down);
    CHECK(tunnel.origin.ends_here());
    tunnel.origin.finish();
    const auto outcome = tunnel.outcome();
    CHECK(outcome.ending == Ending::policy);
    CHECK(outcome.bytes_up == hello_up.size() + to_origin.size());
    return timed.passed() < 400ms;  // and nobody has waited
  }));
}

TEST_CASE("leave: a large frame in flight is completed, and then comes the Close", "[leave]") {
  Relaying relaying;
  auto tunnel = relaying.begin({.websocket = true});
  const auto payload = pattern(5, 0, 4 * MiB);
  const auto half = payload.size() / 2;
  const auto head = large_frame(payload.size());
  std::promise<void> denied;
  auto sends = std::async(std::launch::async, [&] {
    tunnel.origin.send(head + payload.substr(0, half));
    denied.get_future().get();
    tunnel.origin.send(payload.substr(half) + hello_down);
  });
  CHECK((tunnel.client.read_exactly(head.size() + half) == head + payload.substr(0, half)));
  auto reads = std::async(std::launch::async, [&] { return tunnel.client.read_to_end(); });
  relaying.deny_all();
  denied.set_value();
  CHECK((reads.get() == payload.substr(half) + close_1008));
  sends.get();
  CHECK(unmasked(tunnel.origin.read_to_end()) == close_1008);
  tunnel.client.finish();
  tunnel.origin.finish();
  CHECK(tunnel.outcome().ending == Ending::policy);
}

TEST_CASE("leave: bytes that were read before and lie behind the frame are not sent", "[leave]") {
  Relaying relaying;
  auto tunnel = relaying.begin({.websocket = true}, 4096);
  // Far more than the client's system takes: the relay has some in hand.
  const auto payload = pattern(6, 0, 32UL * 1024);
  std::string frames;
  for (int i = 0; i < 1000; ++i) frames += large_frame(payload.size()) + payload;
  auto sends = std::async(std::launch::async, [&] {
    send_while_open(tunnel.origin, frames);
    tunnel.origin.finish();
  });
  REQUIRE_FALSE(tunnel.client.silent_for(test::Peer::patience));
  std::this_thread::sleep_for(200ms);
  relaying.deny_all();
  const auto got = tunnel.client.read_to_end();
  const auto whole = large_frame(payload.size()).size() + payload.size();
  REQUIRE(got.size() > close_1008.size());
  const auto before = got.size() - close_1008.size();
  CHECK(before % whole == 0);
  CHECK(before < frames.size());
  CHECK((got.substr(0, before) == frames.substr(0, before)));
  CHECK(got.substr(before) == close_1008);
  tunnel.client.finish();
  sends.get();
  CHECK(tunnel.outcome().ending == Ending::policy);
}

TEST_CASE("leave: a frame that does not end is cut off, without a Close", "[leave]") {
  Relaying relaying;
  auto tunnel = relaying.begin({.websocket = true});
  tunnel.origin.send(large_frame(1000) + "some");
  CHECK(tunnel.client.read_exactly(14) == large_frame(1000) + "some");
  const Timed timed;
  relaying.deny_all();
  CHECK(tunnel.client.ends_here());
  CHECK(timed.passed() >= 300ms);
  CHECK(unmasked(tunnel.origin.read_to_end()) == close_1008);
  CHECK(tunnel.outcome().ending == Ending::policy);
  CHECK(timed.passed() < 3s);
}

TEST_CASE("leave: who does not close is reset before long", "[leave]") {
  Relaying relaying;
  auto tunnel = relaying.begin({.websocket = true});
  const Timed timed;
  relaying.deny_all();
  CHECK(tunnel.client.read_to_end() == close_1008);
  CHECK(tunnel.outcome().ending == Ending::policy);
  CHECK(timed.passed() >= 300ms);
  CHECK(timed.passed() < 3s);
}

TEST_CASE("leave: who hears a finish and does not close is reset before long", "[leave]") {
  Relaying relaying;
  auto tunnel = relaying.begin();
  const Timed timed;
  relaying.deny_all();
  CHECK(tunnel.client.ends_here());
  CHECK(tunnel.origin.ends_here());
  CHECK(tunnel.outcome().ending == Ending::policy);
  CHECK(timed.passed() >= 300ms);
  CHECK(timed.passed() < 3s);
}

TEST_CASE("leave: who lacks bytes that were on their way is reset, and hears no finish",
          "[leave]") {
  Relaying relaying;
  auto tunnel = relaying.begin({}, 4096);
  tunnel.origin.send_until_blocked(64 * MiB);
  relaying.deny_all();
  CHECK(tunnel.outcome().ending == Ending::policy);
  CHECK(tunnel.client.ends_with_reset());
}

TEST_CASE("leave: who reads nothing does not hold it up", "[leave]") {
  Relaying relaying;
  auto tunnel = relaying.begin({.websocket = true}, 4096);
  tunnel.origin.send(large_frame(1UL << 40));
  tunnel.origin.send_until_blocked(64 * MiB);
  const Timed timed;
  relaying.deny_all();
  CHECK(tunnel.outcome().ending == Ending::policy);
  CHECK(timed.passed() < 3s);
}

TEST_CASE("leave: a side that has said Close itself hears no second one", "[leave]") {
  Relaying relaying;
  auto tunnel = relaying.begin({.websocket = true});
  tunnel.client.send(close_up);
  CHECK(tunnel.origin.read_exactly(close_up.size()) == close_up);
  relaying.deny_all();
  CHECK(tunnel.origin.ends_here());
  CHECK(tunnel.client.read_to_end() == close_1008);
  tunnel.client.finish();
  tunnel.origin.finish();
  CHECK(tunnel.outcome().ending == Ending::policy);
}

TEST_CASE("leave: one side is gone, and the other still hears it", "[leave]") {
  Relaying relaying;
  auto tunnel = relaying.begin({.websocket = true});
  tunnel.client.send(hello_up);
  CHECK(tunnel.origin.read_exactly(hello_up.size()) == hello_up);
  tunnel.origin.finish();
  CHECK(tunnel.client.ends_here());
  relaying.deny_all();
  CHECK(unmasked(tunnel.origin.read_to_end()) == close_1008);
  tunnel.client.finish();
  CHECK(tunnel.outcome().ending == Ending::policy);
}

TEST_CASE("leave: a reset in answer to the Close is an end as well", "[leave]") {
  CHECK(soon([] {
    Relaying relaying;
    auto tunnel = relaying.begin({.websocket = true});
    const Timed timed;
    relaying.deny_all();
    CHECK(unmasked(tunnel.origin.read_exactly(close_1008.size() + 4)) == close_1008);
    tunnel.origin.reset();
    CHECK(tunnel.client.read_exactly(close_1008.size()) == close_1008);
    tunnel.client.send(close_up);
    CHECK(tunnel.client.ends_here());
    tunnel.client.finish();
    CHECK(tunnel.outcome().ending == Ending::policy);
    return timed.passed() < 400ms;
  }));
}

TEST_CASE("leave: who lacks the rest of a frame whose sender was reset is reset as well",
          "[leave]") {
  Relaying relaying;
  auto tunnel = relaying.begin({.websocket = true});
  tunnel.origin.send(large_frame(1000) + "some");
  CHECK(tunnel.client.read_exactly(14) == large_frame(1000) + "some");
  relaying.deny_all();
  CHECK(unmasked(tunnel.origin.read_exactly(close_1008.size() + 4)) == close_1008);
  tunnel.origin.reset();
  CHECK(tunnel.client.ends_with_reset());
  CHECK(tunnel.outcome().ending == Ending::policy);
}

TEST_CASE("leave: who answers with the rest of its frame is not waited for", "[leave]") {
  CHECK(soon([] {
    Relaying relaying;
    auto tunnel = relaying.begin({.websocket = true});
    tunnel.origin.send(large_frame(4) + "ha");
    CHECK(tunnel.client.read_exactly(12) == large_frame(4) + "ha");
    const Timed timed;
    relaying.deny_all();
    CHECK(unmasked(tunnel.origin.read_exactly(close_1008.size() + 4)) == close_1008);
    tunnel.origin.send("lf" + close_down);
    CHECK(tunnel.origin.ends_here());
    CHECK(tunnel.client.read_exactly(2 + close_1008.size()) == "lf" + close_1008);
    return timed.passed() < 400ms;
  }));
}

TEST_CASE("leave: frames that came with the heads count", "[leave]") {
  Relaying relaying;
  auto tunnel = relaying.begin(
      {.websocket = true, .to_origin = hello_up, .to_client = large_frame(4) + "ha"});
  CHECK(tunnel.origin.read_exactly(hello_up.size()) == hello_up);
  CHECK(tunnel.client.read_exactly(12) == large_frame(4) + "ha");
  relaying.deny_all();
  CHECK(tunnel.client.silent_for(50ms));
  tunnel.origin.send("lf" + hello_down);
  CHECK(tunnel.client.read_to_end() == "lf" + close_1008);
  CHECK(unmasked(tunnel.origin.read_to_end()) == close_1008);
}

TEST_CASE("leave: a finish is all that can be said where nothing is seen", "[leave]") {
  const bool websocket = GENERATE(false, true);
  const auto bytes = pattern(8, 0, MiB);
  CHECK(soon([&] {
    Relaying relaying;
    auto tunnel = relaying.begin({.websocket = websocket});
    const auto none = "\x82\x7f\xff\0\0\0\0\0\0\0"s;  // of a length that no frame has
    tunnel.client.send(none);
    CHECK(tunnel.origin.read_exactly(none.size()) == none);
    auto reads = std::async(std::launch::async, [&] { return tunnel.origin.read_exactly(MiB); });
    tunnel.client.send(bytes);
    CHECK((reads.get() == bytes));
    const Timed timed;
    relaying.deny_all();
    CHECK(tunnel.client.ends_here());
    CHECK(tunnel.origin.ends_here());
    tunnel.client.finish();
    tunnel.origin.finish();
    CHECK(tunnel.outcome().ending == Ending::policy);
    return timed.passed() < 300ms;
  }));
}

TEST_CASE("leave: frames large and small pass unchanged", "[leave]") {
  Relaying relaying;
  auto tunnel = relaying.begin({.websocket = true});
  std::string frames;
  for (std::size_t i = 0; i < 40; ++i) {
    const auto payload = pattern(i, 0, i * i * 777);
    frames += large_frame(payload.size()) + payload + hello_down;
  }
  auto sends = std::async(std::launch::async, [&] {
    tunnel.origin.send(frames);
    tunnel.origin.finish();
  });
  CHECK((tunnel.client.read_to_end() == frames));
  sends.get();
}

TEST_CASE("leave: a length that no frame has is told to both sides, where it must not pass",
          "[leave]") {
  struct Row {
    websocket::Settings settings;
    std::string close;
  };
  const auto row = GENERATE(values<Row>({
      {{.strict = true},
       "\x03\xea"
       "the client sent a length that is not written as it must be"},
      {{.max_frame = 1},
       "\x03\xf1"
       "the client sent a frame longer than max_frame"},
  }));
  Relaying relaying;
  auto tunnel = relaying.begin({.websocket = true, .settings = row.settings});
  const auto close =
      websocket::close_frame(1000, row.close.substr(2), std::nullopt).substr(0, 2) + row.close;
  tunnel.client.send("\x82\xff\xff\0\0\0\0\0\0\0\1\2\3\4"s);
  CHECK(tunnel.client.read_to_end() == close);
  CHECK(unmasked(tunnel.origin.read_exactly(close.size() + 4)) == close);
  tunnel.client.finish();
  tunnel.origin.finish();
  const auto outcome = tunnel.outcome();
  CHECK(outcome.ending == Ending::client_flaw);
  CHECK(outcome.bytes_up == close.size() + 4);
  CHECK(outcome.websocket->closed_by == websocket::Facts::Closer::proxy);
}

TEST_CASE("leave: of two flaws that came with the heads the first is told", "[leave]") {
  Relaying relaying;
  const std::string close = "\x03\xf1the client sent a frame longer than max_frame";
  auto tunnel = relaying.begin({.websocket = true,
                                .settings = {.strict = true, .max_frame = 1},
                                .to_origin = hello_up,
                                .to_client = hello_up});  // and an origin's is not masked
  CHECK(tunnel.client.read_exactly(2 + close.size()).substr(2) == close);
  CHECK(unmasked(tunnel.origin.read_exactly(2 + close.size() + 4)).substr(2) == close);
  tunnel.client.finish();
  tunnel.origin.finish();
  const auto outcome = tunnel.outcome();
  CHECK(outcome.ending == Ending::client_flaw);
  CHECK(outcome.flaw == websocket::Flaw::max_frame);
}

// SPDX-License-Identifier: Apache-2.0
// Whether a WebSocket is used and alive, over real sockets and by a clock that is moved by hand.
#include <future>
#include <stdexcept>
#include <thread>

#include <catch2/catch.hpp>

#include "support/frames.hpp"
#include "support/relaying.hpp"
#include "support/soon.hpp"

using namespace culvert;
using namespace culvert::websocket;
using namespace std::chrono_literals;
using namespace std::string_literals;
using relay::Ending;
using test::Peer;
using test::read_frame;
using test::Relaying;
using test::send_while_open;
using test::soon;
using test::told_by_close;

namespace {

Side any_side() {
  return GENERATE(Side::client, Side::origin);
}

Peer& at(Relaying::Ends& tunnel, Side side) {
  return side == Side::client ? tunnel.client : tunnel.origin;
}

/// A frame of one side arrives at the other.
void carry(Relaying::Ends& tunnel, Side from, const std::string& frame) {
  at(tunnel, from).send(frame);
  REQUIRE(at(tunnel, other(from)).read_exactly(frame.size()) == frame);
}

void heartbeat(Relaying::Ends& tunnel, Side from) {
  carry(tunnel, from, frame_of(from, opcode_ping, "beat"));
  carry(tunnel, other(from), frame_of(other(from), opcode_pong, "beat"));
}

/// A side is sent a Ping by the relay: its payload.
std::string is_pinged(Relaying::Ends& tunnel, Side side) {
  const auto frame = read_frame(at(tunnel, side));
  REQUIRE((frame.at(0) & 0x0f) == opcode_ping);
  CHECK((frame.at(1) & 0x80) == (side == Side::origin ? 0x80 : 0));
  return payload_in(frame);
}

void answers(Relaying& relaying, Relaying::Ends& tunnel, Side side, const std::string& payload) {
  const auto before = relaying.facts(tunnel).round_trips[index_of(side)].count;
  at(tunnel, side).send(frame_of(side, opcode_pong, payload));
  REQUIRE(
      soon([&] { return relaying.facts(tunnel).round_trips[index_of(side)].count == before + 1; }));
}

bool both_are_silent(Relaying::Ends& tunnel) {
  return tunnel.client.silent_for(20ms) && tunnel.origin.silent_for(20ms);
}

/// Both sides hear this, and the tunnel ends so.
void check_both_hear(Relaying::Ends& tunnel, const std::string& close, Ending ending) {
  for (const auto side : {Side::client, Side::origin}) {
    const auto frame = read_frame(at(tunnel, side));
    CHECK(told_by_close(frame) == close);
    CHECK((frame.at(1) & 0x80) == (side == Side::origin ? 0x80 : 0));
    at(tunnel, side).send(frame_of(side, opcode_close, payload_in(frame)));
  }
  for (const auto side : {Side::client, Side::origin}) {
    CHECK(at(tunnel, side).ends_here());
    at(tunnel, side).finish();
  }
  const auto outcome = tunnel.outcome();
  CHECK(outcome.ending == ending);
  REQUIRE(outcome.websocket != nullptr);
  CHECK(outcome.websocket->closed_by == Facts::Closer::proxy);
  CHECK(std::to_string(outcome.websocket->close_code) == close.substr(0, 4));
}

/// Both sides hear that this one did not answer.
void check_ends_dead(Relaying::Ends& tunnel, Side dead) {
  const bool client = dead == Side::client;
  check_both_hear(
      tunnel,
      client ? "1011 the client did not answer a ping" : "1011 the origin did not answer a ping",
      client ? Ending::client_dead : Ending::origin_dead);
}

const std::string silent = "1001 silent for too long";

}  // namespace

// --- In use or not ------------------------------------------------------------------------------

TEST_CASE("heartbeat: a WebSocket that only heartbeats outlives tunnel_idle, if they count",
          "[heartbeat]") {
  const auto counts = GENERATE(Heartbeat::any, Heartbeat::answered);
  const auto asks = any_side();
  Relaying relaying(test::Time::by_hand);
  auto tunnel = relaying.begin(
      {.limits = {.idle = 1h}, .websocket = true, .settings = {.heartbeat = counts}});
  for (int i = 0; i < 12; ++i) {
    relaying.advance(20min);
    heartbeat(tunnel, asks);
  }
  relaying.advance(59min);
  CHECK(both_are_silent(tunnel));
  relaying.advance(1min + 1s);
  check_both_hear(tunnel, silent, Ending::idle);
}

TEST_CASE("heartbeat: where messages alone count heartbeats do not", "[heartbeat]") {
  const auto writes = any_side();
  Relaying relaying(test::Time::by_hand);
  auto tunnel = relaying.begin(
      {.limits = {.idle = 1h}, .websocket = true, .settings = {.heartbeat = Heartbeat::data}});
  relaying.advance(20min);
  carry(tunnel, writes, frame_of(writes, opcode_text, "hello"));
  for (int i = 0; i < 2; ++i) {
    relaying.advance(20min);
    heartbeat(tunnel, Side::client);
  }
  CHECK(both_are_silent(tunnel));
  relaying.advance(20min + 1s);
  check_both_hear(tunnel, silent, Ending::idle);
}

TEST_CASE("heartbeat: Pings that nobody answers are no use, where answers are asked for",
          "[heartbeat]") {
  auto [counts, ends] = GENERATE(table<Heartbeat, bool>({
      {Heartbeat::any, false},
      {Heartbeat::answered, true},
  }));
  Relaying relaying(test::Time::by_hand);
  auto tunnel = relaying.begin({.limits = {.idle = 1h},
                                .websocket = true,
                                .settings = {.heartbeat = counts, .pong_timeout = 0s}});
  for (int i = 0; i < 2; ++i) {
    relaying.advance(20min);
    carry(tunnel, Side::client, frame_of(Side::client, opcode_ping, "beat"));
  }
  relaying.advance(20min + 1s);
  if (ends) {
    check_both_hear(tunnel, silent, Ending::idle);
  } else {
    CHECK(both_are_silent(tunnel));
  }
}

TEST_CASE("heartbeat: an answer to our own Ping is use, and the Ping is not", "[heartbeat]") {
  const auto counts = GENERATE(Heartbeat::any, Heartbeat::answered);
  const bool answered = GENERATE(true, false);
  Relaying relaying(test::Time::by_hand);
  auto tunnel = relaying.begin(
      {.limits = {.idle = 1h},
       .websocket = true,
       .settings = {.heartbeat = counts, .pong_timeout = 0s, .ping_interval = 20min}});
  const int beats = answered ? 6 : 2;
  for (int i = 0; i < beats; ++i) {
    relaying.advance(20min + 1s);
    for (const auto side : {Side::client, Side::origin}) {
      const auto payload = is_pinged(tunnel, side);
      if (answered) answers(relaying, tunnel, side, payload);
    }
  }
  CHECK(both_are_silent(tunnel));
  if (answered) return;
  relaying.advance(20min + 1s);
  check_both_hear(tunnel, silent, Ending::idle);
}

TEST_CASE("heartbeat: without a message for too long it is ended, whatever else passes",
          "[heartbeat]") {
  Relaying relaying(test::Time::by_hand);
  auto tunnel = relaying.begin({.limits = {.idle = 1h},
                                .websocket = true,
                                .settings = {.idle = 10min, .ping_interval = 4min}});
  relaying.advance(5min);
  for (const auto side : {Side::client, Side::origin}) {
    answers(relaying, tunnel, side, is_pinged(tunnel, side));
  }
  carry(tunnel, Side::client, frame_of(Side::client, opcode_binary, "x"));
  relaying.advance(3min);
  heartbeat(tunnel, Side::origin);
  relaying.advance(3min);
  heartbeat(tunnel, Side::client);
  relaying.advance(3min + 59s);
  CHECK(both_are_silent(tunnel));
  relaying.advance(2s);
  check_both_hear(tunnel, "1001 no message for too long", Ending::websocket_idle);
}

// --- Alive or not -------------------------------------------------------------------------------

TEST_CASE("heartbeat: a large message that is taken slowly is use", "[heartbeat]") {
  const bool by_idle = GENERATE(true, false);
  Relaying relaying(test::Time::by_hand);
  auto tunnel = by_idle ? relaying.begin({.websocket = true, .settings = {.idle = 60s}}, 4096)
                        : relaying.begin({.limits = {.idle = 60s},
                                          .websocket = true,
                                          .settings = {.heartbeat = Heartbeat::data}},
                                         4096);
  const auto frame = frame_of(Side::origin, opcode_binary, std::string(4UL << 20, 'x'));
  auto sends = std::async(std::launch::async, [&] {
    try {
      tunnel.origin.send(frame);
    } catch (const std::runtime_error&) {
      // Cut off at the end of the test.
    }
  });
  // For minutes nothing is read from the origin: a pipe is full.
  constexpr std::size_t some = 16UL * 1024;
  for (std::size_t at = 0; at < 12 * some; at += some) {
    CHECK((tunnel.client.read_exactly(some) == frame.substr(at, some)));
    std::this_thread::sleep_for(20ms);
    relaying.advance(10s);
  }
  CHECK(relaying.facts(tunnel).closed_by == Facts::Closer::nobody);
  tunnel.client.reset();
  sends.get();
}

TEST_CASE("heartbeat: who stops answering is dead, and both sides hear it", "[heartbeat]") {
  const auto counts = GENERATE(Heartbeat::any, Heartbeat::answered, Heartbeat::data);
  const auto dead = any_side();
  Relaying relaying(test::Time::by_hand);
  auto tunnel = relaying.begin(
      {.limits = {.idle = 1h}, .websocket = true, .settings = {.heartbeat = counts}});
  for (int i = 0; i < 3; ++i) {
    heartbeat(tunnel, other(dead));
    relaying.advance(20s);
  }
  carry(tunnel, other(dead), frame_of(other(dead), opcode_ping, "there?"));
  relaying.advance(29s + 900ms);
  CHECK(both_are_silent(tunnel));
  relaying.advance(110ms);
  check_ends_dead(tunnel, dead);
}

TEST_CASE("heartbeat: who is dead does not end it later than a second after", "[heartbeat]") {
  Relaying relaying(test::Time::by_hand);
  auto tunnel = relaying.begin({.websocket = true});
  carry(tunnel, Side::client, frame_of(Side::client, opcode_ping, "there?"));
  relaying.advance(30s + 10ms);
  CHECK(told_by_close(read_frame(tunnel.client)) == "1011 the origin did not answer a ping");
  CHECK(told_by_close(read_frame(tunnel.origin)) == "1011 the origin did not answer a ping");
  relaying.advance(460ms);  // neither of them answers, or closes
  CHECK(tunnel.client.ends_here());
  relaying.advance(460ms);
  CHECK(tunnel.outcome().ending == Ending::origin_dead);
}

TEST_CASE("heartbeat: who talks and does not answer is dead only where answers are asked for",
          "[heartbeat]") {
  auto [counts, dies] = GENERATE(table<Heartbeat, bool>({
      {Heartbeat::any, false},
      {Heartbeat::data, false},
      {Heartbeat::answered, true},
  }));
  Relaying relaying(test::Time::by_hand);
  auto tunnel = relaying.begin({.websocket = true, .settings = {.heartbeat = counts}});
  carry(tunnel, Side::client, frame_of(Side::client, opcode_ping, "there?"));
  for (int i = 0; i < 2; ++i) {
    relaying.advance(14s);
    carry(tunnel, Side::origin, frame_of(Side::origin, opcode_text, "hello"));
  }
  relaying.advance(3s);
  if (dies) {
    check_both_hear(tunnel, "1011 the origin did not answer a ping", Ending::origin_dead);
  } else {
    CHECK(both_are_silent(tunnel));
  }
}

TEST_CASE("heartbeat: a Ping that came with the heads is to be answered, too", "[heartbeat]") {
  Relaying relaying(test::Time::by_hand);
  const auto ping = frame_of(Side::client, opcode_ping, "there?");
  auto tunnel = relaying.begin({.websocket = true, .to_origin = ping});
  CHECK(tunnel.origin.read_exactly(ping.size()) == ping);
  relaying.advance(30s + 10ms);
  check_both_hear(tunnel, "1011 the origin did not answer a ping", Ending::origin_dead);
}

TEST_CASE("heartbeat: whose answer cannot be read is not dead", "[heartbeat]") {
  Relaying relaying(test::Time::by_hand);
  auto tunnel =
      relaying.begin({.websocket = true, .settings = {.heartbeat = Heartbeat::answered}}, 4096);
  carry(tunnel, Side::client, frame_of(Side::client, opcode_ping, "there?"));
  const auto text = frame_of(Side::origin, opcode_text, std::string(1000, 'x'));
  std::string much;
  for (int i = 0; i < 2000; ++i) much += text;
  const auto pong = frame_of(Side::origin, opcode_pong, "there?");
  auto sends = std::async(std::launch::async, [&] { tunnel.origin.send(much + pong); });
  REQUIRE(soon([&] { return relaying.facts(tunnel).of(Side::origin).text_messages > 0; }));
  // The client reads nothing until the relay does not, either.
  std::uint64_t before = 0;
  REQUIRE(soon([&] {
    const auto now = relaying.facts(tunnel).of(Side::origin)[Kind::text].bytes;
    return std::exchange(before, now) == now;
  }));
  for (int i = 0; i < 4; ++i) relaying.advance(25s);
  CHECK_FALSE(tunnel.has_ended());
  CHECK((tunnel.client.read_exactly(much.size() + pong.size()) == much + pong));
  sends.get();
  relaying.advance(1min);
  CHECK(both_are_silent(tunnel));
}

TEST_CASE("heartbeat: who comes nearer to the Ping is not dead, however much is before it",
          "[heartbeat]") {
  Relaying relaying(test::Time::by_hand);
  auto tunnel =
      relaying.begin({.websocket = true, .settings = {.heartbeat = Heartbeat::answered}}, 4096);
  const auto text = frame_of(Side::origin, opcode_text, std::string(1000, 'x'));
  std::string some;
  for (int i = 0; i < 60; ++i) some += text;
  std::string more;
  for (int i = 0; i < 2000; ++i) more += text;
  const auto ping = frame_of(Side::origin, opcode_ping, "there?");
  const auto all = some + ping + more;
  auto sends = std::async(std::launch::async, [&] { tunnel.origin.send(all); });
  REQUIRE(soon([&] { return relaying.facts(tunnel).of(Side::origin)[Kind::ping].frames == 1; }));
  std::string got;
  while (got.size() < some.size() - 5000) {
    got += tunnel.client.read_exactly(5000);
    relaying.advance(29s);
    REQUIRE_FALSE(tunnel.has_ended());
  }
  got += tunnel.client.read_exactly(some.size() + ping.size() - got.size());
  tunnel.client.send(frame_of(Side::client, opcode_pong, "there?"));
  CHECK(read_frame(tunnel.origin) == frame_of(Side::client, opcode_pong, "there?"));
  got += tunnel.client.read_exactly(all.size() - got.size());
  CHECK((got == all));
  sends.get();
}

TEST_CASE("heartbeat: who takes nothing is dead", "[heartbeat]") {
  Relaying relaying(test::Time::by_hand);
  auto tunnel = relaying.begin({.websocket = true}, 4096);
  const auto text = frame_of(Side::origin, opcode_text, std::string(1000, 'x'));
  std::string much = frame_of(Side::origin, opcode_ping, "there?");
  for (int i = 0; i < 2000; ++i) much += text;
  auto sends = std::async(std::launch::async, [&] { send_while_open(tunnel.origin, much); });
  REQUIRE(soon([&] { return relaying.facts(tunnel).of(Side::origin)[Kind::ping].frames == 1; }));
  REQUIRE(soon([&] {
    relaying.advance(31s);
    return !tunnel.origin.silent_for(1ms);
  }));
  CHECK(told_by_close(read_frame(tunnel.origin)) == "1011 the client did not answer a ping");
  relaying.advance(1s);
  relaying.advance(1s);
  CHECK(tunnel.outcome().ending == Ending::client_dead);
  sends.get();
}

// --- Pings of our own ---------------------------------------------------------------------------

TEST_CASE("heartbeat: who takes nothing is dead, also where no Ping could be sent", "[heartbeat]") {
  Relaying relaying(test::Time::by_hand);
  auto tunnel = relaying.begin({.websocket = true, .settings = {.ping_interval = 1min}}, 4096);
  const auto much = frame_of(Side::origin, opcode_binary, std::string(8UL << 20, 'x'));
  auto sends = std::async(std::launch::async, [&] { send_while_open(tunnel.origin, much); });
  std::uint64_t before = 0;
  REQUIRE(soon([&] {
    const auto now = relaying.facts(tunnel).of(Side::origin)[Kind::binary].bytes;
    return now > 0 && std::exchange(before, now) == now;
  }));
  relaying.advance(1min + 1s);
  CHECK_FALSE(tunnel.has_ended());
  REQUIRE(soon([&] {
    relaying.advance(31s);
    return tunnel.has_ended();
  }));
  CHECK(tunnel.outcome().ending == Ending::client_dead);
  CHECK(relaying.facts(tunnel).pings == std::array<std::uint32_t, 2>{0, 1});
  sends.get();
}

TEST_CASE("heartbeat: who waits for the end of a frame is not dead", "[heartbeat]") {
  Relaying relaying(test::Time::by_hand);
  auto tunnel = relaying.begin({.websocket = true, .settings = {.ping_interval = 1min}});
  const auto frame = frame_of(Side::origin, opcode_binary, std::string(1000, 'x'));
  tunnel.origin.send(frame.substr(0, 500));
  REQUIRE(tunnel.client.read_exactly(500) == frame.substr(0, 500));
  for (std::size_t i = 500; i < 510; ++i) {
    relaying.advance(20s);
    tunnel.origin.send(frame.substr(i, 1));
    REQUIRE(tunnel.client.read_exactly(1) == frame.substr(i, 1));
  }
  CHECK_FALSE(tunnel.has_ended());
}

TEST_CASE("heartbeat: who is silent is sent a Ping each interval, and its Pong goes no further",
          "[heartbeat]") {
  const auto pong_timeout = GENERATE(5s, 30s, 0s);
  Relaying relaying(test::Time::by_hand);
  auto tunnel = relaying.begin(
      {.websocket = true, .settings = {.pong_timeout = pong_timeout, .ping_interval = 10s}});
  for (std::uint32_t i = 1; i <= 5; ++i) {
    relaying.advance(9s + 900ms);
    CHECK(both_are_silent(tunnel));
    relaying.advance(110ms);
    const auto to_client = is_pinged(tunnel, Side::client);
    const auto to_origin = is_pinged(tunnel, Side::origin);
    CHECK(to_client != to_origin);
    answers(relaying, tunnel, Side::client, to_client);
    answers(relaying, tunnel, Side::origin, to_origin);
    CHECK(both_are_silent(tunnel));
    CHECK(relaying.facts(tunnel).pings == std::array{i, i});
  }
}

TEST_CASE("heartbeat: who is busy is not sent one", "[heartbeat]") {
  const auto busy = any_side();
  const auto opcode = GENERATE(opcode_text, opcode_pong);
  Relaying relaying(test::Time::by_hand);
  auto tunnel = relaying.begin({.websocket = true, .settings = {.ping_interval = 10s}});
  for (int i = 0; i < 8; ++i) {
    relaying.advance(6s);
    at(tunnel, busy).send(frame_of(busy, opcode, "hello"));
    auto got = read_frame(at(tunnel, other(busy)));
    if ((got[0] & 0x0f) == opcode_ping) {
      answers(relaying, tunnel, other(busy), payload_in(got));
      got = read_frame(at(tunnel, other(busy)));
    }
    CHECK(got == frame_of(busy, opcode, "hello"));
  }
  const auto pings = relaying.facts(tunnel).pings;
  CHECK(pings[index_of(busy)] == 0);
  CHECK(pings[index_of(other(busy))] >= 3);
  CHECK(at(tunnel, busy).silent_for(20ms));
}

TEST_CASE("heartbeat: our Ping does not go inside a frame, but behind it", "[heartbeat]") {
  const auto side = any_side();
  const auto from = other(side);
  const std::size_t bytes = GENERATE(100U, 1'000'000U);
  Relaying relaying(test::Time::by_hand);
  auto tunnel = relaying.begin({.websocket = true, .settings = {.ping_interval = 10min}});
  const auto frame = frame_of(from, opcode_binary, std::string(bytes, 'x'));
  const auto half = frame.size() / 2;
  auto sends =
      std::async(std::launch::async, [&] { at(tunnel, from).send(frame.substr(0, half)); });
  CHECK((at(tunnel, side).read_exactly(half) == frame.substr(0, half)));
  sends.get();
  relaying.advance(9min);
  at(tunnel, from).send(frame.substr(half, 1));  // not silent itself
  CHECK(at(tunnel, side).read_exactly(1) == frame.substr(half, 1));
  relaying.advance(1min + 1s);
  CHECK(both_are_silent(tunnel));
  sends = std::async(std::launch::async, [&] { at(tunnel, from).send(frame.substr(half + 1)); });
  CHECK((at(tunnel, side).read_exactly(frame.size() - half - 1) == frame.substr(half + 1)));
  sends.get();
  const auto payload = is_pinged(tunnel, side);
  // And its time counts from then on; but who has much before it may need longer.
  if (bytes > 100) return answers(relaying, tunnel, side, payload);
  relaying.advance(29s);
  CHECK(both_are_silent(tunnel));
  relaying.advance(1s + 10ms);
  check_ends_dead(tunnel, side);
}

TEST_CASE("heartbeat: behind a Close there is no Ping", "[heartbeat]") {
  const auto closes = any_side();
  Relaying relaying(test::Time::by_hand);
  auto tunnel = relaying.begin({.websocket = true, .settings = {.ping_interval = 10s}});
  carry(tunnel, closes, frame_of(closes, opcode_close, "\x03\xe8"));
  for (int i = 0; i < 5; ++i) relaying.advance(11s);
  CHECK(both_are_silent(tunnel));
  carry(tunnel, other(closes), frame_of(other(closes), opcode_close, "\x03\xe8"));
}

TEST_CASE("heartbeat: who has finished is not asked any more", "[heartbeat]") {
  const auto finishes = any_side();
  Relaying relaying(test::Time::by_hand);
  auto tunnel = relaying.begin(
      {.limits = {.half_closed = 1min}, .websocket = true, .settings = {.ping_interval = 10s}});
  at(tunnel, finishes).finish();
  CHECK(at(tunnel, other(finishes)).ends_here());
  const auto text = frame_of(other(finishes), opcode_text, "still here");
  for (int i = 0; i < 20; ++i) {
    relaying.advance(9s);
    carry(tunnel, other(finishes), text);
  }
  CHECK(relaying.facts(tunnel).pings == std::array{0U, 0U});
}

// --- Closing ------------------------------------------------------------------------------------

TEST_CASE("heartbeat: a Close that is not answered ends it before long", "[heartbeat]") {
  const auto closes = any_side();
  Relaying relaying(test::Time::by_hand);
  auto tunnel = relaying.begin({.limits = {.idle = 1h, .half_closed = 1min}, .websocket = true});
  relaying.advance(30min);
  carry(tunnel, closes, frame_of(closes, opcode_close, "\x03\xe8"));
  relaying.advance(59s);
  CHECK(both_are_silent(tunnel));
  relaying.advance(1s + 10ms);
  CHECK(told_by_close(read_frame(at(tunnel, closes))) == "1001 the other side has ended");
  CHECK(at(tunnel, closes).ends_here());
  tunnel.client.finish();
  tunnel.origin.finish();
  CHECK(tunnel.outcome().ending == Ending::half_closed);
}

TEST_CASE("heartbeat: a Close after a long silence is waited for as any other", "[heartbeat]") {
  const auto counts = GENERATE(Heartbeat::any, Heartbeat::answered, Heartbeat::data);
  const bool close = GENERATE(true, false);
  const auto ends = any_side();
  Relaying relaying(test::Time::by_hand);
  auto tunnel = relaying.begin({.limits = {.idle = 1h, .half_closed = 1min},
                                .websocket = true,
                                .settings = {.heartbeat = counts}});
  relaying.advance(30min);
  if (close) {
    carry(tunnel, ends, frame_of(ends, opcode_close, "\x03\xe8"));
  } else {
    at(tunnel, ends).finish();
    CHECK(at(tunnel, other(ends)).ends_here());
  }
  relaying.advance(50s);
  CHECK(both_are_silent(tunnel) == close);  // a finish was heard
  carry(tunnel, other(ends), frame_of(other(ends), opcode_close, "\x03\xe8"));
}

TEST_CASE("heartbeat: a drain tells the oldest first, and none at the same time as another",
          "[heartbeat]") {
  Relaying relaying(test::Time::by_hand);
  std::vector<Relaying::Ends> tunnels;
  for (int i = 0; i < 5; ++i) {
    tunnels.push_back(relaying.begin({.websocket = true}));
    relaying.advance(1s);
  }
  auto plain = relaying.begin();
  relaying.drain(60s);
  relaying.advance(20ms);
  for (auto& tunnel : tunnels) {
    relaying.advance(9s + 900ms);
    CHECK(both_are_silent(tunnel));
    relaying.advance(100ms);
    check_both_hear(tunnel, "1001 the proxy is going down", Ending::stopped);
  }
  CHECK(both_are_silent(plain));
  relaying.advance(10s + 10ms);
  CHECK(plain.client.ends_here());
  CHECK(plain.origin.ends_here());
}

TEST_CASE("heartbeat: who comes during a drain goes with its end", "[heartbeat]") {
  Relaying relaying(test::Time::by_hand);
  relaying.drain(60s);
  auto tunnel = relaying.begin({.websocket = true});
  relaying.advance(59s);
  CHECK(both_are_silent(tunnel));
  relaying.advance(1s);
  check_both_hear(tunnel, "1001 the proxy is going down", Ending::stopped);
}

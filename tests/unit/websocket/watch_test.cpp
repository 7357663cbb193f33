// SPDX-License-Identifier: Apache-2.0
#include "websocket/watch.hpp"

#include <fstream>
#include <iterator>
#include <random>

#include <catch2/catch.hpp>

#include "unit/websocket/passing.hpp"
#include "unit/websocket/reference.hpp"

using namespace culvert::websocket;
using namespace std::chrono_literals;
using namespace std::string_literals;
using Need = Watch::Need;

namespace {

const TimePoint start = TimePoint() + 24h;

Side any_side() {
  return GENERATE(Side::client, Side::origin);
}

std::string recorded(const std::string& name) {
  std::ifstream file(CULVERT_SOURCE_DIR "/tests/data/websocket/" + name, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// What has to be counted of these bytes, found in another way.
Sent counted(std::string_view bytes) {
  Sent sent;
  bool in_message = false;
  bool text = false;
  std::uint64_t size = 0;
  for (const auto& [at, end, header, control] : Reference::of(bytes).events) {
    const bool data = header.opcode < 8;
    if (!end) {
      auto& count = sent[kind_of(header.opcode)];
      ++count.frames;
      count.bytes += std::min<std::uint64_t>(header.payload_bytes, bytes.size() - at);
      if (!data) continue;
      if (header.opcode != 0) text = header.opcode == 1;
      size = (header.opcode == 0 ? size : 0) + header.payload_bytes;
      in_message = in_message || header.opcode != 0;
    } else if (data && header.fin && in_message) {
      ++(text ? sent.text_messages : sent.binary_messages);
      sent.largest_message = std::max(sent.largest_message, size);
      in_message = false;
    }
  }
  return sent;
}

void check_counts(const Sent& is, const Sent& expected) {
  for (std::size_t kind = 0; kind < kinds; ++kind) {
    CAPTURE(kind);
    CHECK(is.by_kind[kind].frames == expected.by_kind[kind].frames);
    CHECK(is.by_kind[kind].bytes == expected.by_kind[kind].bytes);
  }
  CHECK(is.text_messages == expected.text_messages);
  CHECK(is.binary_messages == expected.binary_messages);
  CHECK(is.largest_message == expected.largest_message);
}

/// Frames of all kinds and sizes, most of them in order.
class AnyFrames {
 public:
  explicit AnyFrames(unsigned seed) : random_(seed) {}

  std::size_t number(std::size_t below) { return random_() % below; }

  std::string one(Side side) {
    constexpr std::array<std::uint8_t, 12> opcodes{0, 0, 1, 1, 2, 2, 8, 9, 9, 10, 10, 0};
    const auto pick = number(opcodes.size());
    const auto opcode = pick == 11 ? static_cast<std::uint8_t>(number(16)) : opcodes[pick];
    FrameShape shape{.fin = number(3) != 0};
    if ((side == Side::client) == (number(20) != 0)) shape.key = static_cast<MaskKey>(random_());
    if (number(10) == 0) shape.reserved = static_cast<std::uint8_t>(number(8));
    if (number(10) == 0) shape.length_bytes = number(2) == 0 ? 2 : 8;
    return frame(opcode, std::string(size(), static_cast<char>('a' + number(26))), shape);
  }

  std::string many(Side side, int count) {
    std::string bytes;
    for (int i = 0; i < count; ++i) bytes += one(side);
    if (number(8) == 0) bytes += "\x82\x7f\xff\0\0\0\0\0\0\0"s;  // what can be no frame
    return bytes.substr(0, bytes.size() - number(3));
  }

 private:
  std::size_t size() {
    constexpr std::array<std::size_t, 8> edges{0, 1, 124, 125, 126, 127, 65535, 65536};
    return number(3) == 0 ? edges[number(100) == 0 ? 6 + number(2) : number(6)] : number(300);
  }

  std::mt19937 random_;
};

}  // namespace

// --- Nothing asked for, nothing done ------------------------------------------------------------

TEST_CASE("watch: with all off no byte is changed, and none is kept", "[watch]") {
  const auto seed = GENERATE(range(0U, 60U));
  CAPTURE(seed);
  AnyFrames any(seed);
  const auto side = any.number(2) == 0 ? Side::client : Side::origin;
  const auto bytes = any.many(side, 40);
  Passing passing(Settings{});
  for (std::string_view rest = bytes; !rest.empty();) {
    const auto piece = std::min(rest.size(), any.number(any.number(4) == 0 ? 3000 : 9) + 1);
    const auto looked = passing.take(side, rest.substr(0, piece));
    REQUIRE(looked.keep == 0);
    REQUIRE(looked.flaw == Flaw::none);
    rest.remove_prefix(piece);
  }
  CHECK((passing.out(side) == bytes));
  check_counts(passing.watch.facts().of(side), counted(bytes));
}

TEST_CASE("watch: what peers send passes unchanged and is counted, strictly watched or not",
          "[watch]") {
  const auto* name = GENERATE("node_plain", "node_deflate", "chromium", "python");
  const auto side = any_side();
  const bool strict = GENERATE(false, true);
  CAPTURE(name, strict);
  const auto bytes = recorded(name + (side == Side::client ? ".up"s : ".down"s));
  for (const std::size_t piece : {1UL, 2UL, 3UL, 7UL, 64UL, 1000UL, bytes.size()}) {
    Passing passing({.strict = strict, .max_message = strict ? 70'000U : 0U}, start,
                    name == "node_plain"s ? "" : "permessage-deflate; client_max_window_bits=15");
    CHECK(passing.take_in_pieces(side, bytes, piece) == Flaw::none);
    CHECK((passing.out(side) == bytes));
    CHECK(passing.kept(side).empty());
    check_counts(passing.watch.facts().of(side), counted(bytes));
    CHECK(passing.watch.facts().closed_by ==
          (side == Side::client ? Facts::Closer::client : Facts::Closer::origin));
  }
}

TEST_CASE("watch: payload that nobody saw counts, too", "[watch]") {
  const auto bytes = frame_of(Side::origin, opcode_text, std::string(1000, 'x'), false) +
                     frame_of(Side::origin, opcode_ping, "p") +
                     frame_of(Side::origin, opcode_continuation, std::string(70'000, 'y'));
  Passing passing(Settings{}, start);
  auto& watch = passing.watch;
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const auto left = static_cast<std::size_t>(watch.payload_left(Side::origin));
    const auto unseen = left > 1 ? std::min<std::size_t>(left - 1, 300) : 0;
    if (unseen > 0 && watch.frames(Side::origin).opcode() < 8) {
      watch.skip(Side::origin, unseen, start + 1s);
      rest.remove_prefix(unseen);
      CHECK(watch.facts().of(Side::origin).last == start + 1s);
      CHECK(watch.active() == start + 1s);
    }
    passing.take(Side::origin, rest.substr(0, 1), start);
    rest.remove_prefix(1);
  }
  check_counts(watch.facts().of(Side::origin), counted(bytes));
  CHECK(watch.facts().of(Side::origin).largest_message == 71'000);
}

TEST_CASE("watch: what is skipped ends a message only where it is of one", "[watch]") {
  Watch watch({}, {}, start);
  std::string bytes = frame_of(Side::origin, opcode_text, "x", false) +
                      frame(opcode_ping, std::string(20'000, 'x')).substr(0, 4);
  watch.look(Side::origin, {.room = bytes, .bytes = bytes.size()}, start);
  watch.skip(Side::origin, 20'000, start);
  CHECK(watch.facts().of(Side::origin).text_messages == 0);
}

TEST_CASE("watch: of what can be no frames nothing is known any more", "[watch]") {
  const auto side = any_side();
  Passing passing({.idle = 10s, .heartbeat = Heartbeat::data, .ping_interval = 5s}, start);
  auto& watch = passing.watch;
  passing.take(side, frame_of(side, opcode_ping, "?"), start);
  CHECK(watch.sees_frames());
  const auto none = "\x82\xff\xff\0\0\0\0\0\0\0"s;
  CHECK(passing.take(side, none, start).flaw == Flaw::none);
  CHECK_FALSE(watch.sees_frames());
  CHECK(passing.take(side, "anything", start + 4s).pass == 8);
  // No Ping is due, nobody is dead, and a byte may be one of a message.
  CHECK(watch.due().need == Need::end_idle);
  CHECK(watch.due().when == start + 14s);
  CHECK(watch.active() == start + 4s);
  watch.skip(side, 1000, start + 6s);
  CHECK(watch.due().when == start + 16s);
  CHECK(watch.facts().of(side)[Kind::binary].bytes == 0);
}

// --- In use or not ------------------------------------------------------------------------------

TEST_CASE("watch: what counts as in use is for `heartbeat` to say", "[watch]") {
  auto [heartbeat, pinged, answered, wrote] = GENERATE(table<Heartbeat, int, int, int>({
      {Heartbeat::any, 1, 2, 3},
      {Heartbeat::answered, 0, 2, 3},
      {Heartbeat::data, 0, 0, 3},
  }));
  const auto side = any_side();
  Passing passing({.heartbeat = heartbeat}, start);
  auto& watch = passing.watch;
  CHECK(watch.active() == start);
  passing.take(side, frame_of(side, opcode_ping, "?"), start + 1h);
  CHECK(watch.active() == start + pinged * 1h);
  passing.take(other(side), frame_of(other(side), opcode_pong, "?"), start + 2h);
  CHECK(watch.active() == start + answered * 1h);
  passing.take(side, frame_of(side, opcode_text, "x"), start + 3h);
  CHECK(watch.active() == start + wrote * 1h);
}

TEST_CASE("watch: Pings without answers and Pongs without questions are no life, where answers are",
          "[watch]") {
  const auto side = any_side();
  Passing passing({.heartbeat = Heartbeat::answered, .pong_timeout = 0s}, start);
  for (int i = 1; i < 10; ++i) {
    passing.take(side, frame_of(side, opcode_ping, std::to_string(i)), start + i * 1h);
    passing.take(side, frame_of(side, opcode_pong, "?"), start + i * 1h);
  }
  CHECK(passing.watch.active() == start);
}

TEST_CASE("watch: each byte of a message is use, and of a control frame none", "[watch]") {
  const auto side = any_side();
  const auto opcode = GENERATE(opcode_text, opcode_binary, opcode_ping, opcode_pong);
  const auto bytes = frame_of(side, opcode, "hello");
  Passing passing({.heartbeat = Heartbeat::data}, start);
  TimePoint now = start;
  const auto header = bytes.size() - 5;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    now += 1s;
    passing.take(side, bytes.substr(i, 1), now);
    const bool counts = opcode < 8 && i + 1 >= header;
    CHECK(passing.watch.active() == (counts ? now : start));
  }
}

TEST_CASE("watch: `idle` is the time without a message, whatever else passes", "[watch]") {
  const auto side = any_side();
  Passing passing({.idle = 10min}, start);
  auto& watch = passing.watch;
  CHECK(watch.due().need == Need::end_idle);
  CHECK(watch.due().when == start + 10min);
  passing.take(side, frame_of(side, opcode_ping, "?"), start + 9min);
  passing.take(other(side), frame_of(other(side), opcode_pong, "?"), start + 9min);
  CHECK(watch.due().when == start + 10min);
  passing.take(side, frame_of(side, opcode_binary, "", false), start + 9min);
  CHECK(watch.due().when == start + 19min);
}

TEST_CASE("watch: nothing is due where nothing is asked for", "[watch]") {
  const auto side = any_side();
  Passing passing({.pong_timeout = 0s}, start);
  passing.take(side, frame_of(side, opcode_ping, "?"), start + 9min);
  CHECK(passing.watch.due().when == TimePoint::max());
}

// --- Alive or not -------------------------------------------------------------------------------

TEST_CASE("watch: who does not answer a Ping is dead", "[watch]") {
  const auto heartbeat = GENERATE(Heartbeat::any, Heartbeat::answered, Heartbeat::data);
  const auto side = any_side();
  const std::string payload = GENERATE(as<std::string>(), "", "?");
  Passing passing({.heartbeat = heartbeat}, start);
  auto& watch = passing.watch;
  CHECK(watch.due().when == TimePoint::max());
  CHECK(passing.take(other(side), frame_of(other(side), opcode_ping, payload), start + 1s).ping);
  CHECK(watch.due().need == Need::end_dead);
  CHECK(watch.due().side == side);
  CHECK(watch.due().when == start + 31s);
  passing.take(other(side), frame_of(other(side), opcode_text, "x"), start + 20s);  // not its own
  CHECK(watch.due().when == start + 31s);
  passing.take(side, frame_of(side, opcode_pong, payload), start + 30s);
  CHECK(watch.due().when == TimePoint::max());
}

TEST_CASE("watch: any byte shows life, but where answers are asked for only the Pong", "[watch]") {
  auto [heartbeat, data, ping, pong] = GENERATE(table<Heartbeat, int, int, int>({
      {Heartbeat::any, 41, 42, 43},
      {Heartbeat::data, 41, 42, 43},
      {Heartbeat::answered, 31, 31, 31},
  }));
  const auto side = any_side();
  Passing passing({.heartbeat = heartbeat}, start);
  auto& watch = passing.watch;
  const auto due = [&] { return watch.due().when - start; };
  passing.take(other(side), frame_of(other(side), opcode_ping, "?"), start + 1s);
  passing.take(side, frame_of(side, opcode_text, "x"), start + 11s);
  CHECK(due() == data * 1s);
  passing.take(side, frame_of(side, opcode_ping, "!"), start + 12s);
  passing.take(other(side), frame_of(other(side), opcode_pong, "!"), start + 12s);
  CHECK(due() == ping * 1s);
  passing.take(side, frame_of(side, opcode_pong, "another"), start + 13s);
  CHECK(due() == pong * 1s);
}

TEST_CASE("watch: nobody can answer inside a frame", "[watch]") {
  const auto side = any_side();
  Passing passing({.heartbeat = Heartbeat::answered}, start);
  auto& watch = passing.watch;
  const auto bytes = frame_of(side, opcode_binary, std::string(100'000, 'x'));
  passing.take(other(side), frame_of(other(side), opcode_ping, "?"), start);
  passing.take(side, bytes.substr(0, 1), start + 20s);
  CHECK(watch.due().when == start + 50s);
  passing.take(side, bytes.substr(1, 90'000), start + 40s);
  CHECK(watch.due().when == start + 70s);
  watch.skip(side, 1000, start + 50s);
  CHECK(watch.due().when == start + 80s);
  passing.take(side, bytes.substr(91'001), start + 60s);
  CHECK(watch.due().when == start + 30s);  // at its end it could
}

TEST_CASE("watch: who could not answer is excused until then", "[watch]") {
  const auto side = any_side();
  Passing passing({.heartbeat = Heartbeat::answered}, start);
  passing.take(other(side), frame_of(other(side), opcode_ping, "?"), start);
  passing.watch.excuse(side, start + 20s);
  CHECK(passing.watch.due().when == start + 50s);
}

TEST_CASE("watch: of five Pings the last may be the only one that is answered", "[watch]") {
  const auto heartbeat = GENERATE(Heartbeat::any, Heartbeat::answered);
  const auto side = any_side();
  Passing passing({.heartbeat = heartbeat}, start);
  std::string pings;
  for (int i = 0; i < 5; ++i) pings += frame_of(other(side), opcode_ping, std::to_string(i));
  passing.take(other(side), pings, start);
  passing.take(side, frame_of(side, opcode_pong, "4"), start + 2s);
  CHECK(passing.watch.due().when == TimePoint::max());
  CHECK(passing.watch.facts().round_trips[index_of(side)].count == 1);
  CHECK(passing.watch.facts().round_trips[index_of(side)].last == 2s);
}

TEST_CASE("watch: around a Close nobody has to answer", "[watch]") {
  const auto side = any_side();
  Passing passing({.ping_interval = 10s}, start);
  passing.take(other(side), frame_of(other(side), opcode_ping, "?"), start);
  const auto closes = any_side();
  passing.take(closes, frame_of(closes, opcode_close, "\x03\xe8").substr(0, 1), start);
  CHECK(passing.watch.due().when == TimePoint::max());
}

TEST_CASE("watch: who will say no more is neither asked nor missed", "[watch]") {
  const auto side = any_side();
  Passing passing({.ping_interval = 10s}, start);
  auto& watch = passing.watch;
  passing.take(other(side), frame_of(other(side), opcode_ping, "?"), start);
  watch.finished(side);
  CHECK(watch.due().need == Need::ping);
  CHECK(watch.due().side == other(side));
  watch.finished(other(side));
  CHECK(watch.due().when == TimePoint::max());
}

// --- Pings of our own ---------------------------------------------------------------------------

TEST_CASE("watch: who is silent is sent a Ping, and one that is answered for nobody else",
          "[watch]") {
  const auto side = any_side();
  Passing passing({.ping_interval = 10s}, start);
  auto& watch = passing.watch;
  passing.take(other(side), frame_of(other(side), opcode_text, "x"), start + 5s);
  CHECK(watch.due().need == Need::ping);
  CHECK(watch.due().side == side);
  CHECK(watch.due().when == start + 10s);
  const auto ping = watch.ping(side, start + 10s);
  REQUIRE(parted(ping).frames.size() == 1);
  CHECK(parted(ping).rest.empty());
  CHECK((ping[1] & 0x80) == (side == Side::origin ? 0x80 : 0));
  CHECK(watch.facts().pings[index_of(side)] == 1);
  CHECK(watch.facts().pings[index_of(other(side))] == 0);
  CHECK(watch.due().side == other(side));
  CHECK(watch.due().when == start + 15s);

  const auto pong = frame_of(side, opcode_pong, payload_in(ping));
  passing.take(side, pong, start + 12s);
  CHECK(passing.out(side).empty());
  CHECK(watch.facts().of(side)[Kind::pong].frames == 0);
  CHECK(watch.facts().of(side)[Kind::pong].bytes == 0);
  CHECK(watch.facts().round_trips[index_of(side)].count == 1);
  CHECK(watch.facts().round_trips[index_of(side)].last == 2s);
  CHECK(watch.active() == start + 12s);

  passing.take(side, pong, start + 13s);  // nobody asked for it a second time
  CHECK(passing.out(side) == pong);
}

TEST_CASE("watch: who has not answered the Ping before is waited for, if that has an end",
          "[watch]") {
  const auto side = any_side();
  SECTION("it has") {
    Watch watch({.ping_interval = 10s}, {}, start);
    watch.ping(side, start + 10s);
    watch.ping(other(side), start + 10s);
    CHECK(watch.due().need == Need::end_dead);
    CHECK(watch.due().when == start + 40s);
  }
  SECTION("it has not") {
    Watch watch({.pong_timeout = 0s, .ping_interval = 10s}, {}, start);
    watch.ping(side, start + 10s);
    watch.ping(other(side), start + 15s);
    CHECK(watch.due().need == Need::ping);
    CHECK(watch.due().side == side);
    CHECK(watch.due().when == start + 20s);
  }
}

TEST_CASE("watch: our Pong is taken out wherever it is split, and what is around it passes",
          "[watch]") {
  const auto side = any_side();
  const auto before = GENERATE(0, 1, 2);
  const std::array<std::string, 3> around{
      "", frame_of(side, opcode_text, "hello"),
      frame_of(side, opcode_pong, "") + frame_of(side, opcode_binary, "x", false)};
  const auto& front = around[static_cast<std::size_t>(before)];
  const auto back = frame_of(side, opcode_continuation, "more") + frame_of(side, opcode_ping, "?");
  const auto all = front.size() + back.size() + 8 + (side == Side::client ? 6 : 2);
  for (std::size_t first = 0; first <= all; ++first) {
    for (std::size_t second = first; second <= all; second += 3) {
      Passing passing({.ping_interval = 10s}, start);
      const auto ping = passing.watch.ping(side, start);
      std::string bytes = front;
      bytes += frame_of(side, opcode_pong, payload_in(ping)) += back;
      REQUIRE(bytes.size() == all);
      passing.take(side, bytes.substr(0, first));
      passing.take(side, bytes.substr(first, second - first));
      passing.take(side, bytes.substr(second));
      REQUIRE(passing.out(side) == front + back);
      REQUIRE(passing.kept(side).empty());
    }
  }
}

TEST_CASE("watch: Pongs that are nearly ours pass", "[watch]") {
  const auto side = any_side();
  const auto piece = GENERATE(1U, 5U, 1000U);
  Passing passing({.ping_interval = 10s}, start);
  const auto payload = payload_in(passing.watch.ping(side, start));
  std::string bytes = frame_of(side, opcode_pong, "") + frame_of(side, opcode_pong, payload + "x") +
                      frame_of(side, opcode_pong, payload.substr(1)) +
                      frame_of(side, opcode_ping, payload) + frame_of(side, opcode_text, payload) +
                      frame(opcode_pong, std::string(300, 'x'));
  for (std::size_t i = 0; i < payload.size(); ++i) {
    auto near = payload;
    near[i] = static_cast<char>(near[i] + 1);
    bytes += frame_of(side, opcode_pong, near);
  }
  passing.take_in_pieces(side, bytes, piece);
  CHECK((passing.out(side) == bytes));
}

TEST_CASE("watch: a Pong of ours that comes late is taken out, though another Ping went since",
          "[watch]") {
  const auto side = any_side();
  Passing passing({.ping_interval = 10s}, start);
  auto& watch = passing.watch;
  const auto text = frame_of(side, opcode_text, "busy");
  const auto first = payload_in(watch.ping(side, start + 10s));
  passing.take(side, text, start + 11s);
  const auto second = payload_in(watch.ping(side, start + 21s));
  passing.take(side, frame_of(side, opcode_pong, first), start + 22s);
  passing.take(side, frame_of(side, opcode_pong, second), start + 23s);
  CHECK(passing.out(side) == text);
  CHECK(watch.facts().round_trips[index_of(side)].count == 2);
  CHECK(watch.facts().round_trips[index_of(side)].max == 12s);
  CHECK(watch.facts().round_trips[index_of(side)].min == 2s);
}

TEST_CASE("watch: where a frame is under way our Ping goes in behind it", "[watch]") {
  const auto side = any_side();
  const auto from = other(side);
  const auto bytes = frame_of(from, opcode_text, "one") + frame_of(from, opcode_text, "two");
  const auto end_of_first = bytes.size() / 2;
  for (std::size_t split = 1; split < bytes.size(); ++split) {
    if (split == end_of_first) continue;
    Passing passing({.ping_interval = 10s}, start);
    passing.take(from, bytes.substr(0, split));
    passing.watch.ping_later(side, start + 10s);
    const auto looked = passing.take(from, bytes.substr(split), start + 11s);
    CHECK(looked.ping);  // for whoever has a clock to set
    const auto& out = passing.out(from);
    const auto at = split < end_of_first ? end_of_first : bytes.size();
    const std::size_t size = side == Side::origin ? 14 : 10;
    REQUIRE(out.size() == bytes.size() + size);
    CHECK(out.substr(0, at) == bytes.substr(0, at));
    CHECK((out[at + 1] & 0x80) == (side == Side::origin ? 0x80 : 0));
    CHECK(out.substr(at + size) == bytes.substr(at));
    CHECK(passing.watch.facts().pings[index_of(side)] == 1);
    const auto payload = payload_in(out.substr(at, size));
    passing.take(side, frame_of(side, opcode_pong, payload), start + 12s);
    CHECK(passing.out(side).empty());
    CHECK(passing.watch.facts().round_trips[index_of(side)].last == 1s);
  }
}

TEST_CASE("watch: a Ping that waits is not sent to a side that has spoken, nor behind a Close",
          "[watch]") {
  const auto side = any_side();
  const auto from = other(side);
  const auto text = frame_of(from, opcode_text, "one");
  Passing passing({.ping_interval = 10s}, start);
  passing.take(from, text.substr(0, 5));
  passing.watch.ping_later(side, start + 10s);
  std::string rest = text.substr(5);
  SECTION("it has spoken") {
    passing.take(side, frame_of(side, opcode_text, "!"), start + 10s);
  }
  SECTION("it has said Close") {
    passing.take(side, frame_of(side, opcode_close, ""), start + 10s);
  }
  SECTION("a Close is behind the frame") {
    rest += frame_of(from, opcode_close, "");
  }
  passing.take(from, rest, start + 11s);
  const bool before_close = rest.size() > text.size() - 5;
  // Between the two there is room for it.
  CHECK(passing.watch.facts().pings[index_of(side)] == (before_close ? 1 : 0));
  if (!before_close) CHECK(passing.out(from) == text);
  if (before_close) CHECK(passing.out(from).ends_with(frame_of(from, opcode_close, "")));
}

TEST_CASE("watch: both sides' frames, Pings and Pongs in any order: ours alone are put in and out",
          "[watch]") {
  const auto seed = GENERATE(range(0U, 150U));
  CAPTURE(seed);
  AnyFrames any(seed);
  Passing passing({.pong_timeout = 0s, .ping_interval = 1s, .strict = false}, start);
  std::array<std::string, 2> sent;
  std::array<std::string, 2> unsent;
  std::array<std::set<std::string>, 2> asked;
  std::array<std::size_t, 2> frames_seen{};
  TimePoint now = start;
  for (int turn = 0; turn < 400; ++turn) {
    const auto side = any.number(2) == 0 ? Side::client : Side::origin;
    const auto i = index_of(side);
    now += any.number(3) * 1ms;
    if (any.number(6) == 0) passing.ping(side, now);
    if (unsent[i].empty() && any.number(3) == 0) {
      unsent[i] = any.one(side);
      if ((unsent[i][0] & 0x0f) == opcode_close) unsent[i] = frame_of(side, opcode_pong, "");
    }
    const auto some = unsent[i].substr(0, any.number(40));
    passing.take(side, some, now);
    sent[i] += some;
    unsent[i].erase(0, some.size());
    if (!unsent[i].empty()) continue;
    // It answers what it has been sent since, each Ping or the latest alone.
    const auto got = parted(passing.out(other(side))).frames;
    for (; frames_seen[i] < got.size(); ++frames_seen[i]) {
      if ((got[frames_seen[i]][0] & 0x0f) != opcode_ping || any.number(4) == 0) continue;
      const auto payload = payload_in(got[frames_seen[i]]);
      unsent[i] += frame_of(side, opcode_pong, payload);
      if (payload.size() == 8) asked[i].insert(payload);
    }
  }
  std::array<std::set<std::string>, 2> put_in;  // by the side that was sent them
  for (const auto side : {Side::client, Side::origin}) {
    const auto i = index_of(side);
    const auto whole = passing.out(side) + passing.kept(side);
    const auto found = pings_put_in(other(side), sent[i], whole, asked[i]);
    REQUIRE(found);
    put_in[1 - i] = found.value();
    CHECK(put_in[1 - i].size() == passing.watch.facts().pings[1 - i]);
  }
  for (const auto side : {Side::client, Side::origin}) {  // no answer to one of them is left
    for (const auto& one : parted(passing.out(side)).frames) {
      if ((one[0] & 0x0f) != opcode_pong) continue;
      REQUIRE_FALSE(put_in[index_of(side)].contains(payload_in(one)));
    }
  }
}

// --- In order or not ----------------------------------------------------------------------------

TEST_CASE("watch: a flaw is found before its frame has passed, wherever that is split",
          "[watch][strict]") {
  struct Case {
    Side from;
    std::string before;
    std::string offends;
    Flaw flaw;
  };
  const auto up = [](std::uint8_t opcode, std::string_view payload, bool fin = true) {
    return frame_of(Side::client, opcode, payload, fin);
  };
  const auto down = [](std::uint8_t opcode, std::string_view payload, bool fin = true) {
    return frame_of(Side::origin, opcode, payload, fin);
  };
  const std::vector<Case> cases{
      {Side::client, up(1, "x"), down(1, "hello"), Flaw::unmasked},
      {Side::origin, down(1, "x"), up(1, "hello"), Flaw::masked},
      {Side::origin, "", frame(1, "x", {.reserved = 4}), Flaw::reserved_bits},
      {Side::origin, down(2, ""), frame(9, "x", {.reserved = 1}), Flaw::reserved_bits},
      {Side::origin, "", down(3, "hello"), Flaw::opcode},
      {Side::client, up(9, ""), up(11, ""), Flaw::opcode},
      {Side::origin, down(1, "x"), down(9, std::string(126, 'x')), Flaw::long_control},
      {Side::origin, "", down(8, std::string(70'000, 'x')), Flaw::long_control},
      {Side::client, up(1, "x", false), up(9, "x", false), Flaw::fragmented_control},
      {Side::client, up(1, "x"), up(0, "x"), Flaw::no_message},
      {Side::origin, down(1, "x", false) + down(10, ""), down(2, "x"), Flaw::message_inside},
      {Side::origin, "", frame(1, "x", {.length_bytes = 2}), Flaw::long_length},
      {Side::origin, "", frame(1, std::string(300, 'x'), {.length_bytes = 8}), Flaw::long_length},
      {Side::origin, down(1, "x"), "\x82\x7f\x80\0\0\0\0\0\0\0hello"s, Flaw::long_length},
      {Side::client, up(1, "x"), "\x82\xff\xff\xff\0\0\0\0\0\0abcdhello"s, Flaw::long_length},
      {Side::client, up(1, "x"), up(8, "x"), Flaw::close_payload},
      {Side::origin, "", down(8, "\x03\xed"), Flaw::close_code},
      {Side::origin, "", down(8, "\x03\xe7" + std::string(123, 'x')), Flaw::close_code},
      {Side::origin, down(8, "\x03\xe8"), down(1, "x"), Flaw::after_close},
      {Side::client, up(8, ""), up(10, ""), Flaw::after_close},
  };
  for (const auto& [from, before, offends, flaw] : cases) {
    CAPTURE(words(flaw));
    const auto bytes = before + offends + frame_of(from, 1, "behind");
    const auto most = before.size() + std::min<std::size_t>(offends.size() + 20, 160);
    for (std::size_t split = 0; split <= std::min(most, bytes.size()); ++split) {
      Passing passing({.strict = true}, start);
      auto found = passing.take(from, bytes.substr(0, split)).flaw;
      if (found == Flaw::none) found = passing.take(from, bytes.substr(split)).flaw;
      REQUIRE(found == flaw);
      REQUIRE(passing.out(from) == before);
      REQUIRE(passing.kept(from).empty());
    }
    for (const std::size_t piece : {1U, 2U, 7U}) {
      Passing passing({.strict = true}, start);
      CHECK(passing.take_in_pieces(from, bytes, piece) == flaw);
      CHECK(passing.out(from) == before);
      CHECK(passing.watch.facts().closed_by == (flaw != Flaw::after_close ? Facts::Closer::nobody
                                                : from == Side::client    ? Facts::Closer::client
                                                                          : Facts::Closer::origin));
    }
    Passing lenient(Settings{}, start);
    CHECK(lenient.take_in_pieces(from, bytes, 3) == Flaw::none);
    CHECK((lenient.out(from) == bytes));
  }
}

TEST_CASE("watch: an extension makes reserved bits right", "[watch][strict]") {
  auto [extensions, reserved, opcode, flaw] =
      GENERATE(table<const char*, std::uint8_t, std::uint8_t, Flaw>({
          {"", 4, 1, Flaw::reserved_bits},
          {"permessage-deflate", 4, 1, Flaw::none},
          {"permessage-deflate", 4, 2, Flaw::none},
          {"permessage-deflate", 4, 9, Flaw::reserved_bits},
          {"permessage-deflate", 2, 1, Flaw::reserved_bits},
          {"x-mux", 7, 9, Flaw::none},
          {"x-mux", 0, 5, Flaw::none},
      }));
  Passing passing({.strict = true}, start, extensions);
  CHECK(passing.take(Side::origin, frame(opcode, "x", {.reserved = reserved})).flaw == flaw);
}

TEST_CASE("watch: a frame may have so many bytes, and not one more", "[watch][strict]") {
  const auto side = any_side();
  const std::uint64_t most = GENERATE(1U, 125U, 126U, 65'535U, 65'536U);
  const auto fits = frame_of(side, 2, std::string(most, 'x'));
  const auto longer = frame_of(side, 2, std::string(most + 1, 'x'));
  for (const std::size_t piece : {1UL, 3UL, 10UL, longer.size() * 2}) {
    Passing passing({.max_frame = most}, start);
    CHECK(passing.take_in_pieces(side, fits + longer, piece) == Flaw::max_frame);
    CHECK((passing.out(side) == fits));
  }
}

TEST_CASE("watch: a length that cannot be is over any limit", "[watch][strict]") {
  auto [settings, flaw] = GENERATE(table<Settings, Flaw>({
      {{.max_frame = 1}, Flaw::max_frame},
      {{.max_message = 1}, Flaw::max_message},
      {{.strict = true, .max_frame = 1}, Flaw::long_length},
      {{}, Flaw::none},
  }));
  const auto bytes = "\x82\x7f\x80\0\0\0\0\0\0\0"s;
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    Passing passing(settings, start);
    CHECK(passing.take_in_pieces(Side::origin, bytes, piece) == flaw);
    CHECK((passing.out(Side::origin) == (flaw == Flaw::none ? bytes : "")));
  }
}

TEST_CASE("watch: a message may have so many bytes in all its fragments", "[watch][strict]") {
  const auto side = any_side();
  const auto part = [&](std::uint8_t opcode, std::size_t bytes, bool fin) {
    return frame_of(side, opcode, std::string(bytes, 'x'), fin);
  };
  const auto fits = part(1, 400, false) + part(9, 125, true) + part(0, 600, false) +
                    part(0, 0, true) + part(2, 1000, true) + part(1, 1000, false) +
                    part(0, 0, true);
  const auto begins = part(1, 400, false) + part(0, 600, false);
  const auto piece = GENERATE(1U, 3U, 10'000U);
  Passing passing({.max_message = 1000}, start);
  CHECK(passing.take_in_pieces(side, fits + begins + part(0, 1, false), piece) ==
        Flaw::max_message);
  CHECK((passing.out(side) == fits + begins));
  CHECK(passing.watch.facts().of(side).largest_message == 1000);
}

TEST_CASE("watch: lengths that add up beyond all numbers are too long", "[watch][strict]") {
  Passing passing({.max_message = UINT64_MAX - 1}, start);
  const auto huge = "\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"s;
  auto& watch = passing.watch;
  CHECK(passing.take(Side::origin, "\x02" + huge).flaw == Flaw::none);
  watch.skip(Side::origin, watch.payload_left(Side::origin), start);
  CHECK(passing.take(Side::origin, std::string(1, '\0') + huge).flaw == Flaw::none);
  watch.skip(Side::origin, watch.payload_left(Side::origin), start);
  CHECK(passing.take(Side::origin, std::string(1, '\0') + huge).flaw == Flaw::max_message);
}

TEST_CASE("watch: behind a flaw only a Close is looked for", "[watch][strict]") {
  const auto bytes = frame(3, "what is this") + frame(1, "hello") + frame(8, "\x03\xea");
  for (std::size_t split = 1; split <= bytes.size(); ++split) {
    Passing passing({.strict = true}, start);
    std::string_view rest = bytes;
    while (passing.take(Side::origin, rest.substr(0, split)).flaw == Flaw::none) {
      rest.remove_prefix(split);
    }
    passing.watch.close_from_here(protocol_error);
    passing.watch.drop(Side::origin, rest.substr(std::min(split, rest.size())));
    CHECK(passing.watch.closing(Side::origin));
    CHECK(passing.watch.facts().closed_by == Facts::Closer::proxy);
    CHECK(passing.watch.facts().close_code == 1002);
    CHECK(passing.watch.facts().of(Side::origin)[Kind::text].frames == 0);
  }
}

// --- How it was closed --------------------------------------------------------------------------

TEST_CASE("watch: the first Close says who closed it, and with what code", "[watch]") {
  const auto side = any_side();
  auto [payload, code] = GENERATE(table<std::string, int>({
      {"", 1005},
      {"x", 1005},
      {"\x03\xe8", 1000},
      {"\x0f\xa1 as you wish", 4001},
      {"\xff\xff", 65535},
  }));
  const auto piece = GENERATE(1U, 100U);
  Passing passing(Settings{}, start);
  auto& watch = passing.watch;
  CHECK(watch.facts().closed_by == Facts::Closer::nobody);
  CHECK(watch.facts().close_code == 0);
  CHECK_FALSE(watch.closing(side));
  passing.take_in_pieces(side, frame_of(side, 8, payload), piece);
  CHECK(watch.closing(side));
  CHECK_FALSE(watch.closing(other(side)));
  passing.take(other(side), frame_of(other(side), 8, "\x03\xe9"));
  watch.close_from_here(1011);
  CHECK(watch.facts().closed_by ==
        (side == Side::client ? Facts::Closer::client : Facts::Closer::origin));
  CHECK(watch.facts().close_code == code);
}

TEST_CASE("watch: a Close from here is the first one, too", "[watch]") {
  Passing passing(Settings{}, start);
  passing.watch.close_from_here(1001);
  passing.take(Side::client, frame_of(Side::client, 8, "\x03\xe8"));
  CHECK(passing.watch.facts().closed_by == Facts::Closer::proxy);
  CHECK(passing.watch.facts().close_code == 1001);
}

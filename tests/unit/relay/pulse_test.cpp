// SPDX-License-Identifier: Apache-2.0
#include "relay/pulse.hpp"

#include <algorithm>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace culvert::relay;
using namespace std::chrono_literals;
using culvert::websocket::Heartbeat;

namespace {

constexpr TimePoint start{};
constexpr unsigned client = 0;
constexpr unsigned origin = 1;

/// A TLS record that an end sends.
struct Record {
  milliseconds at;
  unsigned from;
  unsigned bytes;
  char type = 23;  // application data
};
using Script = std::vector<Record>;

std::string written(const Record& record) {
  const std::string header{record.type, 3, 3, static_cast<char>(record.bytes >> 8),
                           static_cast<char>(record.bytes)};
  return header + std::string(record.bytes, 'x');
}

/// Both, each of which is in the order of time.
Script operator+(const Script& one, const Script& another) {
  Script both;
  std::ranges::merge(one, another, std::back_inserter(both), {}, &Record::at, &Record::at);
  return both;
}

Pulse played(const Script& script) {
  Pulse pulse(start);
  for (const auto& record : script) pulse.saw(record.from, written(record), start + record.at);
  return pulse;
}

milliseconds active(const Pulse& pulse, Heartbeat counts) {
  return std::chrono::duration_cast<milliseconds>(pulse.active(counts) - start);
}

/// Beats of one end, the first after `first`.
Script beats(unsigned from, milliseconds first, milliseconds period, int count) {
  Script script;
  for (int i = 0; i < count; ++i) script.push_back({first + i * period, from, 28});
  return script;
}

/// The other end's answer to each of them.
Script answers_to(const Script& asked, milliseconds round_trip = 40ms) {
  Script script;
  for (const auto& record : asked) {
    script.push_back({record.at + round_trip, 1 - record.from, 32});
  }
  return script;
}

Script answered_beats(unsigned from, milliseconds first, milliseconds period, int count) {
  const auto asked = beats(from, first, period, count);
  return asked + answers_to(asked);
}

/// How a browser opens wss:// under TLS 1.3: what follows ServerHello looks like data, and so do
/// the session tickets that come with the 101.
Script browser_opens() {
  return {
      {0ms, client, 517, 22}, {30ms, origin, 122, 22}, {30ms, origin, 1, 20}, {30ms, origin, 36},
      {30ms, origin, 2'800},  {30ms, origin, 281},     {30ms, origin, 53},    {35ms, client, 1, 20},
      {35ms, client, 53},     {36ms, client, 640},     {65ms, origin, 250},   {65ms, origin, 250},
      {70ms, origin, 190},
  };
}

/// As somebody types, reads and is answered.
Script chat() {
  return {
      {2s, client, 60},       {2'100ms, origin, 40},  {9s, origin, 90},
      {21s, client, 45},      {21'090ms, origin, 40}, {24s, client, 120},
      {24'080ms, origin, 40}, {41s, origin, 200},     {48s, client, 33},
      {48'100ms, origin, 40}, {50s, client, 70},      {50'110ms, origin, 40},
      {63s, client, 52},      {63'090ms, origin, 40}, {71s, client, 58},
      {71'080ms, origin, 40},
  };
}

/// No sign of a heartbeat: whatever came last was data.
void check_data(const Script& script) {
  const auto pulse = played(script);
  CHECK_FALSE(pulse.steady());
  CHECK(pulse.period() == 0ms);
  const auto last = script.back().at;
  CHECK(active(pulse, Heartbeat::any) == last);
  CHECK(active(pulse, Heartbeat::data) == last);
  CHECK(active(pulse, Heartbeat::answered) == last);
}

}  // namespace

TEST_CASE("pulse: beats that are answered are steady from the third interval on", "[pulse]") {
  const auto from = GENERATE(client, origin);
  const milliseconds period = GENERATE(500ms, 1s, 25s, 1h);
  for (int count = 1; count < 8; ++count) {
    CAPTURE(from, period.count(), count);
    const auto pulse = played(answered_beats(from, 1min, period, count));
    CHECK(pulse.steady() == (count > 3));
    CHECK(pulse.period() == (count > 3 ? period : 0ms));
    const auto last = 1min + (count - 1) * period;
    CHECK(active(pulse, Heartbeat::any) == last + 40ms);
    CHECK(active(pulse, Heartbeat::data) == (count > 3 ? 0ms : last + 40ms));
    CHECK(active(pulse, Heartbeat::answered) == (count > 3 ? last : last + 40ms));
  }
}

TEST_CASE("pulse: a heartbeat may be any of those that are in use", "[pulse]") {
  auto [name, script, period,
        data] = GENERATE(table<const char*, Script, milliseconds, milliseconds>({
      {"a browser whose server pings", browser_opens() + answered_beats(origin, 30s, 30s, 5), 30s,
       70ms},
      {"socket.io: as an event of its own, and the answer in two records",
       browser_opens() + answered_beats(origin, 25'080ms, 25s, 5) +
           answers_to(beats(origin, 25'080ms, 25s, 5), 41ms),
       25s, 70ms},
      {"a ping in two records",
       answered_beats(client, 10s, 20s, 5) + beats(client, 10'001ms, 20s, 5), 20s, 0ms},
      {"a timer that jitters",
       answered_beats(client, 20s, 1s, 1) + answered_beats(client, 41'500ms, 1s, 1) +
           answered_beats(client, 60s, 1s, 1) + answered_beats(client, 83s, 1s, 1) +
           answered_beats(client, 102s, 1s, 1),
       20'500ms, 0ms},
      {"an answer that takes long",
       beats(client, 10s, 20s, 5) + answers_to(beats(client, 10s, 20s, 5), 1'900ms), 20s, 0ms},
      {"pings of both ends at once, which cross",
       answered_beats(client, 30s, 30s, 6) + answered_beats(origin, 30'010ms, 30s, 6), 30s, 0ms},
      {"pings of both ends, at paces of their own",
       answered_beats(origin, 20s, 20s, 12) + answered_beats(client, 23s, 25s, 10), 25s, 0ms},
      {"both ends beat, and neither answers",
       beats(client, 10s, 30s, 8) + beats(origin, 24s, 30s, 8), 30s, 0ms},
      {"one that is answered by chance, since the other end beats as well",
       beats(client, 7s, 20s, 12) + beats(origin, 18s, 30s, 8), 20s, 0ms},
  }));
  CAPTURE(name);
  const auto pulse = played(script);
  CHECK(pulse.steady());
  CHECK(pulse.period() == period);
  CHECK(active(pulse, Heartbeat::data) == data);
  CHECK(active(pulse, Heartbeat::any) == script.back().at);
  CHECK(active(pulse, Heartbeat::answered) > script.back().at - period);
}

TEST_CASE("pulse: what is no heartbeat is data", "[pulse]") {
  const Script steady = answered_beats(origin, 20s, 20s, 6);
  SECTION("people who chat") {
    check_data(chat());
  }
  SECTION("people who chat while the server pings") {
    check_data(chat() + answered_beats(origin, 10s, 20s, 4));
  }
  SECTION("a ticker: small, steady, and one way") {
    check_data(beats(origin, 1s, 1s, 600));
  }
  SECTION("a ticker whose reader pings") {
    check_data(beats(origin, 1s, 1s, 600) + answered_beats(client, 20'300ms, 30s, 19));
  }
  SECTION("a ticker whose reader pings between two beats") {
    check_data(beats(origin, 1s, 1s, 600) + answered_beats(client, 20'700ms, 30s, 19));
  }
  SECTION("a ticker that begins when the other end has beaten") {
    check_data(beats(client, 10s, 30s, 6) + beats(origin, 200s, 30s, 10));
  }
  SECTION("a game: too fast") {
    check_data(answered_beats(client, 1s, 120ms, 500));
  }
  SECTION("a terminal: fast, and steady for a while") {
    check_data(answered_beats(client, 1s, 400ms, 50));
  }
  SECTION("large records at a steady pace") {
    Script script;
    for (int i = 1; i < 20; ++i) {
      script.push_back({i * 20s, client, 257});
      script.push_back({i * 20s + 40ms, origin, 60});
    }
    check_data(script);
  }
  SECTION("three small records in a row") {
    check_data(steady + Script{{140s, origin, 30}, {140s, origin, 30}, {140s, origin, 30}});
  }
  SECTION("a handshake, an alert") {
    const char type = GENERATE(char(20), char(21), char(22));
    check_data(steady + Script{{140s, client, 40, type}});
  }
  SECTION("a beat off the pace") {
    check_data(steady + Script{{130s, origin, 28}});
    check_data(steady + Script{{134s, origin, 28}});
    check_data(steady + Script{{147s, origin, 28}});
    check_data(steady + Script{{160s, origin, 28}, {169s, origin, 28}});
  }
  SECTION("a word of the end that does not ask") {
    check_data(steady + Script{{130s, client, 28}});
  }
}

TEST_CASE("pulse: people who chat are not taken for silent for long", "[pulse]") {
  // Two days of messages some 13 s apart, regular ones and not, some of which hit a pace by chance.
  const double spread = GENERATE(0.3, 0.6);
  std::mt19937 random(1);
  std::lognormal_distribution<double> pauses(2.5, spread);
  Pulse pulse(start);
  milliseconds now{0};
  milliseconds longest{0};
  for (int i = 0; i < 13'000; ++i) {
    now += milliseconds(static_cast<int>(pauses(random) * 1000));
    const auto from = static_cast<unsigned>(random() % 2);
    pulse.saw(from, written({now, from, 40}), start + now);
    pulse.saw(1 - from, written({now, 1 - from, 40}), start + now + 40ms);
    longest = std::max(longest, now - active(pulse, Heartbeat::data));
  }
  CHECK(longest < 10min);
}

TEST_CASE("pulse: a message among heartbeats is data at its time", "[pulse]") {
  const auto from = GENERATE(client, origin);
  const unsigned bytes = GENERATE(30U, 5'000U);
  // At 130 s, between two beats.
  const Script script{{130s, from, bytes}, {130'050ms, 1 - from, 30}};
  const auto last_data = bytes == 30U ? 130s : 130'050ms;
  for (int beat = 7; beat < 12; ++beat) {
    CAPTURE(from, bytes, beat);
    const auto pulse = played(answered_beats(origin, 20s, 20s, beat) + script);
    const bool regained = beat >= 10;
    CHECK(pulse.steady() == regained);
    const auto data = active(pulse, Heartbeat::data);
    if (!regained) CHECK(data == beat * 20s + 40ms);
    if (regained) CHECK(data >= 130s);
    if (regained) CHECK(data <= last_data);
  }
}

TEST_CASE("pulse: a message that comes near the pace is no beat of it", "[pulse]") {
  const auto pulse =
      played(answered_beats(origin, 20s, 20s, 10) + answered_beats(origin, 124s, 20s, 1));
  CHECK(pulse.steady());
  CHECK(active(pulse, Heartbeat::data) == 124s);
}

TEST_CASE("pulse: each of the first three beats has to be answered", "[pulse]") {
  const auto asked = beats(origin, 20s, 20s, 5);
  const auto answers = answers_to(beats(origin, 40s, 20s, 4));
  const auto fourth = asked.begin() + 4;
  CHECK_FALSE(
      played(Script(asked.begin(), fourth) + answers_to(beats(origin, 40s, 20s, 2))).steady());
  CHECK(played(asked + answers).steady());
}

TEST_CASE("pulse: what comes at once belongs to the beat, by its pace", "[pulse]") {
  const auto from = GENERATE(client, origin);
  const auto minutes = answered_beats(origin, 20s, 20s, 6);
  CHECK(played(minutes + Script{{120'200ms, from, 30}}).steady());
  CHECK_FALSE(played(minutes + Script{{120'400ms, from, 30}}).steady());
  const auto seconds = answered_beats(origin, 500ms, 500ms, 6);
  CHECK(played(seconds + Script{{3'050ms, from, 30}}).steady());
  CHECK_FALSE(played(seconds + Script{{3'200ms, from, 30}}).steady());
}

TEST_CASE("pulse: an answer comes within two seconds, and half of the pace", "[pulse]") {
  const auto slow = answered_beats(origin, 20s, 20s, 6) + beats(origin, 140s, 20s, 1);
  CHECK(played(slow + Script{{142s, client, 30}}).steady());
  CHECK_FALSE(played(slow + Script{{142'001ms, client, 30}}).steady());
  const auto fast = answered_beats(origin, 1s, 1s, 6) + beats(origin, 7s, 1s, 1);
  CHECK(played(fast + Script{{7'500ms, client, 30}}).steady());
  CHECK_FALSE(played(fast + Script{{7'501ms, client, 30}}).steady());
}

TEST_CASE("pulse: two beats may be missing, and not three", "[pulse]") {
  const auto steady = answered_beats(origin, 20s, 20s, 6);
  CHECK(played(steady + answered_beats(origin, 160s, 20s, 1)).steady());
  CHECK(played(steady + answered_beats(origin, 180s, 20s, 1)).steady());
  CHECK(played(steady + answered_beats(origin, 180s, 20s, 1)).period() == 20s);
  CHECK_FALSE(played(steady + answered_beats(origin, 200s, 20s, 1)).steady());
}

TEST_CASE("pulse: no pace begins with a beat missing", "[pulse]") {
  CHECK_FALSE(
      played(answered_beats(origin, 20s, 20s, 3) + answered_beats(origin, 100s, 20s, 1)).steady());
}

TEST_CASE("pulse: pings that are not answered any more are beats, and no sign of life", "[pulse]") {
  const auto pulse =
      played(browser_opens() + answered_beats(client, 20s, 20s, 6) + beats(client, 140s, 20s, 50));
  CHECK(pulse.steady());
  CHECK(active(pulse, Heartbeat::any) == 20s * 56);
  CHECK(active(pulse, Heartbeat::answered) == 120s + 40ms);
  CHECK(active(pulse, Heartbeat::data) == 70ms);
}

TEST_CASE("pulse: a long record is data for as long as it comes", "[pulse]") {
  Pulse pulse = played(answered_beats(client, 20s, 20s, 6));
  const auto bytes = written({0s, origin, 10'000});
  pulse.saw(origin, bytes.substr(0, 5'000), start + 130s);
  pulse.saw(origin, bytes.substr(5'000), start + 250s);
  for (const auto& record : answered_beats(client, 260s, 20s, 4)) {
    pulse.saw(record.from, written(record), start + record.at);
  }
  CHECK(pulse.steady());
  CHECK(active(pulse, Heartbeat::data) == 250s);
}

TEST_CASE("pulse: what nobody looked at is data", "[pulse]") {
  Pulse pulse = played(answered_beats(client, 20s, 20s, 6));
  pulse.skipped(origin, start + 130s);
  CHECK_FALSE(pulse.steady());
  CHECK(active(pulse, Heartbeat::data) == 130s);
  SECTION("and so is all up to where a record begins") {
    pulse.saw(origin, "the end of one" + written({0s, origin, 28}), start + 135s);
    // A whole record, but what follows it is none.
    pulse.saw(origin, written({0s, origin, 28}) + "nor that", start + 138s);
    // May begin one, but there is too little of it to know.
    pulse.saw(origin, "\x17\x03", start + 139s);
    CHECK(active(pulse, Heartbeat::data) == 139s);
  }
  for (const auto& record : answered_beats(client, 140s, 20s, 4)) {
    pulse.saw(record.from, written(record), start + record.at);
  }
  CHECK(pulse.steady());
}

TEST_CASE("pulse: a record under way is enough to find where they begin", "[pulse]") {
  Pulse pulse(start);
  pulse.skipped(origin, start + 1s);
  const auto bytes = written({0s, origin, 28}) + written({0s, origin, 200});
  pulse.saw(origin, bytes.substr(0, 40), start + 2s);
  pulse.saw(origin, bytes.substr(40), start + 2s);
  for (const auto& record : answered_beats(client, 20s, 20s, 4)) {
    pulse.saw(record.from, written(record), start + record.at);
  }
  CHECK(pulse.steady());
  CHECK(active(pulse, Heartbeat::data) == 2s);
}

TEST_CASE("pulse: what is no TLS is data", "[pulse]") {
  using namespace std::string_literals;
  const auto bytes = GENERATE("SSH-2.0-OpenSSH\r\n"s, "\x17\x03\x03\x00\x00"s,
                              "\x17\x03\x03\x48\x01"s, "\x17\x02\x00\x00\x10"s,
                              "\x17\x03\x05\x00\x10"s, "\x19\x03\x03\x00\x10"s, "\xff\xff"s);
  auto pulse = played(answered_beats(client, 20s, 20s, 6));
  REQUIRE(pulse.steady());
  for (int i = 7; i < 20; ++i) {
    pulse.saw(client, bytes, start + i * 20s);
    CHECK_FALSE(pulse.steady());
    pulse.saw(origin, bytes, start + i * 20s);
    CHECK(active(pulse, Heartbeat::data) == i * 20s);
  }
}

TEST_CASE("pulse: however TLS is split, it is the same", "[pulse]") {
  const auto script =
      GENERATE(browser_opens() + answered_beats(origin, 30s, 30s, 5),
               answered_beats(origin, 20s, 20s, 12) + answered_beats(client, 23s, 25s, 10),
               browser_opens() + chat() + answered_beats(origin, 10s, 20s, 12),
               answered_beats(client, 30s, 30s, 6) + answered_beats(origin, 30'010ms, 30s, 6));
  const std::size_t piece = GENERATE(1U, 2U, 3U, 4U, 6U, 7U, 100U);
  Pulse whole(start);
  Pulse split(start);
  for (const auto& record : script) {
    const auto now = start + record.at;
    const auto bytes = written(record);
    whole.saw(record.from, bytes, now);
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      split.saw(record.from, std::string_view(bytes).substr(at, piece), now);
    }
    CAPTURE(piece, record.at.count());
    REQUIRE(whole.steady() == split.steady());
    REQUIRE(whole.period() == split.period());
    for (const auto counts : {Heartbeat::any, Heartbeat::data, Heartbeat::answered}) {
      REQUIRE(whole.active(counts) == split.active(counts));
    }
  }
}

TEST_CASE("pulse: records that come together count as those that come one by one", "[pulse]") {
  const auto script = browser_opens() + answered_beats(origin, 30s, 30s, 5);
  Pulse pulse(start);
  for (auto next = script.begin(); next != script.end();) {
    std::string bytes;
    const auto first = next;
    for (; next != script.end() && next->from == first->from && next->at == first->at; ++next) {
      bytes += written(*next);
    }
    pulse.saw(first->from, bytes, start + first->at);
  }
  CHECK(pulse.period() == 30s);
  CHECK(active(pulse, Heartbeat::data) == 70ms);
}

TEST_CASE("pulse: TLS is told by how its first record begins", "[pulse]") {
  CHECK(Pulse::begins_tls("\x16\x03\x01"));
  CHECK(Pulse::begins_tls("\x16"));
  CHECK_FALSE(Pulse::begins_tls(""));
  CHECK_FALSE(Pulse::begins_tls("\x16\x02"));
  CHECK_FALSE(Pulse::begins_tls("GET / HTTP/1.1\r\n"));
}

// SPDX-License-Identifier: Apache-2.0
// Sessions that peers nobody here wrote have had (tests/data/websocket/record.py), in every way
// that their bytes may come.
#include <fstream>
#include <iterator>
#include <sstream>

#include <culvert/websocket/control.hpp>
#include <culvert/websocket/facts.hpp>

#include "unit/websocket/reference.hpp"

using namespace culvert::websocket;
using namespace std::string_literals;

namespace {

std::string recorded(const std::string& name) {
  std::ifstream file(CULVERT_SOURCE_DIR "/tests/data/websocket/" + name, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string any_recording() {
  return GENERATE("node_plain.up", "node_plain.down", "node_deflate.up", "node_deflate.down",
                  "chromium.up", "chromium.down", "python.up", "python.down");
}

Seen seen_in_pieces(std::string_view bytes, std::size_t piece) {
  Recorder recorder;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    recorder.take(bytes.substr(0, piece));
  }
  return recorder.seen();
}

Seen seen_in_two(std::string_view bytes, std::size_t split) {
  Recorder recorder;
  recorder.take(bytes.substr(0, split));
  recorder.take(bytes.substr(split));
  return recorder.seen();
}

bool is_near(const std::vector<Event>& events, std::size_t at) {
  return std::ranges::any_of(
      events, [&](const Event& event) { return at + 20 > event.at && at < event.at + 20; });
}

/// Where to cut off: everywhere; within a long payload at some places, since they are all alike.
std::vector<std::size_t> cuts(std::string_view bytes) {
  const auto events = Reference::of(bytes).events;
  std::vector<std::size_t> found;
  for (std::size_t at = 0; at <= bytes.size(); ++at) {
    if (bytes.size() <= 4096 || at % 61 == 0 || is_near(events, at)) found.push_back(at);
  }
  return found;
}

/// The frames of a recording, a line each: "part" for a fragment that is not the last, the kind, a
/// star where reserved bits are set, the bytes of payload, and what a control frame says.
std::string told(const Seen& seen) {
  std::ostringstream out;
  for (const auto& [at, end, header, control] : seen.events) {
    if (!end) continue;
    out << (header.fin ? "" : "part ") << word(kind_of(header.opcode));
    out << (header.reserved != 0 ? "* " : " ") << header.payload_bytes;
    if (header.opcode == opcode_close) {
      out << " "
          << static_cast<unsigned char>(control[0]) * 256 + static_cast<unsigned char>(control[1])
          << " " << control.substr(2);
    } else if (header.is_control()) {
      out << " " << control.substr(0, 20);
    }
    out << "\n";
  }
  return out.str();
}

}  // namespace

TEST_CASE("scanner: what peers send is read", "[scanner]") {
  auto [name, frames] = GENERATE(table<std::string, std::string>({
      {"node_plain.up",
       "text 12\n"
       "text 0\n"
       "part text 3\n"
       "ping 14 before piece 1\n"
       "part continuation 6\n"
       "ping 14 before piece 2\n"
       "continuation 6\n"
       "binary 126\n"
       "binary 65536\n"
       "text 9\n"
       "pong 7 between\n"
       "text 7\n"
       "pong 0 \n"
       "pong 125 xxxxxxxxxxxxxxxxxxxx\n"
       "text 8\n"
       "close 13 4001 as you wish\n"},
      {"node_plain.down",
       "text 12\n"
       "text 0\n"
       "pong 14 before piece 1\n"
       "pong 14 before piece 2\n"
       "text 15\n"
       "binary 126\n"
       "text 4\n"
       "part text 4\n"
       "ping 7 between\n"
       "part continuation 4\n"
       "continuation 5\n"
       "ping 0 \n"
       "ping 125 xxxxxxxxxxxxxxxxxxxx\n"
       "text 6\n"
       "close 13 4001 as you wish\n"},
      {"node_deflate.up",
       "text* 14\n"
       "text* 1\n"
       "part text* 9\n"
       "ping 14 before piece 1\n"
       "part continuation 12\n"
       "ping 14 before piece 2\n"
       "continuation 8\n"
       "binary* 10\n"
       "text* 11\n"
       "pong 7 between\n"
       "text* 9\n"
       "pong 0 \n"
       "pong 125 xxxxxxxxxxxxxxxxxxxx\n"
       "close 6 1000 done\n"},
      {"node_deflate.down",
       "text* 14\n"
       "text* 1\n"
       "pong 14 before piece 1\n"
       "pong 14 before piece 2\n"
       "text* 17\n"
       "binary* 10\n"
       "part text* 10\n"
       "ping 7 between\n"
       "part continuation 10\n"
       "continuation 4\n"
       "ping 0 \n"
       "ping 125 xxxxxxxxxxxxxxxxxxxx\n"
       "text* 8\n"
       "close 6 1000 done\n"},
      {"chromium.up",
       "text* 14\n"
       "text* 1\n"
       "binary* 7\n"
       "text* 18\n"
       "text* 11\n"
       "pong 7 between\n"
       "text* 9\n"
       "pong 0 \n"
       "pong 125 xxxxxxxxxxxxxxxxxxxx\n"
       "close 6 3000 done\n"},
      {"chromium.down",
       "text* 14\n"
       "text* 1\n"
       "binary* 7\n"
       "text* 18\n"
       "part text* 10\n"
       "ping 7 between\n"
       "part continuation 10\n"
       "continuation 7\n"
       "ping 0 \n"
       "ping 125 xxxxxxxxxxxxxxxxxxxx\n"
       "text* 8\n"
       "close 6 3000 done\n"},
      {"python.up",
       "text* 14\n"
       "text* 1\n"
       "binary* 206\n"
       "text* 18\n"
       "text* 11\n"
       "pong 16 between messages\n"
       "part text* 9\n"
       "part continuation 12\n"
       "part continuation 12\n"
       "continuation 1\n"
       "ping 0 \n"
       "close 27 1001 going away, with grüßen\n"},
      {"python.down",
       "text* 14\n"
       "text* 1\n"
       "binary* 206\n"
       "text* 18\n"
       "part text* 10\n"
       "part continuation 10\n"
       "part continuation 11\n"
       "continuation 1\n"
       "ping 16 between messages\n"
       "text* 13\n"
       "pong 0 \n"
       "close 27 1001 going away, with grüßen\n"},
  }));
  CAPTURE(name);
  const auto seen = seen_at_once(recorded(name));
  CHECK(told(seen) == frames);
  CHECK(seen.at_boundary);
  CHECK(seen.closing);
  const bool from_client = name.ends_with(".up");
  for (const auto& event : seen.events) {
    CHECK(event.header.masked == from_client);
    CHECK(event.header.shortest);
  }
}

TEST_CASE("scanner: it says what the reference says, wherever the bytes are cut off", "[scanner]") {
  const auto name = any_recording();
  CAPTURE(name);
  const auto bytes = recorded(name);
  for (const auto cut : cuts(bytes)) {
    const auto some = std::string_view(bytes).substr(0, cut);
    if (seen_at_once(some) != Reference::of(some)) FAIL("cut off at " << cut);
  }
}

TEST_CASE("scanner: every split in two gives the same", "[scanner]") {
  const auto name = any_recording();
  CAPTURE(name);
  const auto bytes = recorded(name);
  const auto expected = Reference::of(bytes);
  for (std::size_t split = 0; split <= bytes.size(); ++split) {
    if (seen_in_two(bytes, split) != expected) FAIL("split at " << split);
  }
}

TEST_CASE("scanner: pieces of every size give the same", "[scanner]") {
  const auto name = any_recording();
  CAPTURE(name);
  const auto bytes = recorded(name);
  const auto expected = Reference::of(bytes);
  for (std::size_t piece = 1; piece <= 40; ++piece) {
    if (seen_in_pieces(bytes, piece) != expected) FAIL("pieces of " << piece);
  }
}

TEST_CASE("scanner: payload of data frames may pass unseen", "[scanner]") {
  const auto name = any_recording();
  CAPTURE(name);
  const auto bytes = recorded(name);
  for (const std::size_t piece : {1UL, 3UL, 64UL, bytes.size()}) {
    Recorder recorder;
    for (std::string_view rest = bytes; !rest.empty();) {
      rest.remove_prefix(recorder.skip(std::min(piece, rest.size())));
      const auto some = rest.substr(0, 1);
      recorder.take(some);
      rest.remove_prefix(some.size());
    }
    CHECK(recorder.seen() == Reference::of(bytes));
  }
}

TEST_CASE("scanner: a control payload is there until the next one begins", "[scanner]") {
  Scanner scanner;
  const auto take = [&](std::string_view bytes) {
    while (!bytes.empty()) bytes.remove_prefix(scanner.step(bytes).used);
  };
  CHECK(scanner.control_payload().empty());
  take(ping_frame("first", 0x01020304));
  CHECK(scanner.control_payload() == "first");
  take("\x81\x05Hello"s);
  CHECK(scanner.control_payload() == "first");
  take("\x8a\x06sec"s);
  CHECK(scanner.control_payload() == "sec");
  take("ond");
  CHECK(scanner.control_payload() == "second");
  take("\x89\0"s);
  CHECK(scanner.control_payload().empty());
}

TEST_CASE("scanner: of a control frame that is too long the first 125 bytes are kept",
          "[scanner]") {
  const std::string payload(300, 'x');
  const auto bytes = "\x89\x7e\x01\x2c"s + payload + "\x8a\x01y";
  const std::size_t piece = GENERATE(1U, 124U, 125U, 126U, 1000U);
  CAPTURE(piece);
  const auto seen = seen_in_pieces(bytes, piece);
  CHECK(seen == Reference::of(bytes));
  REQUIRE(seen.events.size() == 4);
  CHECK(seen.events[1].control == std::string(125, 'x'));
  CHECK(seen.events[3].control == "y");
}

TEST_CASE("scanner: a control frame that is lost says nothing", "[scanner]") {
  const auto bytes = "\x89\x02hi\x89\x7f\x80\0\0\0\0\0\0\x02no\x89\x02no"s;
  const std::size_t piece = GENERATE(1U, 7U, 1000U);
  CAPTURE(piece);
  const auto seen = seen_in_pieces(bytes, piece);
  CHECK(seen == Reference::of(bytes));
  CHECK(seen.lost);
  REQUIRE(seen.events.size() == 2);
  CHECK(seen.events[1].control == "hi");
}

TEST_CASE("scanner: the state of a direction is small", "[scanner]") {
  CHECK(sizeof(Scanner) <= 160);
}

// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <culvert/websocket/frames.hpp>

using namespace culvert::websocket;
using namespace std::string_literals;

namespace {

constexpr bool masked = true;
constexpr std::size_t KiB = 1024;

/// A whole frame; `length_digits` is how many bytes say the length: 0, 2 or 8.
std::string frame(char first, std::size_t payload, int length_digits, bool mask = false) {
  const char bit = mask ? '\x80' : '\0';
  std::string out{first};
  if (length_digits == 0) out += static_cast<char>(bit | static_cast<char>(payload));
  if (length_digits == 2) out += static_cast<char>(bit | 126);
  if (length_digits == 8) out += static_cast<char>(bit | 127);
  for (int shift = (length_digits - 1) * 8; shift >= 0; shift -= 8) {
    out += static_cast<char>(payload >> shift & 0xff);
  }
  if (mask) out += "\xff\x88\x7f\x00"s;
  return out + std::string(payload, '\x88');  // looks like a Close, and is none
}

/// Where the boundaries lie in what `frames` says of these bytes, given `piece` at a time.
std::vector<std::size_t> boundaries(std::string_view bytes, std::size_t piece) {
  Frames frames;
  std::vector<std::size_t> found;
  std::size_t at = 0;
  while (at < bytes.size()) {
    const auto used = frames.to_boundary(bytes.substr(at, piece));
    REQUIRE(used > 0);
    at += used;
    if (frames.at_boundary()) found.push_back(at);
  }
  return found;
}

/// A client's and a server's half of a session: every form of header, a message in fragments with
/// a ping between them, an empty frame, a Close.
std::vector<std::string> session(bool mask) {
  return {frame('\x81', 5, 0, mask),      frame('\x01', 3, 0, mask),
          frame('\x89', 4, 0, mask),      frame('\x80', 2, 0, mask),
          frame('\x82', 0, 0, mask),      frame('\x82', 126, 2, mask),
          frame('\xc2', 65'535, 2, mask), frame('\x82', 65'536, 8, mask),
          frame('\x82', 7, 8, mask),      frame('\x88', 2, 0, mask)};
}

}  // namespace

TEST_CASE("frames: boundaries are found wherever the bytes are split", "[frames]") {
  const auto all = session(GENERATE(true, false));
  std::string bytes;
  std::vector<std::size_t> ends;
  for (const auto& one : all) {
    bytes += one;
    ends.push_back(bytes.size());
  }
  const std::size_t piece = GENERATE(std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7},
                                     16 * KiB, 1024 * KiB);
  CAPTURE(piece);
  CHECK(boundaries(bytes, piece) == ends);
}

TEST_CASE("frames: every split in two of every header gives the same", "[frames]") {
  const bool mask = GENERATE(true, false);
  const auto [payload, digits] =
      GENERATE(table<std::size_t, int>({{0, 0}, {1, 0}, {125, 0}, {126, 2}, {300, 2}, {300, 8}}));
  const auto bytes = frame('\x82', payload, digits, mask);
  for (std::size_t split = 0; split <= bytes.size(); ++split) {
    CAPTURE(split);
    Frames frames;
    frames.advance(std::string_view(bytes).substr(0, split));
    CHECK(frames.at_boundary() == (split == 0 || split == bytes.size()));
    const auto header = bytes.size() - payload;
    CHECK(frames.payload_left() == (split < header ? 0 : bytes.size() - split));
    frames.advance(std::string_view(bytes).substr(split));
    CHECK(frames.at_boundary());
    CHECK_FALSE(frames.closing());
  }
}

TEST_CASE("frames: payload may pass unseen", "[frames]") {
  Frames frames;
  frames.advance(frame('\x82', 100'000, 8).substr(0, 10));
  CHECK(frames.payload_left() == 100'000);
  frames.skip(99'999);
  CHECK_FALSE(frames.at_boundary());
  frames.skip(1);
  CHECK(frames.at_boundary());
}

TEST_CASE("frames: a skip of nothing changes nothing", "[frames]") {
  const bool mask = GENERATE(true, false);
  const auto bytes = frame('\x82', 300, 2, mask) + frame('\x81', 0, 0, mask);
  for (std::size_t at = 0; at <= bytes.size(); ++at) {
    CAPTURE(at);
    Frames frames;
    frames.advance(std::string_view(bytes).substr(0, at));
    const auto header = frames.header_under_way();
    const auto left = frames.payload_left();
    const bool boundary = frames.at_boundary();
    CHECK_FALSE(frames.skip(0));
    CHECK(frames.header_under_way() == header);
    CHECK(frames.payload_left() == left);
    CHECK(frames.at_boundary() == boundary);
  }
}

TEST_CASE("frames: the last byte of a header, or of a payload, is told", "[frames]") {
  const bool mask = GENERATE(true, false);
  const auto [payload, digits] =
      GENERATE(table<std::size_t, int>({{0, 0}, {0, 8}, {1, 0}, {300, 2}, {300, 8}}));
  const auto bytes = frame('\x82', payload, digits, mask);
  const auto header = bytes.size() - payload;
  Frames frames;
  for (std::size_t at = 1; at <= bytes.size(); ++at) {
    CAPTURE(at);
    const auto step = frames.step(std::string_view(bytes).substr(at - 1, 1));
    CHECK(step.used == 1);
    CHECK(step.header == (at == header));
    CHECK(step.end == (at == bytes.size()));
    CHECK(frames.header_under_way() == (at < header ? at : 0));
  }
}

TEST_CASE("frames: a step takes a header or payload, and nothing behind it", "[frames]") {
  const auto bytes = frame('\x82', 300, 2) + frame('\x81', 0, 0) + frame('\x81', 1, 0);
  std::string_view rest = bytes;
  Frames frames;
  for (const std::size_t used : {4U, 300U, 2U, 2U, 1U}) {
    CHECK(frames.step(rest).used == used);
    rest.remove_prefix(used);
  }
  CHECK(rest.empty());
}

TEST_CASE("frames: the next boundary is as far as it goes", "[frames]") {
  const auto first = frame('\x82', 300, 2, masked);
  const auto second = frame('\x89', 0, 0, masked);
  const auto both = first + second;
  for (std::size_t begun = 0; begun <= first.size(); ++begun) {
    CAPTURE(begun);
    Frames frames;
    frames.advance(std::string_view(both).substr(0, begun));
    const auto rest = std::string_view(both).substr(begun);
    CHECK(frames.to_boundary("") == 0);
    CHECK(frames.to_boundary(rest) == (begun < first.size() ? first.size() - begun : 6));
    CHECK(frames.at_boundary());
  }
  Frames frames;
  CHECK(frames.to_boundary(first.substr(0, 3)) == 3);  // there is none yet
  CHECK_FALSE(frames.at_boundary());
}

TEST_CASE("frames: no boundary comes once they are lost", "[frames]") {
  const auto bytes = frame('\x81', 1, 0) + "\x82\x7f\xff"s + frame('\x81', 1, 0);
  Frames frames;
  CHECK(frames.to_boundary(bytes) == 3);
  CHECK(frames.to_boundary(bytes.substr(3)) == bytes.size() - 3);
  CHECK(frames.lost());
  CHECK(frames.header_under_way() == 0);
}

TEST_CASE("frames: a header is told with all its fields", "[frames]") {
  auto [bytes, reserved, shortest, payload] =
      GENERATE(table<std::string, int, bool, std::uint64_t>({
          {"\x01\x05"s, 0, true, 5},
          {"\x41\x7d"s, 4, true, 125},
          {"\x21\x7e\0\x7d"s, 2, false, 125},
          {"\x11\x7e\0\x7e"s, 1, true, 126},
          {"\x71\x7e\xff\xff"s, 7, true, 65'535},
          {"\x01\x7f\0\0\0\0\0\0\0\x05"s, 0, false, 5},
          {"\x01\x7f\0\0\0\0\0\0\xff\xff"s, 0, false, 65'535},
          {"\x01\x7f\0\0\0\0\0\1\0\0"s, 0, true, 65'536},
          {"\x01\x7f\1\2\3\4\5\6\7\x08"s, 0, true, 0x0102030405060708},
      }));
  const bool fin = GENERATE(true, false);
  const bool mask = GENERATE(true, false);
  CAPTURE(bytes, fin, mask);
  if (fin) bytes[0] = static_cast<char>(bytes[0] | '\x80');
  if (mask) bytes[1] = static_cast<char>(bytes[1] | '\x80');
  if (mask) bytes += "\xfe\xdc\xba\x98";
  Frames frames;
  frames.advance(bytes);
  const auto header = frames.header();
  CHECK(header.opcode == opcode_text);
  CHECK(header.fin == fin);
  CHECK(header.reserved == reserved);
  CHECK(header.shortest == shortest);
  CHECK(header.masked == mask);
  CHECK(header.mask == (mask ? 0xfedcba98 : 0));
  CHECK(header.payload_bytes == payload);
  CHECK_FALSE(header.is_control());
}

TEST_CASE("frames: a Close is noticed, in whatever it is wrapped", "[frames]") {
  Frames frames;
  frames.advance(frame('\x82', 20, 0, masked));
  CHECK_FALSE(frames.closing());
  const auto close = frame('\x88', 2, 0, masked);
  frames.advance(close.substr(0, 1));
  CHECK(frames.closing());
  CHECK_FALSE(frames.at_boundary());
  frames.advance(close.substr(1));
  CHECK(frames.at_boundary());
  frames.advance(frame('\x82', 20, 0, masked));  // there should be none
  CHECK(frames.closing());
}

TEST_CASE("frames: the longest length is one, and a longer one is none", "[frames]") {
  Frames frames;
  frames.advance("\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"s);
  CHECK_FALSE(frames.lost());
  CHECK(frames.payload_left() == UINT64_MAX >> 1);
}

TEST_CASE("frames: what is no WebSocket is lost for good", "[frames]") {
  const bool mask = GENERATE(true, false);
  Frames frames;
  frames.advance("\x82"s + (mask ? '\xff' : '\x7f') + "\x80\0\0\0\0\0\0\0"s);
  CHECK(frames.lost());
  CHECK_FALSE(frames.at_boundary());
  const auto more = frame('\x88', 2, 0, mask);
  CHECK(frames.step(more).used == more.size());
  CHECK(frames.lost());
  CHECK_FALSE(frames.closing());
  CHECK_FALSE(frames.skip(1024 * KiB));
  CHECK(frames.payload_left() == UINT64_MAX);  // to be spliced as it comes
}

TEST_CASE("frames: two directions of state are small", "[frames]") {
  CHECK(sizeof(Frames) <= 32);
}

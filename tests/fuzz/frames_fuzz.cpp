// SPDX-License-Identifier: Apache-2.0
// However the bytes of a WebSocket are split, and whichever payload of data frames passes unseen,
// the scanner says the same; and it says what another way to read them says. The input is the
// number of pieces, a byte for each, and the frames: a piece has as many bytes as its seven low
// bits say, and one more; the highest bit lets payload at its beginning pass unseen. After the last
// piece it is the turn of the first one again.
#include "fuzz/oracle.hpp"
#include "unit/websocket/reference.hpp"

using namespace culvert::fuzz;
using namespace culvert::websocket;

namespace {

constexpr std::size_t most_pieces = 31;

struct Input {
  std::string_view pieces;
  std::string_view frames;
};

Input parted(std::string_view text) {
  if (text.empty()) return {};
  const auto count = static_cast<unsigned char>(text[0]) & most_pieces;
  text.remove_prefix(1);
  return {.pieces = text.substr(0, count), .frames = text.substr(std::min(count, text.size()))};
}

Seen seen_in(std::string_view pieces, std::string_view frames) {
  Recorder recorder;
  for (std::size_t turn = 0; !frames.empty(); ++turn) {
    const auto byte = static_cast<unsigned char>(pieces[turn % pieces.size()]);
    auto piece = frames.substr(0, (byte & 0x7fU) + 1);
    frames.remove_prefix(piece.size());
    if (byte > 0x7f) piece.remove_prefix(recorder.skip(piece.size()));
    recorder.take(piece);
  }
  return recorder.seen();
}

/// Where frames end, found by going from boundary to boundary.
void check_boundaries(std::string_view bytes, const Seen& expected) {
  Frames frames;
  std::size_t at = 0;
  for (const auto& event : expected.events) {
    if (!event.end) continue;
    at += frames.to_boundary(bytes.substr(at));
    must(at == event.at && frames.at_boundary());
  }
  must(at + frames.to_boundary(bytes.substr(at)) == bytes.size());
  must(frames.at_boundary() == expected.at_boundary);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto [pieces, frames] = parted(text_of(data, size));
  const auto expected = Reference::of(frames);
  must(seen_at_once(frames) == expected);
  if (!pieces.empty()) must(seen_in(pieces, frames) == expected);
  check_boundaries(frames, expected);
  return 0;
}

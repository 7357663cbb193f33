// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <culvert/websocket/scanner.hpp>

namespace culvert::websocket {

inline auto fields_of(const Header& header) {
  return std::tie(header.opcode, header.reserved, header.fin, header.masked, header.shortest,
                  header.mask, header.payload_bytes);
}

/// A header is complete, or a frame is.
struct Event {
  std::size_t at = 0;  ///< bytes from the first one of its direction up to here
  bool end = false;    ///< of the frame
  Header header;
  std::string control;  ///< at an end: what the last control frame said

  friend bool operator==(const Event& a, const Event& b) {
    return a.at == b.at && a.end == b.end && fields_of(a.header) == fields_of(b.header) &&
           a.control == b.control;
  }
};

/// All that can be known of the bytes of one direction, up to some point.
struct Seen {
  std::vector<Event> events;
  std::string control;  ///< what the last control frame says, so far
  std::size_t header_under_way = 0;
  std::uint64_t payload_left = 0;
  bool at_boundary = true;
  bool closing = false;
  bool lost = false;

  friend bool operator==(const Seen&, const Seen&) = default;
};

/// Asks a scanner as bytes come.
class Recorder {
 public:
  void take(std::string_view piece) {
    while (!piece.empty()) {
      const auto step = scanner_.step(piece);
      if (step.used == 0 || step.used > piece.size()) throw std::logic_error("no step");
      at_ += step.used;
      if (step.header) note(false);
      if (step.end) note(true);
      piece.remove_prefix(step.used);
    }
  }

  /// Goes on over at most so many bytes without a look at them, where that may be done: how many.
  std::size_t skip(std::size_t most) {
    const auto& frames = scanner_.frames();
    if (frames.lost() || frames.header().is_control()) return 0;
    const auto some = std::min<std::uint64_t>(most, frames.payload_left());
    at_ += some;
    if (scanner_.skip(some)) note(true);
    return some;
  }

  Seen seen() const {
    const auto& frames = scanner_.frames();
    return {.events = events_,
            .control = std::string(scanner_.control_payload()),
            .header_under_way = frames.header_under_way(),
            .payload_left = frames.payload_left(),
            .at_boundary = frames.at_boundary(),
            .closing = frames.closing(),
            .lost = frames.lost()};
  }

 private:
  void note(bool end) {
    events_.push_back({.at = at_,
                       .end = end,
                       .header = scanner_.frames().header(),
                       .control = end ? std::string(scanner_.control_payload()) : ""});
  }

  Scanner scanner_;
  std::size_t at_ = 0;
  std::vector<Event> events_;
};

inline Seen seen_at_once(std::string_view bytes) {
  Recorder recorder;
  recorder.take(bytes);
  return recorder.seen();
}

}  // namespace culvert::websocket

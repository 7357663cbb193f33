// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include <culvert/websocket/settings.hpp>

#include "relay/direction.hpp"

namespace culvert::relay {

/// Tells heartbeats from data where nothing can be read: by the sizes and times of TLS records
/// (RFC 8446 §5.1), whose headers stay in the clear. It keeps times and counts only, allocates
/// nothing, and looks at five bytes a record.
///
/// A *beat* is one or two small records from one end, which *asks*, and what comes back at once, at
/// most two small ones as well. Each end has a pace of its own, since both may ask. A pace is
/// steady when
///
///   - three intervals in a row agree, within a quarter of their mean, and
///   - it goes back and forth: two of three beats were answered, or the other end beats too, about
///     as often. Small records at a steady pace in one direction are a ticker, and a ticker is
///     data.
///
/// From then on up to two beats in a row may be missing: pings of both ends that cross look like
/// one beat, and a busy machine skips one. Answers may be missing for as long as they like, since a
/// peer that is dead gives none, and its client's pings must not pass for data.
///
/// The tunnel is steady when a pace is, and the other end has a steady pace too or has not asked
/// for three intervals. All else is data, and steadiness has to be gained anew: a large record, a
/// handshake or an alert, three records in a row, a beat that is well off its pace.
///
/// It errs towards data. A person who types may hit a pace by chance, but to be taken for silent by
/// a limit he would have to keep it for as long as that limit is.
class Pulse {
 public:
  explicit Pulse(TimePoint now) : heard_{now, now}, data_(now), touched_(now) {}

  /// What an end sent, as it came, split anywhere: 0 is the client, 1 the origin.
  void saw(unsigned from, std::string_view bytes, TimePoint now);
  /// Bytes of that end have passed unseen. They are data, and where its next record begins is
  /// unknown until a chunk is made of whole records from its first byte on; the last may be cut
  /// off.
  void skipped(unsigned from, TimePoint now);

  /// True when these first bytes of a client may begin TLS, as far as they have come.
  static bool begins_tls(std::string_view bytes);

  bool steady() const;
  /// Between two beats, on average; of the end that asks more often. 0: not steady.
  milliseconds period() const;
  /// When it was last in use, as far as that counts here:
  ///   - `any`: the last byte;
  ///   - `data`: the last byte before the steady beats began; the last byte when not steady;
  ///   - `answered`: as `data`, or when both ends had been heard, whichever is later: of the two
  ///     ends' last bytes the earlier one.
  TimePoint active(websocket::Heartbeat counts) const;

 private:
  /// Where one end stands between its records.
  struct Records {
    std::uint16_t left = 0;  // bytes of the record under way, once its header is complete
    std::uint8_t have = 0;   // bytes of the header
    std::uint8_t type = 0;   // of the record under way
    std::uint8_t high = 0;   // byte of its length
    bool lost = false;
  };
  /// How regularly one end asks: its last beats that agree.
  struct Pace {
    TimePoint first;
    TimePoint last;
    std::uint32_t intervals = 0;  // between these two, missing beats included
    std::uint8_t answered = 0;    // a bit for each beat, that of the last one is the lowest
    bool begun = false;
    bool steady = false;
  };

  std::array<Records, 2> records_;
  std::array<std::uint8_t, 2> beat_{};  // records of each end in the beat under way; 0, 0: none is
  std::uint8_t asker_ = 0;              // whose it is
  std::array<TimePoint, 2> heard_;      // when each end's last byte came
  TimePoint data_;                      // the last that is certain
  TimePoint touched_;                   // when the last small record came
  std::array<Pace, 2> paces_;
};

}  // namespace culvert::relay

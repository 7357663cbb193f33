// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include <culvert/websocket/settings.hpp>

#include "relay/direction.hpp"
#include "relay/records.hpp"

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
///   - it goes back and forth: the three beats before were answered, or the other end beats too,
///     about as often. Small records at a steady pace in one direction are a ticker, which is data.
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
  /// Between two beats, on average; of the end that asked last. 0: not steady.
  milliseconds period() const;
  /// The same of when it was steady last, if it is not now. 0: it never was.
  milliseconds latest_period() const;
  /// When it was last in use, as far as that counts here:
  ///   - `any`: the last byte;
  ///   - `data`: the last byte before the steady beats began; the last byte when not steady;
  ///   - `answered`: as `data`, or when both ends had been heard, whichever is later: of the two
  ///     ends' last bytes the earlier one.
  TimePoint active(websocket::Heartbeat counts) const;

 private:
  /// How regularly one end asks: its last beats that agree.
  struct Pace {
    TimePoint first;
    TimePoint last;
    std::uint32_t intervals = 0;  // between these two, with those of beats that are missing
    std::uint8_t answered = 0;    // a bit for each beat, the lowest for the last one
    bool begun = false;
    bool steady = false;

    net::Clock::duration mean() const { return (last - first) / intervals; }
    net::Clock::duration part_of_mean(net::Clock::duration most, int part) const;
    std::uint32_t intervals_in(net::Clock::duration since_last) const;
    bool is_regular() const;
  };

  void judge(unsigned from, Records::Part part, TimePoint now);
  void small(unsigned from, TimePoint now);
  void busy(TimePoint now);
  bool belongs(unsigned from, TimePoint now) const;
  void join(unsigned from, TimePoint now);
  void begin(unsigned from, TimePoint now);
  void keep_pace(Pace& pace, TimePoint now);
  bool back_and_forth(unsigned end) const;
  bool keeps_steady(unsigned end) const;
  TimePoint quiet_since() const;
  void remember();

  std::array<Records, 2> records_;
  std::array<std::uint8_t, 2> beat_{};  // records of each end in the beat under way; none: no beat
  std::uint8_t asker_ = 0;              // whose beat that is
  std::uint32_t latest_period_ms_ = 0;
  std::array<TimePoint, 2> heard_;  // each end's last byte
  TimePoint data_;                  // the last that is known for data
  TimePoint touched_;               // the last small record
  std::array<Pace, 2> paces_;       // by the end that asks
};

}  // namespace culvert::relay

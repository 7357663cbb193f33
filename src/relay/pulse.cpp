// SPDX-License-Identifier: Apache-2.0
#include "relay/pulse.hpp"

#include <algorithm>
#include <chrono>

namespace culvert::relay {
namespace {

using net::Clock;

// A frame's header and its payload may be written one by one, and make two records.
constexpr std::uint8_t most_in_beat = 2;

constexpr std::uint32_t steady_intervals = 3;
constexpr std::uint32_t most_at_once = 3;  // two beats are missing
// An interval may differ from the mean by this part of it: timers of a busy machine, or of a
// browser that has its tab hidden. More would take any time between two beats for their pace.
constexpr int tolerance_part = 4;
// What goes to and fro faster is work, and no question whether the other is there: a game, a
// terminal. Its beats could hardly be told from one another, either.
constexpr milliseconds shortest_period{500};
// Of two ends that both beat and do not answer, one may beat so many times as often.
constexpr int most_apart = 4;
constexpr std::uint8_t last_three = 0b111;

// What belongs to one beat follows at once, also where pings of both ends cross on their way.
constexpr milliseconds together{250};
constexpr int together_part = 8;
// An answer takes a round trip, on a bad day of a mobile network. What is later is a word of its
// own.
constexpr milliseconds longest_answer{2'000};
constexpr int answer_part = 2;

constexpr unsigned other(unsigned end) {
  return 1 - end;
}

}  // namespace

// A tunnel that is idle has one.
static_assert(sizeof(Pulse) <= 104);

bool Pulse::begins_tls(std::string_view bytes) {
  constexpr char handshake = 22;
  constexpr char major_version = 3;
  if (bytes.empty() || bytes[0] != handshake) return false;
  return bytes.size() == 1 || bytes[1] == major_version;
}

// --- What came -----------------------------------------------------------------------------------

void Pulse::saw(unsigned from, std::string_view bytes, TimePoint now) {
  auto& records = records_[from];
  heard_[from] = now;
  if (records.lost() && !records.find(bytes)) busy(now);
  while (!bytes.empty() && !records.lost()) {
    const auto step = records.step(bytes);
    bytes.remove_prefix(step.used);
    judge(from, step.part, now);
  }
}

/// A long record is data for as long as it comes.
void Pulse::judge(unsigned from, Records::Part part, TimePoint now) {
  const auto& records = records_[from];
  if (records.lost()) return busy(now);
  switch (part) {
    case Records::Part::header: return;
    case Records::Part::whole_header: return records.small() ? small(from, now) : busy(now);
    case Records::Part::body: return records.small() ? void() : busy(now);
  }
}

void Pulse::skipped(unsigned from, TimePoint now) {
  heard_[from] = now;
  records_[from].lose();
  busy(now);
}

void Pulse::busy(TimePoint now) {
  remember();
  data_ = now;
  paces_ = {};
  beat_ = {};
}

// --- Beats ---------------------------------------------------------------------------------------

void Pulse::small(unsigned from, TimePoint now) {
  if (belongs(from, now)) {
    join(from, now);
  } else {
    begin(from, now);
  }
  touched_ = now;
}

/// To the beat under way: it follows at once, or it is the answer.
bool Pulse::belongs(unsigned from, TimePoint now) const {
  if (beat_ == std::array<std::uint8_t, 2>{}) return false;
  const auto& pace = paces_[asker_];
  if (now - touched_ <= pace.part_of_mean(together, together_part)) return true;
  return from != asker_ && beat_[from] == 0 &&
         now - pace.last <= pace.part_of_mean(longest_answer, answer_part);
}

void Pulse::join(unsigned from, TimePoint now) {
  if (from != asker_) paces_[asker_].answered |= 1;
  if (++beat_[from] > most_in_beat) busy(now);
}

void Pulse::begin(unsigned from, TimePoint now) {
  asker_ = static_cast<std::uint8_t>(from);
  beat_ = {};
  beat_[from] = 1;
  auto& pace = paces_[from];
  keep_pace(pace, now);
  pace.steady = pace.steady || (pace.is_regular() && back_and_forth(from));
  pace.answered = static_cast<std::uint8_t>(pace.answered << 1);
}

// --- Paces ---------------------------------------------------------------------------------------

/// A beat off the pace may be the first of another one, with the beat before it. Of an end that
/// had been steady it is data itself; else that which was before these two was.
void Pulse::keep_pace(Pace& pace, TimePoint now) {
  if (!pace.begun) {
    pace = {.first = now, .last = now, .begun = true};
    return;
  }
  const auto intervals = pace.intervals_in(now - pace.last);
  if (intervals == 0) {
    remember();
    data_ = std::max(data_, pace.steady ? now : pace.last - pace.mean());
    pace = {
        .first = pace.last, .last = now, .intervals = 1, .answered = pace.answered, .begun = true};
    return;
  }
  pace.intervals += intervals;
  pace.last = now;
}

/// `most`, or less where the beats come so fast that a part of their mean is less.
Clock::duration Pulse::Pace::part_of_mean(Clock::duration most, int part) const {
  return intervals == 0 ? most : std::min(most, mean() / part);
}

/// How many intervals have passed since the last beat; 0 when it was no whole number of them, or
/// more than may be.
std::uint32_t Pulse::Pace::intervals_in(Clock::duration since_last) const {
  if (intervals == 0) return 1;
  const auto about = [&](std::uint32_t count) {
    return std::chrono::abs(since_last - count * mean()) * tolerance_part <= mean();
  };
  const auto most = steady ? most_at_once : 1;
  for (std::uint32_t count = 1; count <= most; ++count) {
    if (about(count)) return count;
  }
  return 0;
}

bool Pulse::Pace::is_regular() const {
  return intervals >= steady_intervals && mean() >= shortest_period;
}

/// Judged when the next beat begins, since the answer to the last one may have taken until then.
bool Pulse::back_and_forth(unsigned end) const {
  const auto& own = paces_[end];
  const auto& theirs = paces_[other(end)];
  if ((own.answered & last_three) == last_three) return true;
  return theirs.is_regular() && theirs.last >= own.first &&
         theirs.mean() <= most_apart * own.mean();
}

/// Steady, and what the other end asks is steady too, or was so long ago that this is its own.
bool Pulse::keeps_steady(unsigned end) const {
  const auto& own = paces_[end];
  const auto& theirs = paces_[other(end)];
  if (!own.steady) return false;
  if (theirs.steady || !theirs.begun) return true;
  return own.last - theirs.last >= steady_intervals * own.mean();
}

// --- What follows --------------------------------------------------------------------------------

bool Pulse::steady() const {
  return keeps_steady(0) || keeps_steady(1);
}

milliseconds Pulse::period() const {
  if (!steady()) return milliseconds(0);
  const bool origin = keeps_steady(1) && (!keeps_steady(0) || paces_[1].last > paces_[0].last);
  return std::chrono::round<milliseconds>(paces_[origin ? 1 : 0].mean());
}

void Pulse::remember() {
  if (steady()) latest_period_ms_ = static_cast<std::uint32_t>(period().count());
}

milliseconds Pulse::latest_period() const {
  return steady() ? period() : milliseconds(latest_period_ms_);
}

/// While it is steady: what an end asked without a pace was data.
TimePoint Pulse::quiet_since() const {
  auto since = data_;
  for (const auto& pace : paces_) {
    if (pace.begun && !pace.steady) since = std::max(since, pace.last);
  }
  return since;
}

TimePoint Pulse::active(websocket::Heartbeat counts) const {
  const auto [earlier, latest] = std::minmax(heard_[0], heard_[1]);
  if (!steady()) return latest;
  switch (counts) {
    case websocket::Heartbeat::any: return latest;
    case websocket::Heartbeat::data: return quiet_since();
    case websocket::Heartbeat::answered: return std::max(quiet_since(), earlier);
  }
  return latest;
}

}  // namespace culvert::relay

// SPDX-License-Identifier: Apache-2.0
#include "websocket/watch.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>
#include <optional>
#include <random>
#include <utility>

#include <culvert/websocket/control.hpp>

namespace culvert::websocket {
namespace {

constexpr TimePoint never = TimePoint::max();

TimePoint after(TimePoint from, std::chrono::milliseconds limit) {
  return limit.count() == 0 ? never : from + limit;
}

std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
  return a > std::numeric_limits<std::uint64_t>::max() - b
             ? std::numeric_limits<std::uint64_t>::max()
             : a + b;
}

bool is_control(std::uint8_t opcode) {
  return (opcode & 0x08) != 0;
}

std::uint16_t close_code_in(std::string_view payload) {
  if (payload.size() < 2) return no_status;
  const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(payload[at]); };
  return static_cast<std::uint16_t>(byte(0) << 8 | byte(1));
}

}  // namespace

struct Watch::Walk {
  static constexpr std::size_t elsewhere = SIZE_MAX;

  Side from;
  TimePoint now;
  std::span<char> room;
  std::size_t bytes;     // of the chunk, as it is by now
  std::size_t at;        // so many of them are looked at
  std::size_t frame_at;  // where the frame under way begins, if that is in the chunk
  bool ping = false;

  std::string_view left() const { return {room.data() + at, bytes - at}; }
  /// Takes out the frame that has just ended.
  void take_out_frame() {
    std::memmove(room.data() + frame_at, room.data() + at, bytes - at);
    bytes -= at - frame_at;
    at = frame_at;
  }
  void put_in(std::string_view frame) {
    assert(bytes + frame.size() <= room.size());
    std::memmove(room.data() + at + frame.size(), room.data() + at, bytes - at);
    std::memcpy(room.data() + at, frame.data(), frame.size());
    bytes += frame.size();
    at += frame.size();
  }
};

Watch::Watch(const Settings& settings, Facts facts, TimePoint now)
    : facts_(std::move(facts)),
      answered_(now),
      settings_(settings),
      extensions_(extensions_in(facts_.extensions)) {
  for (auto& sent : facts_.sent) sent.last = now;
  for (auto& half : halves_) {
    half.data = now;
    half.judged = settings_.strict || settings_.max_frame != 0 || settings_.max_message != 0;
    half.pinged = settings_.ping_interval.count() != 0;
  }
}

bool Watch::sees_frames() const {
  return !frames(Side::client).lost() && !frames(Side::origin).lost();
}

Watch::Looked Watch::look(Side from, Chunk chunk, TimePoint now) {
  facts_.of(from).last = now;
  if (chunk.seen == 0 && note_whole_message(from, {chunk.room.data(), chunk.bytes}, now))
      [[likely]] {
    return {.pass = chunk.bytes};
  }
  if (half(from).pinged) half(other(from)).put_ping = false;  // it is not silent
  Walk walk{.from = from,
            .now = now,
            .room = chunk.room,
            .bytes = chunk.bytes,
            .at = chunk.seen,
            .frame_at = chunk.seen > 0 ? 0 : Walk::elsewhere};
  while (true) {
    if (frames(from).at_boundary()) {
      begin_ping(walk);
      walk.frame_at = walk.at;
    }
    if (walk.at == walk.bytes) break;
    if (const auto flaw = one_step(walk); flaw != Flaw::none) {
      drop(from, walk.left());
      return {.pass = walk.frame_at, .flaw = flaw, .ping = walk.ping};
    }
  }
  const auto keep = kept_back(walk);
  return {.pass = walk.bytes - keep, .keep = keep, .ping = walk.ping};
}

/// What most chunks are: a message in one frame, short, whole, and nothing else.
bool Watch::note_whole_message(Side from, std::string_view bytes, TimePoint now) {
  auto& one = half(from);
  if (bytes.size() < 2 || !one.frames.at_boundary() || one.judged || one.pinged) return false;
  const auto first = static_cast<std::uint8_t>(bytes[0]);
  const auto second = static_cast<std::uint8_t>(bytes[1]);
  const bool text = (first & 0x8f) == (0x80 | opcode_text);
  if (!text && (first & 0x8f) != (0x80 | opcode_binary)) return false;
  const std::size_t payload = second & 0x7f;
  const std::size_t header = (second & 0x80) != 0 ? 6 : 2;
  if (payload > most_control_bytes || bytes.size() != header + payload) return false;
  auto& sent = facts_.of(from);
  auto& count = sent[text ? Kind::text : Kind::binary];
  ++count.frames;
  count.bytes += payload;
  ++(text ? sent.text_messages : sent.binary_messages);
  sent.largest_message = std::max<std::uint64_t>(sent.largest_message, payload);
  one.data = now;
  one.in_message = false;
  one.text = text;
  one.message_bytes = payload;
  return true;
}

/// A Ping to the other side that had to wait for the end of a frame.
void Watch::begin_ping(Walk& walk) {
  const auto to = other(walk.from);
  if (!ping_waits(to)) return;
  walk.put_in(ping(to, walk.now));
  walk.ping = true;
}

/// What Scanner::step does, with what each message touches apart from what control frames say.
Flaw Watch::one_step(Walk& walk) {
  auto& one = half(walk.from);
  const bool payload = one.frames.payload_left() > 0;
  const auto left = walk.left();
  const auto step = one.frames.step(left);
  answers(walk.from).control.follow(one.frames, step, payload, left);
  walk.at += step.used;
  if (one.frames.lost()) {
    one.data = walk.now;  // for all that can be known
    return walk.frame_at == Walk::elsewhere ? Flaw::none : flaw_of_lost();
  }
  if (payload) note_payload(walk.from, step.used, walk.now);
  if (step.header) {
    if (const auto flaw = flaw_of_header(walk.from); flaw != Flaw::none) return flaw;
    begin_frame(walk);
  }
  return step.end ? end_frame(walk) : Flaw::none;
}

void Watch::begin_frame(const Walk& walk) {
  auto& one = half(walk.from);
  const auto opcode = one.frames.opcode();
  ++facts_.of(walk.from)[kind_of(opcode)].frames;
  if (is_control(opcode)) return;
  one.data = walk.now;
  if (opcode != opcode_continuation) {
    one.in_message = true;
    one.text = opcode == opcode_text;
    one.message_bytes = 0;
  }
  one.message_bytes = sum(one.message_bytes, one.frames.payload_left());
}

void Watch::note_payload(Side from, std::uint64_t bytes, TimePoint now) {
  const auto opcode = frames(from).opcode();
  facts_.of(from)[kind_of(opcode)].bytes += bytes;
  if (!is_control(opcode)) half(from).data = now;
}

Flaw Watch::end_frame(Walk& walk) {
  const auto said = answers(walk.from).control.text();
  switch (kind_of(frames(walk.from).opcode())) {
    case Kind::continuation:
    case Kind::text:
    case Kind::binary: end_message(walk.from); break;
    case Kind::close:
      if (settings_.strict) {
        const auto flaw = flaw_of_close(said);
        if (flaw != Flaw::none) return flaw;
      }
      end_close(walk.from);
      break;
    case Kind::ping:
      walk.ping = true;
      answers(other(walk.from)).asked.pass(said, walk.now);
      break;
    case Kind::pong:
      if (take_pong(walk)) walk.take_out_frame();
      break;
    case Kind::other:
      if (!is_control(frames(walk.from).opcode())) end_message(walk.from);
      break;
  }
  return Flaw::none;
}

void Watch::end_message(Side from) {
  auto& one = half(from);
  if (!one.frames.fin() || !one.in_message) return;
  one.in_message = false;
  auto& sent = facts_.of(from);
  ++(one.text ? sent.text_messages : sent.binary_messages);
  sent.largest_message = std::max(sent.largest_message, one.message_bytes);
}

void Watch::end_close(Side from) {
  half(from).closed = true;
  if (facts_.closed_by != Facts::Closer::nobody) return;
  facts_.closed_by = from == Side::client ? Facts::Closer::client : Facts::Closer::origin;
  facts_.close_code = close_code_in(answers(from).control.text());
}

void Watch::close_from_here(std::uint16_t code) {
  if (facts_.closed_by != Facts::Closer::nobody) return;
  facts_.closed_by = Facts::Closer::proxy;
  facts_.close_code = code;
}

/// True when it answers a Ping of our own: nobody else knows of it.
bool Watch::take_pong(const Walk& walk) {
  auto& one = answers(walk.from);
  const auto payload = one.control.text();
  const auto answer = one.asked.answer(payload);
  if (!answer.asked) return false;
  answered_ = walk.now;
  facts_.round_trips[index_of(walk.from)].add(
      std::chrono::duration_cast<RoundTrips::Time>(walk.now - *answer.asked));
  if (!answer.own || walk.frame_at == Walk::elsewhere) return false;
  auto& count = facts_.of(walk.from)[Kind::pong];
  --count.frames;
  count.bytes -= payload.size();
  return true;
}

/// A frame that may have to be taken out, or refused, must not be half passed on by then. One that
/// began before that could be said has gone on already, and is neither.
std::size_t Watch::kept_back(const Walk& walk) const {
  const auto& under_way = frames(walk.from);
  if (walk.frame_at == Walk::elsewhere || under_way.at_boundary() || under_way.lost()) return 0;
  const bool in_header = under_way.header_under_way() > 0;
  const bool short_enough = in_header || under_way.header().payload_bytes <= most_control_bytes;
  const bool may_be_our_pong =
      answers(walk.from).asked.expects() && under_way.opcode() == opcode_pong && short_enough;
  const bool may_be_refused = (in_header && half(walk.from).judged) ||
                              (settings_.strict && under_way.opcode() == opcode_close);
  return may_be_our_pong || may_be_refused ? walk.bytes - walk.frame_at : 0;
}

Flaw Watch::flaw_of_header(Side from) const {
  const auto& one = half(from);
  if (!one.judged) return Flaw::none;
  const auto header = one.frames.header();
  if (settings_.strict) {
    const auto flaw = flaw_of(header, from, extensions_, one.in_message, one.closed);
    if (flaw != Flaw::none) return flaw;
  }
  if (settings_.max_frame != 0 && header.payload_bytes > settings_.max_frame)
    return Flaw::max_frame;
  if (settings_.max_message == 0 || header.is_control()) return Flaw::none;
  const auto before = header.opcode == opcode_continuation ? one.message_bytes : 0;
  return sum(before, header.payload_bytes) > settings_.max_message ? Flaw::max_message : Flaw::none;
}

/// Of a length that cannot be.
Flaw Watch::flaw_of_lost() const {
  if (settings_.strict) return Flaw::long_length;
  if (settings_.max_frame != 0) return Flaw::max_frame;
  return settings_.max_message != 0 ? Flaw::max_message : Flaw::none;
}

void Watch::skip(Side from, std::uint64_t bytes, TimePoint now) {
  facts_.of(from).last = now;
  auto& one = half(from);
  if (one.frames.lost()) {
    one.data = now;
    return;
  }
  note_payload(from, bytes, now);
  if (one.frames.skip(bytes) && !is_control(one.frames.opcode())) end_message(from);
}

void Watch::goes_on(Side from, TimePoint now) {
  auto& one = half(from);
  if (one.frames.lost() || !is_control(one.frames.opcode())) one.data = now;
}

void Watch::drop(Side from, std::string_view bytes) {
  half(from).frames.advance(bytes);
}

// --- What has to be done -----------------------------------------------------------------------

Watch::Due Watch::due() const {
  Due first{.when = after(std::max(last_data(), held_up_), settings_.idle), .need = Need::end_idle};
  for (const auto side : {Side::client, Side::origin}) {
    for (const auto& due : {pong_due(side), ping_due(side)}) {
      if (due.when < first.when) first = due;
    }
  }
  return first;
}

/// Who says Close, or hears it, need not answer any more (RFC 6455 §5.5.2).
bool Watch::may_ping() const {
  return sees_frames() && !closing(Side::client) && !closing(Side::origin);
}

/// Inside a frame nobody can answer, so each byte of it counts.
Watch::Due Watch::pong_due(Side side) const {
  auto asked = answers(side).asked.since();
  if (!asked && ping_waits(side)) asked = answers(side).pinged;
  if (!asked || settings_.pong_timeout.count() == 0 || !may_answer(side)) return {};
  auto from = std::max(*asked, answers(side).excused);
  const bool any_byte = settings_.heartbeat != Heartbeat::answered || !frames(side).at_boundary();
  if (any_byte) from = std::max(from, facts_.of(side).last);
  return {.when = from + settings_.pong_timeout, .need = Need::end_dead, .side = side};
}

Watch::Due Watch::ping_due(Side side) const {
  if (settings_.ping_interval.count() == 0 || !may_answer(side) || ping_waits(side)) return {};
  const auto& one = answers(side);
  const auto last = facts_.of(side).last;
  // Who has not answered the one before is waited for, if that has an end.
  const bool waited_for =
      one.asked.waits() && settings_.pong_timeout.count() != 0 && last <= one.pinged;
  if (waited_for) return {};
  return {.when = std::max(last, one.pinged) + settings_.ping_interval,
          .need = Need::ping,
          .side = side};
}

std::string Watch::ping(Side to, TimePoint now) {
  auto& one = answers(to);
  one.pinged = now;
  half(other(to)).put_ping = false;
  ++facts_.pings[index_of(to)];
  std::optional<MaskKey> key;
  if (to == Side::origin) key = std::random_device{}();
  return ping_frame(one.asked.ping(now), key);
}

void Watch::ping_later(Side to, TimePoint now) {
  answers(to).pinged = now;
  half(other(to)).put_ping = true;
}

TimePoint Watch::active() const {
  switch (settings_.heartbeat) {
    case Heartbeat::any: return std::max(facts_.sent[0].last, facts_.sent[1].last);
    case Heartbeat::answered: return std::max(last_data(), answered_);
    case Heartbeat::data: return last_data();
  }
  return last_data();
}

}  // namespace culvert::websocket

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <culvert/websocket/facts.hpp>
#include <culvert/websocket/flaw.hpp>
#include <culvert/websocket/scanner.hpp>
#include <culvert/websocket/settings.hpp>

#include "websocket/asked.hpp"

namespace culvert::websocket {

/// Follows one WebSocket, both ways: counts what passes, knows whether it is used and whether both
/// sides are alive, and holds them to what is asked of them. It takes bytes and times, and does
/// nothing by itself: no socket, no clock.
///
/// What passes is left as it is, with two exceptions: where Settings::ping_interval is set, Pings
/// of our own go in between two frames, and the Pongs that answer them, and no others, are taken
/// out.
///
/// The same for whatever carries the frames: a connection, a tunnel, an HTTP/2 stream.
class Watch {
 public:
  /// `facts` has the subprotocol and the extensions.
  Watch(const Settings& settings, Facts facts, TimePoint now);

  /// Bytes from one side, in a buffer with room behind them.
  struct Chunk {
    std::span<char> room;
    std::size_t bytes = 0;  ///< so many of the buffer
    std::size_t seen = 0;   ///< of these, the first: what was kept back last time
  };
  /// What becomes of a chunk: the first of the bytes go on now, the next are kept back until more
  /// has come, since it is not clear yet whether they may go on.
  struct Looked {
    std::size_t pass = 0;
    std::size_t keep = 0;    ///< 0 where there is a flaw
    Flaw flaw = Flaw::none;  ///< of the frame behind what goes on: it must not
    bool ping = false;       ///< among what goes on there is a Ping: due() may be sooner
  };
  /// So much room a chunk must have behind its bytes: for a Ping with a mask.
  static constexpr std::size_t spare_bytes = 16;
  /// So much is kept back at most: a control frame, or a header.
  static constexpr std::size_t most_kept_bytes = Frames::longest_header + most_control_bytes;

  /// Bytes of this side are about to be read: what look() touches is fetched meanwhile.
  void expect(Side from) const {
    __builtin_prefetch(&half(from), 1);
    __builtin_prefetch(&facts_.of(from), 1);
  }
  /// Looks at what came from one side. What is kept back comes again in front of what follows.
  Looked look(Side from, Chunk chunk, TimePoint now);
  /// The same for payload that nobody saw, at most payload_left().
  void skip(Side from, std::uint64_t bytes, TimePoint now);
  /// The same for what goes nowhere any more: only its Close is looked for.
  void drop(Side from, std::string_view bytes);
  /// Some of what was skipped has waited for its receiver, and goes on only now: it is in use.
  void goes_on(Side from, TimePoint now);

  /// Of the frame that is under way from this side, and that goes on as it comes.
  std::uint64_t payload_left(Side from) const { return frames(from).payload_left(); }
  /// Where this side stands with all that was looked at.
  const Frames& frames(Side from) const { return half(from).frames; }
  /// False when one side has sent what can be no frames: then nothing is known any more.
  bool sees_frames() const;
  /// This side has said Close.
  bool closing(Side side) const { return frames(side).closing(); }
  /// We have, first of all.
  void close_from_here(std::uint16_t code);

  /// What has to be done, and when: never, if nothing has to.
  enum class Need : std::uint8_t {
    end_idle,  ///< Settings::idle
    end_dead,  ///< Settings::pong_timeout: `side` has not answered a Ping
    ping,      ///< Settings::ping_interval: `side` is silent
  };
  struct Due {
    TimePoint when = TimePoint::max();
    Need need = Need::end_idle;
    Side side = Side::client;
  };
  Due due() const;
  /// When it was last in use, as Settings::heartbeat has it.
  TimePoint active() const;

  /// A Ping for this side, to be sent now: it stands between two frames.
  std::string ping(Side to, TimePoint now);
  /// It does not stand between two frames: the Ping goes in behind the one under way, by look(). It
  /// counts as sent, since who takes nothing may be dead: may it yet answer?
  void ping_later(Side to, TimePoint now);
  /// That one is still to be sent.
  bool ping_waits(Side to) const { return half(other(to)).put_ping && may_ping(); }
  /// This side could not have answered until now.
  void excuse(Side side, TimePoint now) { answers(side).excused = now; }
  /// Neither side could have said anything until now.
  void excuse_both(TimePoint now) {
    held_up_ = now;
    for (auto& one : answers_) one.excused = now;
  }
  /// This side has ended without a Close, so that it can answer no more.
  void finished(Side side) { answers(side).finished = true; }

  const Facts& facts() const { return facts_; }
  const Settings& settings() const { return settings_; }

 private:
  /// What one side sends: what each message touches, in one cache line.
  struct alignas(64) Half {
    Frames frames;
    TimePoint data;                   // the last byte of a message
    std::uint64_t message_bytes = 0;  // of the message under way
    bool in_message = false;
    bool text = false;      // that is what it is
    bool closed = false;    // its Close is complete
    bool judged = false;    // its frames are
    bool pinged = false;    // when it is silent
    bool put_ping = false;  // a Ping in between its frames, to the other side
  };
  /// What one side was asked.
  struct Answers {
    ControlPayload control;  // from it
    Asked asked;
    TimePoint excused;
    TimePoint pinged;       // by us, or that was put off
    bool finished = false;  // none will come any more
  };
  /// Where look() is in a chunk.
  struct Walk;

  Half& half(Side side) { return halves_[index_of(side)]; }
  const Half& half(Side side) const { return halves_[index_of(side)]; }
  Answers& answers(Side side) { return answers_[index_of(side)]; }
  const Answers& answers(Side side) const { return answers_[index_of(side)]; }
  bool may_ping() const;
  bool may_answer(Side side) const { return may_ping() && !answers(side).finished; }

  bool note_whole_message(Side from, std::string_view bytes, TimePoint now);
  TimePoint last_data() const { return std::max(halves_[0].data, halves_[1].data); }

  // look() in pieces; each is about bytes from walk.from.
  void begin_ping(Walk& walk);
  Flaw one_step(Walk& walk);
  void begin_frame(const Walk& walk);
  void note_payload(Side from, std::uint64_t bytes, TimePoint now);
  Flaw end_frame(Walk& walk);
  void end_message(Side from);
  void end_close(Side from);
  bool take_pong(const Walk& walk);
  std::size_t kept_back(const Walk& walk) const;
  Flaw flaw_of_header(Side from) const;
  Flaw flaw_of_lost() const;

  Due pong_due(Side side) const;
  Due ping_due(Side side) const;

  std::array<Half, 2> halves_;  // by Side
  Facts facts_;
  std::array<Answers, 2> answers_;
  TimePoint answered_;  // the last Ping was
  Settings settings_;
  Extensions extensions_;
  TimePoint held_up_;  // until then nothing was let through
};

}  // namespace culvert::websocket

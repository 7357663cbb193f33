// SPDX-License-Identifier: Apache-2.0
// A tunnel that is a WebSocket (websocket/watch).
#include <algorithm>
#include <cstring>
#include <utility>

#include "relay/tunnel.hpp"

namespace culvert::relay {
namespace {

using websocket::Side;
using websocket::Watch;

// Who has so much before it that it has not taken may need its time to come to the Ping behind.
constexpr std::size_t backlog_bytes = 16UL * 1024;

unsigned end_of(Side side) {
  return side == Side::client ? 0 : 1;
}

}  // namespace

/// Either side has said that it will say no more.
bool Tunnel::closing() const {
  return sight_ && (watch_->closing(Side::client) || watch_->closing(Side::origin));
}

/// One that is seen to be, or of which no more is seen than its heartbeats.
bool Tunnel::seems_websocket() const {
  return sees_frames() || (pulse_ && pulse_->steady());
}

/// When something last moved that counts as use. An answer to a Ping of ours shows life, too,
/// though it goes no further.
TimePoint Tunnel::used() const {
  const bool by_pulse = pulse_ && limits_.heartbeat != websocket::Heartbeat::any;
  if (by_pulse) return pulse_->active(limits_.heartbeat);
  if (!sight_) return active_;
  const auto& watch = *watch_;
  if (watch.settings().heartbeat != websocket::Heartbeat::any) return watch.active();
  return std::max(active_, watch.active());
}

/// What came with the ends was not looked at yet.
void Tunnel::look_at_held(unsigned from) {
  auto& held = directions_[from].held;
  if (!sight_ || !held) return;
  const auto looked =
      watch_->look(side_of(from), {.room = *held, .bytes = held->size()}, relays_.loop_.now());
  keep_back(from, std::string_view(*held).substr(looked.pass, looked.keep));
  stands(from, {}, {});
  held->resize(looked.pass);
  auto& unasked = directions_[from].unasked;
  unasked = std::min(unasked, static_cast<std::uint32_t>(looked.pass));
  if (held->empty()) held.reset();
  take_in(from, looked);
}

/// What came with the ends may be a handshake; an answer to it is none of it.
void Tunnel::overhear_held(unsigned from, std::string_view bytes) {
  const auto heard = overhearing_->hear(from, bytes, relays_.loop_.now());
  if (!heard.more) overhearing_.reset();
}

/// Bytes in the worker's scratch. Where one side has not taken at once what stands before the first
/// frame, nobody follows them: it would stand at no place between frames.
Tunnel::Step Tunnel::pass_overheard(unsigned from, std::string_view bytes) {
  auto heard = overhearing_->hear(from, bytes, relays_.loop_.now());
  if (!heard.more) overhearing_.reset();
  if (!heard.websocket || directions_[1 - from].held) return pass_on(from, bytes);
  const auto frames = bytes.substr(heard.head_bytes);
  const auto step = pass_on(from, bytes.substr(0, heard.head_bytes));
  if (step == Step::gone) return step;
  if (const auto& held = directions_[from].held) {
    held->append(frames);
    return step;
  }
  if (leaving()) return step;
  watch_ = std::move(heard.websocket);
  sight_ = std::make_unique<Sight>();
  re_arm();
  auto& scratch = *relays_.scratch_;
  std::memmove(scratch.data(), frames.data(), frames.size());
  return pass_looked(from, frames.size(), 0);
}

/// Puts what was kept back in front of what is read next: how many bytes that is.
std::size_t Tunnel::kept_back(unsigned from) const {
  if (!directions_[from].keeps) return 0;
  const auto& kept = sight_->kept[from];
  std::memcpy(relays_.scratch_->data(), kept.data(), kept.size());
  return kept.size();
}

Tunnel::Step Tunnel::pass_looked(unsigned from, std::size_t bytes, std::size_t seen) {
  auto& scratch = *relays_.scratch_;
  const auto stood = receiver(from);
  const auto looked = watch_->look(side_of(from), {.room = scratch, .bytes = bytes, .seen = seen},
                                   relays_.loop_.now());
  keep_back(from, {scratch.data() + looked.pass, looked.keep});
  const std::string_view goes_on(scratch.data(), looked.pass);
  const auto step = pass_on(from, goes_on);
  if (step == Step::gone) return step;
  auto& direction = directions_[from];
  const auto& held = direction.held;
  const bool all = looked.keep == 0 && looked.flaw == websocket::Flaw::none && !held;
  if (all && !leaving()) [[likely]] {
    direction.behind = false;
  } else {
    stands(from, stood, goes_on.substr(0, goes_on.size() - (held ? held->size() : 0)));
  }
  // A Ping and a Close set limits that may strike sooner than all others.
  const bool tells =
      looked.ping || looked.flaw != websocket::Flaw::none || watch_->closing(side_of(from));
  if (tells) [[unlikely]]
    take_in(from, looked);
  return step;
}

/// Its receiver stood there, and has taken these as well.
void Tunnel::stands(unsigned from, const websocket::Frames& before, std::string_view took) {
  auto& taken = sight_->taken[from];
  taken = before;
  taken.advance(took);
  directions_[from].behind = true;
}

/// What has to come again in front of what is read next.
void Tunnel::keep_back(unsigned from, std::string_view bytes) {
  auto& direction = directions_[from];
  if (bytes.empty() && !direction.keeps) return;
  sight_->kept[from] = bytes;
  direction.keeps = !bytes.empty();
}

/// What was found in bytes that are on their way.
void Tunnel::take_in(unsigned from, const Watch::Looked& looked) {
  if (looked.ping) note_asked(1 - from);
  if (!leaving()) re_arm();
  if (looked.flaw != websocket::Flaw::none) object(from, looked.flaw);
}

/// Of two flaws the first is the reason: both sides may have sent one with their heads.
void Tunnel::object(unsigned from, websocket::Flaw flaw) {
  if (leaving()) return;
  sight_->flaw = flaw;
  take_leave(from == 0 ? Ending::client_flaw : Ending::origin_flaw);
}

/// Does what has to be done by now. False when it is leaving, or gone.
bool Tunnel::see_to(TimePoint now) {
  auto& watch = *watch_;
  if (held_up_) watch.excuse_both(now);  // what it would see waits for its turn
  for (auto due = watch.due(); due.when <= now; due = watch.due()) {
    const auto which = end_of(due.side);
    switch (due.need) {
      case Watch::Need::end_idle: take_leave(Ending::websocket_idle); return false;
      case Watch::Need::end_dead:
        if (!may_yet_answer(which)) {
          take_leave(which == 0 ? Ending::client_dead : Ending::origin_dead);
          return false;
        }
        watch.excuse(due.side, now);
        break;
      case Watch::Need::ping:
        if (send_ping(which) == Step::gone || leaving()) return false;
        break;
    }
  }
  return true;
}

/// This end's answer may lie where it cannot be read, since the other end takes nothing; or the
/// Ping may lie behind much else, of which it has taken some since.
bool Tunnel::may_yet_answer(unsigned which) {
  if (held_up_ || directions_[which].phase == Phase::blocked) return true;
  // A Ping that could not be sent waits for an end that takes nothing, or for the other end to
  // finish its frame.
  const bool unsent = watch_->ping_waits(side_of(which));
  if (unsent && directions_[1 - which].phase != Phase::blocked) return true;
  const auto much = sight_->untaken[which] > backlog_bytes;
  const auto before = sight_->reached[which];
  note_asked(which);
  return much && sight_->reached[which] > before;
}

/// Sent to this end, and not acknowledged by its system, or still in our hands.
std::size_t Tunnel::untaken(unsigned which) const {
  const auto& held = directions_[1 - which].held;
  return ends_[which].unacknowledged() + (held ? held->size() : 0);
}

/// Sent to this end, and acknowledged by its system. (More is sent all the time, so what is not
/// says little about how fast it reads.)
std::uint64_t Tunnel::reached(unsigned which) const {
  const auto sent = directions_[1 - which].bytes;
  return sent - std::min<std::uint64_t>(sent, ends_[which].unacknowledged());
}

void Tunnel::note_asked(unsigned which) {
  sight_->untaken[which] = untaken(which);
  sight_->reached[which] = reached(which);
}

/// True when the receiver has all that was read, and that ends with a frame.
bool Tunnel::is_between_frames(unsigned from) const {
  const auto& direction = directions_[from];
  const bool empty = !direction.held && (!direction.pipe || direction.pipe->filled == 0);
  return direction.phase == Phase::waiting && !direction.finishing && empty &&
         receiver(from).at_boundary();
}

/// It is no use of the tunnel: the answer is.
Tunnel::Step Tunnel::send_ping(unsigned to) {
  const unsigned from = 1 - to;
  const auto now = relays_.loop_.now();
  if (!is_between_frames(from)) {
    watch_->ping_later(side_of(to), now);
    note_asked(to);
    return Step::again;
  }
  directions_[from].held = std::make_unique<std::string>(watch_->ping(side_of(to), now));
  const auto active = active_;
  const auto step = move_held(from);
  if (step == Step::gone) return step;
  active_ = active;
  note_asked(to);
  return step;
}

/// A Ping that had to wait goes behind what the receiver has taken by now.
Tunnel::Step Tunnel::catch_up(unsigned from) {
  const unsigned to = 1 - from;
  const bool waits = sight_ && !leaving() && watch_->ping_waits(side_of(to));
  if (!waits || !is_between_frames(from)) return Step::again;
  const auto step = send_ping(to);
  if (step != Step::gone && !leaving()) re_arm();
  return step;
}

/// Whoever speaks or answers from now on may be sent a Ping then, and not sooner.
TimePoint Tunnel::silent_at() const {
  return net::after(relays_.loop_.now(), watch_->settings().ping_interval);
}

}  // namespace culvert::relay

// SPDX-License-Identifier: Apache-2.0
// How a tunnel is ended from here (relay/leave.hpp). A WebSocket's two sides hear a Close frame,
// each at the end of a frame (RFC 6455 §5.5.1, §7.1.2), since inside one it would be taken for
// payload.
#include <random>
#include <string>
#include <utility>

#include <culvert/websocket/control.hpp>

#include "relay/tunnel.hpp"

namespace culvert::relay {
namespace {

constexpr unsigned to_origin = 0;  // the direction whose frames are masked

std::uint16_t code_of(Ending why, websocket::Flaw flaw) {
  switch (why) {
    case Ending::idle:
    case Ending::lifetime:
    case Ending::half_closed:
    case Ending::stopped:
    case Ending::websocket_idle: return websocket::going_away;
    case Ending::policy:
    case Ending::budget: return websocket::policy_violation;
    case Ending::client_dead:
    case Ending::origin_dead: return websocket::internal_error;
    case Ending::client_flaw:
    case Ending::origin_flaw:
      return breaks_protocol(flaw) ? websocket::protocol_error : websocket::message_too_big;
    case Ending::client_finished:
    case Ending::origin_finished:
    case Ending::client_reset:
    case Ending::origin_reset: break;  // not ended from here
  }
  return websocket::internal_error;
}

}  // namespace

std::string reason_of(Ending why, websocket::Flaw flaw) {
  switch (why) {
    case Ending::idle: return "silent for too long";
    case Ending::lifetime: return "open for too long";
    case Ending::half_closed: return "the other side has ended";
    case Ending::stopped: return "the proxy is going down";
    case Ending::websocket_idle: return "no message for too long";
    case Ending::policy: return "not allowed any more";
    case Ending::budget: return "daily budget used up";
    case Ending::client_dead: return "the client did not answer a ping";
    case Ending::origin_dead: return "the origin did not answer a ping";
    case Ending::client_flaw: return "the client sent " + std::string(words(flaw));
    case Ending::origin_flaw: return "the origin sent " + std::string(words(flaw));
    case Ending::client_finished:
    case Ending::origin_finished:
    case Ending::client_reset:
    case Ending::origin_reset: break;
  }
  return "";
}

std::string Tunnel::goodbye(unsigned from) const {
  std::optional<websocket::MaskKey> key;
  if (from == to_origin) key = std::random_device{}();
  return websocket::close_frame(code_of(leave_->why, sight_->flaw),
                                reason_of(leave_->why, sight_->flaw), key);
}

/// True when it is known in both directions where a frame ends: what did not go on does not matter.
bool Tunnel::knows_places() const {
  return sight_ && !sight_->taken[0].lost() && !sight_->taken[1].lost();
}

void Tunnel::take_leave(Ending why) {
  if (leaving()) return;
  leave_ = std::make_unique<Leave>(Leave{.why = why});
  for (auto& direction : directions_) direction.unasked = 0;  // nothing waits for its turn any more
  throttle_.leave();
  held_up_ = false;
  owner_->leaving();
  if (sight_) {
    for (const unsigned from : {0U, 1U}) {
      took(from, {});  // what is looked at from now on does not go on any more
      keep_back(from, {});
    }
    if (knows_places()) watch_->close_from_here(code_of(why, sight_->flaw));
  }
  relays_.loop_.wheel().arm(*this, relays_.loop_.now() + leave_half);
  look_again();
}

/// One step of a direction on its way to its end.
Tunnel::Step Tunnel::leave_some(unsigned from) {
  auto& direction = directions_[from];
  if (direction.finishing) return leave_finish(from);
  if (direction.phase == Phase::ended || leave_->said[from]) return leave_drop(from);
  if (direction.pipe && direction.pipe->filled != 0) return move_pipe(from);
  cut_held(from);
  if (direction.held) return move_held(from);
  if (knows_places()) {
    const auto& taken = receiver(from);
    if (!taken.at_boundary()) return read_some(from);
    if (!taken.closing()) {
      direction.held = std::make_unique<std::string>(goodbye(from));
      return move_held(from);
    }
  }
  leave_->said[from] = true;
  leave_if_answered(1 - from);
  leave_if_answered(from);  // with the rest of its frame it may have said all
  return Step::again;
}

/// What lies behind the end of the frame under way is not sent. TLS must first be given once more
/// what it has begun with.
void Tunnel::cut_held(unsigned from) {
  auto& direction = directions_[from];
  const bool is_begun = ends_[1 - from].layer && direction.phase == Phase::blocked;
  if (!direction.held || !knows_places() || is_begun) return;
  const auto left = up_to_boundary(from, *direction.held).size();
  direction.held->resize(left);
  if (left == 0) direction.held.reset();
}

std::string_view Tunnel::up_to_boundary(unsigned from, std::string_view bytes) const {
  auto frames = receiver(from);
  return bytes.substr(0, frames.at_boundary() ? 0 : frames.to_boundary(bytes));
}

/// The rest of a frame, and what lies behind it.
Tunnel::Step Tunnel::leave_read(unsigned from, std::string_view bytes) {
  watch_->drop(side_of(from), bytes);
  const auto rest = knows_places() ? up_to_boundary(from, bytes) : std::string_view();
  const auto step = pass_on(from, rest);
  if (step == Step::gone) return step;
  const auto& held = directions_[from].held;
  took(from, rest.substr(0, rest.size() - (held ? held->size() : 0)));
  return step;
}

bool Tunnel::has_answered(unsigned which) const {
  if (leave_->drained[which] || !knows_places()) return true;
  const auto& frames = watch_->frames(side_of(which));
  return frames.lost() || frames.closing();
}

/// This end hears a finish once all has been said to it, and it has nothing to answer any more.
void Tunnel::leave_if_answered(unsigned which) {
  const unsigned to_it = 1 - which;
  const auto& direction = directions_[to_it];
  const bool is_over = direction.phase == Phase::ended || direction.finishing;
  if (leave_->said[to_it] && !is_over && has_answered(which)) leave_finish(to_it);
}

/// Nothing more goes this way.
Tunnel::Step Tunnel::leave_finish(unsigned from) {
  auto& direction = directions_[from];
  let_go(direction);
  leave_->said[from] = true;
  direction.finishing = !leave_->cut_off[1 - from] && !ends_[1 - from].finish();
  if (direction.finishing) {
    direction.phase = Phase::blocked;
    return Step::pause;
  }
  direction.phase = Phase::ended;
  if (directions_[1 - from].phase == Phase::ended) begin_dropping();
  return Step::again;
}

void Tunnel::begin_dropping() {
  if (std::exchange(leave_->dropping, true)) return;
  relays_.loop_.wheel().arm(*this, relays_.loop_.now() + leave_half);
  look_again();
}

Tunnel::Step Tunnel::leave_drop(unsigned from) {
  if (leave_->drained[from]) return leave_drained(from);
  auto& scratch = *relays_.scratch_;
  const auto got = ends_[from].read(scratch);
  if (got && *got > 0) {
    if (sight_) watch_->drop(side_of(from), {scratch.data(), *got});
    leave_if_answered(from);
    return Step::again;
  }
  if (got || !net::is_would_block(got.error())) return leave_drained(from);
  directions_[from].to_its_end = false;
  return Step::pause;
}

/// Nothing more comes from this end. In the midst of a frame there is no place for a Close.
Tunnel::Step Tunnel::leave_drained(unsigned from) {
  leave_->drained[from] = true;
  const auto& direction = directions_[from];
  const bool goes_on = direction.held || (direction.pipe && direction.pipe->filled != 0);
  const bool is_over = direction.phase == Phase::ended || direction.finishing;
  if (!goes_on && !is_over && !leave_->said[from]) leave_finish(from);
  leave_if_answered(from);
  if (!leave_->dropping || !leave_->drained[1 - from]) return Step::pause;
  leave_end();
  return Step::gone;
}

/// Nothing can be said any more to an end that has failed; the other one still hears its Close, if
/// it can be said at all, and a reset if the rest of a frame has failed with it.
Tunnel::Step Tunnel::leave_failed(unsigned which) {
  const bool lacks = !knows_places() || !receiver(which).at_boundary();
  if (!leave_->said[which] && lacks) leave_->cut_off[1 - which] = true;
  auto& to = directions_[1 - which];
  let_go(to);
  to.finishing = false;
  to.phase = Phase::ended;
  leave_->said[1 - which] = true;
  if (directions_[which].phase == Phase::ended) begin_dropping();
  if (std::exchange(leave_->drained[which], true)) return leave_drained(which);
  look_again();
  return Step::pause;
}

/// Whoever has not come to an end by now does not hear a Close, or does not listen. Who lacks bytes
/// that were on their way is not to take a finish for their end.
void Tunnel::leave_deadline() {
  if (leave_->dropping) return leave_end();
  for (const unsigned from : {0U, 1U}) {
    auto& direction = directions_[from];
    if (direction.phase == Phase::ended) continue;
    const bool lacks = direction.held || (direction.pipe && direction.pipe->filled != 0);
    let_go(direction);
    leave_->cut_off[1 - from] = lacks;
    if (!lacks) ends_[1 - from].finish();
    direction.finishing = false;
    direction.phase = Phase::ended;
    leave_->said[from] = true;
  }
  begin_dropping();
}

void Tunnel::leave_end() {
  for (const unsigned which : {0U, 1U}) {
    if (!leave_->drained[which] || leave_->cut_off[which]) ends_[which].reset_on_close();
  }
  end(leave_->why);
}

}  // namespace culvert::relay

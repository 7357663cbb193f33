// SPDX-License-Identifier: Apache-2.0
// How a WebSocket is ended from here (relay/sight): a Close frame to both sides, each at the end of
// a frame (RFC 6455 §5.5.1, §7.1.2), since inside one it would be taken for payload.
#include <random>
#include <utility>

#include <culvert/websocket/control.hpp>

#include "relay/tunnel.hpp"

namespace culvert::relay {
namespace {

constexpr unsigned to_origin = 0;  // the direction whose frames are masked

const char* reason_of(Ending why) {
  switch (why) {
    case Ending::policy: return "not allowed any more";
    case Ending::budget: return "daily budget used up";
    case Ending::client_finished:
    case Ending::origin_finished:
    case Ending::client_reset:
    case Ending::origin_reset:
    case Ending::idle:
    case Ending::lifetime:
    case Ending::half_closed:
    case Ending::stopped: break;  // not ended in this way
  }
  return "";
}

std::string goodbye(unsigned from, Ending why) {
  std::optional<websocket::MaskKey> key;
  if (from == to_origin) key = std::random_device{}();
  return websocket::close_frame(websocket::policy_violation, reason_of(why), key);
}

}  // namespace

bool Tunnel::take_leave(Ending why) {
  if (leaving()) return true;
  if (!sight_ || sight_->frames[0].lost() || sight_->frames[1].lost()) {
    end(why);
    return false;
  }
  sight_->leaving = true;
  sight_->why = why;
  relays_.loop_.wheel().arm(*this, relays_.loop_.now() + leave_half);
  look_again();
  return true;
}

/// One step of a direction on its way to its end.
Tunnel::Step Tunnel::leave_some(unsigned from) {
  auto& direction = directions_[from];
  if (direction.phase == Phase::ended) return leave_drop(from);
  if (direction.finishing) return leave_finish(from);
  if (direction.pipe && direction.pipe->filled != 0) return move_pipe(from);
  cut_held(from);
  if (direction.held) return move_held(from);
  const auto& frames = sight_->frames[from];
  if (!frames.at_boundary()) return read_some(from);
  if (frames.closing()) return leave_finish(from);
  direction.held = std::make_unique<std::string>(goodbye(from, sight_->why));
  return move_held(from);
}

/// What lies behind the end of the frame under way is not sent. TLS must first be given once more
/// what it has begun with.
void Tunnel::cut_held(unsigned from) {
  auto& direction = directions_[from];
  if (!direction.held || (ends_[1 - from].tls && direction.phase == Phase::blocked)) return;
  direction.unasked = 0;
  const auto left = up_to_boundary(from, *direction.held).size();
  direction.held->resize(left);
  if (left == 0) direction.held.reset();
}

std::string_view Tunnel::up_to_boundary(unsigned from, std::string_view bytes) const {
  auto frames = sight_->frames[from];
  return bytes.substr(0, frames.at_boundary() ? 0 : frames.to_boundary(bytes));
}

/// Nothing more goes this way.
Tunnel::Step Tunnel::leave_finish(unsigned from) {
  auto& direction = directions_[from];
  let_go(direction);
  direction.finishing = !ends_[1 - from].finish();
  if (direction.finishing) {
    direction.phase = Phase::blocked;
    return Step::pause;
  }
  direction.phase = Phase::ended;
  if (directions_[1 - from].phase == Phase::ended) begin_dropping();
  return Step::again;
}

void Tunnel::begin_dropping() {
  if (std::exchange(sight_->dropping, true)) return;
  relays_.loop_.wheel().arm(*this, relays_.loop_.now() + leave_half);
}

Tunnel::Step Tunnel::leave_drop(unsigned from) {
  if (sight_->drained[from]) return leave_drained(from);
  const auto got = ends_[from].read(*relays_.scratch_);
  if (got && *got > 0) return Step::again;
  if (got || !net::is_would_block(got.error())) return leave_drained(from);
  directions_[from].to_its_end = false;
  return Step::pause;
}

/// Nothing more comes from this end.
Tunnel::Step Tunnel::leave_drained(unsigned from) {
  sight_->drained[from] = true;
  if (directions_[from].phase != Phase::ended && !directions_[from].finishing) leave_finish(from);
  if (!sight_->dropping || !sight_->drained[1 - from]) return Step::pause;
  end(sight_->why);
  return Step::gone;
}

/// Nothing can be said any more to an end that has failed; the other one still hears its Close, if
/// it can be said at all.
Tunnel::Step Tunnel::leave_failed(unsigned which) {
  auto& to = directions_[1 - which];
  let_go(to);
  to.finishing = false;
  to.phase = Phase::ended;
  if (directions_[which].phase == Phase::ended) begin_dropping();
  if (std::exchange(sight_->drained[which], true)) return leave_drained(which);
  look_again();
  return Step::pause;
}

/// Whoever has not come to an end by now does not hear a Close, or does not listen.
void Tunnel::leave_deadline() {
  if (sight_->dropping) {
    for (const unsigned which : {0U, 1U}) {
      if (!sight_->drained[which]) reset_on_close(fd(which));
    }
    return end(sight_->why);
  }
  for (const unsigned from : {0U, 1U}) {
    auto& direction = directions_[from];
    if (direction.phase == Phase::ended) continue;
    let_go(direction);
    ends_[1 - from].finish();
    direction.finishing = false;
    direction.phase = Phase::ended;
  }
  begin_dropping();
  look_again();
}

}  // namespace culvert::relay

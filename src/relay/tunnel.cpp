// SPDX-License-Identifier: Apache-2.0
#include "relay/tunnel.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include <fcntl.h>

namespace culvert::relay {
namespace {

constexpr int moves_a_turn = 16;
// In bulk a read that brings less than this goes back to copying.
constexpr std::size_t small_splice = 16UL * 1024;

std::unique_ptr<std::string> held(std::string bytes) {
  return bytes.empty() ? nullptr : std::make_unique<std::string>(std::move(bytes));
}

std::error_code system_error(int number) {
  return {number, std::system_category()};
}

}  // namespace

Tunnel::Tunnel(Relays& relays, Ends ends, const Limits& limits, std::unique_ptr<Owner> owner)
    : relays_(relays),
      ends_{std::move(ends.client), std::move(ends.origin)},
      limits_(limits),
      begun_(relays.loop_.now()),
      active_(relays.loop_.now()),
      owner_(std::move(owner)),
      throttle_(owner_->meter()),
      watch_(std::move(ends.websocket)),
      sight_(watch_ ? std::make_unique<Sight>() : nullptr),
      may_be_tls_(ends.may_be_tls),
      overhearing_(std::move(ends.overhearing)) {
  directions_[0].held = held(std::move(ends.to_origin));
  directions_[1].held = held(std::move(ends.to_client));
  for (auto& direction : directions_) {
    if (throttle_.metered() && direction.held) {
      direction.unasked = static_cast<std::uint32_t>(direction.held->size());
    }
  }
}

Tunnel::~Tunnel() {
  for (auto& direction : directions_) let_go(direction);
  for (const auto& end : ends_) relays_.loop_.forget(end.number());
}

void Tunnel::start() {
  for (const auto& end : ends_) relays_.loop_.hand_over(end.number(), *this);
  look_again();  // hints may have been given before
  re_arm();
  for (const unsigned from : {0U, 1U}) {
    const auto& held = directions_[from].held;
    if (held) feel(from, *held);
    if (held && overhearing_) overhear_held(from, *held);
    look_at_held(from);
  }
}

/// Looks at both ends in the next turn.
void Tunnel::look_again() {
  for (const auto& end : ends_) {
    relays_.loop_.again(end.number(), net::readable | net::ended);
  }
}

/// What was read and not passed on goes with it.
void Tunnel::let_go(Direction& direction) {
  direction.held.reset();
  if (direction.pipe) relays_.pipes_.give_back(std::move(direction.pipe));
}

void Tunnel::on_ready(int descriptor, std::uint8_t hints) {
  const unsigned which = descriptor == fd(0) ? 0 : 1;
  if (ends_[which].layer) hints |= net::readable | net::writable;
  if ((hints & net::ended) != 0) directions_[which].to_its_end = true;
  if ((hints & net::readable) != 0 && !pump(which)) return;
  const bool unread = held_up_ || directions_[which].phase != Phase::waiting;
  if ((hints & net::broken) != 0 && unread && !check_broken(which)) {
    return;
  }
  if ((hints & net::writable) != 0 && directions_[1 - which].phase == Phase::blocked) {
    pump(1 - which);
  }
}

/// A failed end that is not being read just now. One that is read gives its last bytes first, and
/// then its error.
bool Tunnel::check_broken(unsigned which) {
  const auto error = ends_[which].pending_error();
  return !error || failed(which, error) != Step::gone;
}

bool Tunnel::pump(unsigned from) {
  for (int i = 0; i < moves_a_turn; ++i) {
    switch (move_some(from)) {
      case Step::again: break;
      case Step::pause: return true;
      case Step::gone: return false;
    }
  }
  relays_.loop_.again(fd(from), net::readable);
  return true;
}

/// What was read goes first; only then is more read.
Tunnel::Step Tunnel::move_some(unsigned from) {
  auto& direction = directions_[from];
  if (leaving()) return leave_some(from);
  if (direction.phase == Phase::ended) return Step::pause;
  if (direction.finishing) return pass_finish(from);
  if (direction.held) return move_held(from);
  if (direction.pipe && direction.pipe->filled != 0) return move_pipe(from);
  if (throttle_.metered() && !has_turn(ends_[from].unread())) return Step::pause;
  return read_some(from);
}

Tunnel::Step Tunnel::read_some(unsigned from) {
  auto& direction = directions_[from];
  if (direction.bulk.spliced() && may_splice(from)) {
    if (!direction.pipe) direction.pipe = relays_.pipes_.borrow();
    if (direction.pipe) return splice_in(from);
  }
  return copy_in(from);
}

/// Not where bytes must be looked at, and not for a few.
bool Tunnel::may_splice(unsigned from) const {
  if (ends_[0].layer || ends_[1].layer) return false;
  if (sight_ && watch_->payload_left(side_of(from)) < small_splice) return false;
  return most_at_once(small_splice) == small_splice;
}

/// What was read in here has had its turn; what came with the ends has turns of its own. Under TLS
/// what was begun must come again, so a piece stays the same until it has gone.
Tunnel::Step Tunnel::move_held(unsigned from) {
  auto& direction = directions_[from];
  if (direction.unasked == direction.held->size()) {
    if (!has_turn(direction.unasked)) return Step::pause;
    direction.unasked -= static_cast<std::uint32_t>(throttle_.allowed(direction.unasked));
  }
  const auto piece =
      std::string_view(*direction.held).substr(0, direction.held->size() - direction.unasked);
  const auto sent = ends_[1 - from].write(piece);
  if (!sent) {
    if (!net::is_would_block(sent.error())) return failed(1 - from, sent.error());
    direction.phase = Phase::blocked;
    return Step::pause;
  }
  const auto bytes = *sent;
  if (sight_) took(from, {direction.held->data(), bytes});
  if (bytes == direction.held->size()) {
    direction.held.reset();
  } else {
    direction.held->erase(0, bytes);
  }
  passed(from, bytes);
  return catch_up(from);
}

Tunnel::Step Tunnel::move_pipe(unsigned from) {
  auto& direction = directions_[from];
  const auto sent = splice(direction.pipe->out.number(), nullptr, fd(1 - from), nullptr,
                           direction.pipe->filled, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
  if (sent < 0) {
    if (errno != EAGAIN) return failed(1 - from, system_error(errno));
    direction.phase = Phase::blocked;
    return Step::pause;
  }
  direction.pipe->filled -= static_cast<std::size_t>(sent);
  if (sight_) watch_->goes_on(side_of(from), relays_.loop_.now());
  passed(from, static_cast<std::size_t>(sent));
  return catch_up(from);
}

void Tunnel::passed(unsigned from, std::size_t bytes) {
  auto& direction = directions_[from];
  direction.bytes += bytes;
  const auto now = relays_.loop_.now();
  // While it was blocked what its source says was not read.
  if (sight_ && direction.phase == Phase::blocked) watch_->excuse(side_of(from), now);
  direction.phase = Phase::waiting;
  active_ = now;
  if (throttle_.metered() && !throttle_.moved(bytes, now)) take_leave(Ending::budget);
}

Tunnel::Step Tunnel::copy_in(unsigned from) {
  auto& direction = directions_[from];
  if (direction.pipe) relays_.pipes_.give_back(std::move(direction.pipe));
  if (watch_) watch_->expect(side_of(from));
  const auto kept = kept_back(from);
  const auto room = std::span(*relays_.scratch_).subspan(kept, most_at_once(Relays::scratch_bytes));
  const auto got = ends_[from].read(room);
  if (!got) {
    if (!net::is_would_block(got.error())) return failed(from, got.error());
    direction.to_its_end = false;
    return Step::pause;
  }
  if (*got == 0) return pass_finish(from);
  direction.bulk.saw(*got, room.size());
  const auto step = pass_read(from, kept + *got, kept);
  if (step == Step::gone) return step;  // and so is `direction`
  // A short read has emptied the socket: what comes next is a new hint. TLS may hold more.
  const bool emptied = *got < room.size() && !direction.to_its_end && !ends_[from].layer;
  return emptied && step == Step::again && !leaving() ? Step::pause : step;
}

/// Of bytes that are hidden: do they beat? Who opens TLS is the client.
void Tunnel::feel(unsigned from, std::string_view bytes) {
  const auto now = relays_.loop_.now();
  if (may_be_tls_ && from == 0) {
    may_be_tls_ = false;
    if (Pulse::begins_tls(bytes)) pulse_ = std::make_unique<Pulse>(now);
  }
  if (pulse_) pulse_->saw(from, bytes, now);
}

/// Bytes in the worker's scratch, of which the first were `seen` before.
Tunnel::Step Tunnel::pass_read(unsigned from, std::size_t bytes, std::size_t seen) {
  const std::string_view read(relays_.scratch_->data(), bytes);
  if (leaving()) return leave_read(from, read);
  feel(from, read);
  if (overhearing_) [[unlikely]]
    return pass_overheard(from, read);
  return sight_ ? pass_looked(from, bytes, seen) : pass_on(from, read);
}

/// What does not go now is kept.
Tunnel::Step Tunnel::pass_on(unsigned from, std::string_view bytes) {
  if (bytes.empty()) return Step::again;
  auto& direction = directions_[from];
  const auto sent = ends_[1 - from].write(bytes);
  if (!sent && !net::is_would_block(sent.error())) return failed(1 - from, sent.error());
  const auto taken = sent.value_or(0);
  if (taken < bytes.size()) {
    direction.held = std::make_unique<std::string>(bytes.substr(taken));
  }
  passed(from, taken);
  if (!direction.held) return Step::again;
  direction.phase = Phase::blocked;
  return Step::pause;
}

std::size_t Tunnel::splice_bytes(unsigned from) const {
  const auto most = most_at_once(Pipes::wanted_bytes);
  if (!sight_) return most;
  return static_cast<std::size_t>(
      std::min<std::uint64_t>(most, watch_->payload_left(side_of(from))));
}

Tunnel::Step Tunnel::splice_in(unsigned from) {
  auto& direction = directions_[from];
  const auto got = splice(fd(from), nullptr, direction.pipe->in.number(), nullptr,
                          splice_bytes(from), SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
  if (got < 0 && errno != EAGAIN) return failed(from, system_error(errno));
  // At urgent data splice() finds nothing, or an end that is none: only recv() is believed.
  if (got <= 0) return copy_in(from);
  direction.pipe->filled = static_cast<std::size_t>(got);
  const auto now = relays_.loop_.now();
  if (sight_) {
    watch_->skip(side_of(from), static_cast<std::size_t>(got), now);
    if (direction.behind) sight_->taken[from].skip(static_cast<std::size_t>(got));
  }
  if (pulse_) pulse_->skipped(from, now);
  if (direction.pipe->filled < small_splice) direction.bulk = Bulk();
  return Step::again;
}

Tunnel::Step Tunnel::pass_finish(unsigned from) {
  if (leaving()) return leave_drained(from);
  auto& direction = directions_[from];
  if (direction.keeps) {  // no more will come of it
    direction.keeps = false;
    direction.held = held(std::exchange(sight_->kept[from], {}));
    return Step::again;
  }
  if (sight_) watch_->finished(side_of(from));
  const bool second = half_closed();
  auto& to = ends_[1 - from];
  // What is closed next needs no FIN before; TLS wants its last word all the same.
  direction.finishing = (!second || to.layer) && !to.finish();
  if (direction.finishing) {
    direction.phase = Phase::blocked;
    return Step::pause;
  }
  direction.phase = Phase::ended;
  if (direction.pipe) relays_.pipes_.give_back(std::move(direction.pipe));
  if (second) {
    end(from == 0 ? Ending::origin_finished : Ending::client_finished);
    return Step::gone;
  }
  active_ = relays_.loop_.now();
  re_arm();
  return Step::pause;
}

Tunnel::Step Tunnel::failed(unsigned which, std::error_code error) {
  if (leaving()) return leave_failed(which);
  ends_[1 - which].reset_on_close();
  end(which == 0 ? Ending::client_reset : Ending::origin_reset, error);
  return Step::gone;
}

bool Tunnel::half_closed() const {
  return directions_[0].phase == Phase::ended || directions_[1].phase == Phase::ended;
}

/// Who waits for its turn is not silent.
Due Tunnel::due_now() const {
  const auto turn = throttle_.turn();
  const Clocks clocks{
      .begun = begun_, .active = std::max(active_, turn), .used = std::max(used(), turn)};
  const auto first = due(limits_, clocks, half_closed() || closing());
  if (leave_at_ < first.when) return {.when = leave_at_, .why = Ending::stopped};
  return first;
}

void Tunnel::re_arm() {
  auto when = due_now().when;
  if (sight_) when = std::min({when, watch_->due().when, silent_at()});
  relays_.loop_.wheel().arm(*this, held_up_ ? std::min(when, throttle_.turn()) : when);
}

void Tunnel::leave_at(TimePoint when) {
  leave_at_ = when;
  if (!leaving()) re_arm();
}

/// Activity only sets a clock; whether the limit really has come is looked at here.
void Tunnel::on_deadline() {
  const auto now = relays_.loop_.now();
  if (leaving()) return leave_deadline();
  if (const auto first = due_now(); first.when <= now) return take_leave(first.why);
  if (sight_ && !see_to(now)) return;
  if (held_up_ && throttle_.turn() <= now) return take_turns();
  re_arm();
}

/// Only bytes that are there wait in line: neither an end nor a hint without cause costs anything.
bool Tunnel::has_turn(std::size_t waiting) {
  if (held_up_) return false;
  const auto now = relays_.loop_.now();
  held_up_ = throttle_.ask(now, waiting) > now;
  if (held_up_) re_arm();
  return !held_up_;
}

/// Both directions may read again, each first every other time: there may be no more than one of
/// them can use.
void Tunnel::take_turns() {
  held_up_ = false;
  active_ = relays_.loop_.now();
  if (sight_) watch_->excuse_both(active_);
  const unsigned first = origin_first_ ? 1 : 0;
  origin_first_ = !origin_first_;
  if (!pump(first) || !pump(1 - first)) return;
  if (!armed()) re_arm();
}

void Tunnel::end(Ending why, std::error_code error) {
  const Outcome outcome{.ending = why,
                        .error = error,
                        .flaw = sight_ ? sight_->flaw : websocket::Flaw::none,
                        .websocket = sight_ ? &watch_->facts() : nullptr,
                        .inferred_heartbeat = pulse_ ? pulse_->latest_period() : milliseconds(0),
                        .bytes_up = directions_[0].bytes,
                        .bytes_down = directions_[1].bytes};
  // The owner goes first, and with it the meter: who sees the end may come again at once, and what
  // it held must be free.
  throttle_.leave();
  const std::unique_ptr<Tunnel> self(this);
  const auto owner = std::move(owner_);
  (previous_ == nullptr ? relays_.first_ : previous_->next_) = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
  --relays_.open_;
  owner->ended(outcome);
}

Relays::Relays(net::Loop& loop)
    : loop_(loop), scratch_(std::make_unique<std::array<char, scratch_bytes + more_bytes>>()) {}

Relays::~Relays() {
  stop_all();
}

void Relays::start(Ends ends, const Limits& limits, std::unique_ptr<Owner> owner) {
  auto* tunnel = new Tunnel(*this, std::move(ends), limits, std::move(owner));
  tunnel->next_ = first_;
  if (first_ != nullptr) first_->previous_ = tunnel;
  first_ = tunnel;
  ++open_;
  tunnel->leave_at_ = last_;
  tunnel->start();
}

void Relays::judge() {
  for (auto* tunnel = first_; tunnel != nullptr; tunnel = tunnel->next_) {
    if (!tunnel->leaving() && !tunnel->owner_->still_allowed()) tunnel->take_leave(Ending::policy);
  }
}

void Relays::drain(TimePoint last) {
  last_ = last;
  std::vector<Tunnel*> websockets;  // the youngest first
  for (auto* tunnel = first_; tunnel != nullptr; tunnel = tunnel->next_) {
    tunnel->leave_at(last);
    if (tunnel->seems_websocket()) websockets.push_back(tunnel);
  }
  const auto now = loop_.now();
  const auto step = (last - now) / static_cast<std::int64_t>(websockets.size() + 1);
  auto when = last;
  for (auto* tunnel : websockets) tunnel->leave_at(when -= step);
}

void Relays::stop_all() {
  // Each end() takes its tunnel out of the list; the analyzer does not see that.
  while (first_ != nullptr)
    first_->end(Ending::stopped);  // NOLINT(clang-analyzer-cplusplus.NewDelete)
}

}  // namespace culvert::relay

// SPDX-License-Identifier: Apache-2.0
#include "proxy/body.hpp"

#include <algorithm>
#include <utility>

#include <culvert/error.hpp>
#include <culvert/http1/hop.hpp>

#include "net/waiter.hpp"
#include "proxy/stall.hpp"

namespace culvert::proxy {

using http1::Framing;

namespace {

constexpr int moves_a_turn = 16;
// What our own framing adds to what was read: not worth a turn of its own.
constexpr std::size_t framing_bytes = 64;

/// The place in line is given back with the message's last byte, however long the pump lives on.
struct LeaveAtEnd {
  relay::Throttle& throttle;
  ~LeaveAtEnd() { throttle.leave(); }
};

}  // namespace

BodyPump::BodyPump(Worker& worker, Ends ends, Message message, Activity& activity,
                   const config::Timeouts& timeouts, Pace pace, relay::Meter* meter)
    : worker_(worker),
      ends_(ends),
      message_(std::move(message)),
      activity_(activity),
      idle_(timeouts.body_idle),
      stall_(longest_stall(timeouts)),
      pace_(pace),
      throttle_(meter),
      chunks_(message_.limits) {
  left_ = message_.from.length;
  finished_ = message_.from.kind == Framing::Kind::none ||
              (message_.from.kind == Framing::Kind::length && left_ == 0);
}

std::unexpected<BodyFailure> BodyPump::at_source(std::error_code why) {
  return std::unexpected(BodyFailure{.at = BodyFailure::At::source, .why = why});
}

std::unexpected<BodyFailure> BodyPump::at_sink(std::error_code why) {
  return std::unexpected(BodyFailure{.at = BodyFailure::At::sink, .why = why});
}

net::Task<BodyPump::Outcome> BodyPump::run() {
  const LeaveAtEnd leaves{throttle_};
  if (finished_ || ends_.inbox.empty()) {
    auto sent = co_await send_some({});
    if (!sent) co_return sent;
  }
  for (int moves = 1; !finished_; ++moves) {
    if (used_up_) co_return at_source(Errc::budget_used_up);
    if (moves % moves_a_turn == 0) co_await net::yield(worker_.loop());
    auto moved = co_await move_some();
    if (!moved) co_return moved;
  }
  co_return Outcome();
}

/// One step: what waits in the inbox, or else what the source has.
net::Task<BodyPump::Outcome> BodyPump::move_some() {
  if (!ends_.inbox.empty()) {
    if (throttle_.metered()) co_return co_await move_slice_of_inbox();
    const auto waiting = ends_.inbox.take_all();
    co_return co_await pass_on(waiting);
  }
  if (const auto error = co_await wait_for_source()) co_return at_source(error);
  auto room = worker_.scratch();
  if (throttle_.metered()) {
    if (const auto error = co_await wait_for_turn(most_to_come())) co_return at_source(error);
    room = worker_.scratch().first(throttle_.allowed(room.size()));
  }
  const auto got = ends_.source.try_read(room);
  if (!got && net::is_would_block(got.error())) co_return Outcome();
  if (!got) co_return at_source(got.error());
  if (*got == 0) co_return co_await end_of_source();
  activity_.last = worker_.loop().now();
  co_return co_await pass_on({worker_.scratch().data(), *got});
}

net::Task<BodyPump::Outcome> BodyPump::move_slice_of_inbox() {
  auto& inbox = ends_.inbox;
  if (const auto error = co_await wait_for_turn(inbox.view().size())) co_return at_source(error);
  const auto slice = inbox.take(throttle_.allowed(inbox.view().size()));
  co_return co_await pass_on(slice);
}

/// What the source may still send, as far as that is known.
std::size_t BodyPump::most_to_come() const {
  return message_.from.kind == Framing::Kind::length ? left_ : SIZE_MAX;
}

net::Task<std::error_code> BodyPump::wait_for_turn(std::size_t waiting) {
  const auto& loop = worker_.loop();
  const auto turn = throttle_.ask(loop.now(), waiting);
  if (turn <= loop.now()) co_return std::error_code();
  ++activity_.at_sinks;
  held_until_ = net::never;
  const auto error = co_await (ends_.way == Way::up ? ends_.sink.write_not_before(turn)
                                                    : ends_.source.wait_until(turn));
  --activity_.at_sinks;
  activity_.last = held_until_ = loop.now();
  co_return error;
}

net::Task<std::error_code> BodyPump::wait_for_source() {
  const auto& loop = worker_.loop();
  while (true) {
    const auto begun = loop.now();
    const auto too_slow = pace_.until(begun);
    const Patience patience{.limit = idle_, .since = activity_.last, .at_most = too_slow};
    const auto error = co_await wait_readable(ends_.source, patience);
    pace_.waited(loop.now() - begun);
    const bool silent = error == Errc::timed_out && loop.now() < too_slow;
    if (!silent || !is_source_excused()) co_return error;
    activity_.last = loop.now();
  }
}

/// A source that is silent may have a reason: it waits for leave to send, the other side takes
/// nothing, or it is busy taking what it was sent, of which the system may hold megabytes.
bool BodyPump::is_source_excused() {
  const auto before = std::exchange(untaken_, ends_.source.unacknowledged());
  const bool takes = untaken_ > 0 && untaken_ < before;
  return held_back_ || activity_.at_sinks > 0 || takes;
}

void BodyPump::go_ahead() {
  if (std::exchange(held_back_, false)) activity_.last = worker_.loop().now();
}

/// Sends on what of these bytes belongs to the body; the rest is for whoever reads next. They may
/// lie in the worker's scratch: all use of them is before the first wait.
net::Task<BodyPump::Outcome> BodyPump::pass_on(std::string_view bytes) {
  std::size_t used = 0;
  std::string_view out;
  if (const auto error = digest(bytes, out, used)) co_return at_source(error);
  ends_.inbox.put_back(bytes.substr(used));
  co_return co_await send_some(out);
}

net::Task<BodyPump::Outcome> BodyPump::end_of_source() {
  if (message_.from.kind != Framing::Kind::until_close)
    co_return at_source(Errc::connection_terminated);
  finished_ = true;
  if (message_.to.kind == Framing::Kind::chunked) co_return co_await send_some(http1::last_chunk);
  co_return Outcome();
}

/// Sends bytes that may lie in the worker's scratch, behind the head if it waits still: what does
/// not go at once is kept here, and waits. Of what is metered, only a head and what is larger than
/// the source made it (trailers, which come last) have turns to wait for.
net::Task<BodyPump::Outcome> BodyPump::send_some(std::string_view bytes) {
  const auto head = std::exchange(message_.head, {});
  std::string with_head;
  if (!head.empty()) {
    with_head.reserve(head.size() + bytes.size());
    bytes = with_head.append(head).append(bytes);
  }
  if (throttle_.metered() && (!head.empty() || needs_turns(bytes))) {
    co_return co_await send_in_turns(head.empty() ? std::string(bytes) : std::move(with_head));
  }
  const auto sent = bytes.empty() ? Result<std::size_t>(0) : ends_.sink.try_write(bytes);
  if (!sent) co_return at_sink(sent.error());
  took(*sent);
  if (*sent == bytes.size()) co_return Outcome();
  co_return co_await send_rest(std::string(bytes.substr(*sent)));
}

/// True of more than what was read with the latest turn comes to.
bool BodyPump::needs_turns(std::string_view bytes) const {
  return bytes.size() > throttle_.allowed(bytes.size()) + framing_bytes;
}

net::Task<BodyPump::Outcome> BodyPump::send_in_turns(std::string bytes) {
  for (std::string_view left = bytes; !left.empty();) {
    if (const auto error = co_await wait_for_turn(left.size())) co_return at_source(error);
    const auto piece = left.substr(0, throttle_.allowed(left.size()));
    left.remove_prefix(piece.size());
    auto sent = co_await send_rest(std::string(piece));
    if (!sent) co_return sent;
  }
  co_return Outcome();
}

net::Task<BodyPump::Outcome> BodyPump::send_rest(std::string rest) {
  for (std::string_view left = rest; !left.empty();) {
    const auto sent = ends_.sink.try_write(left);
    if (!sent) co_return at_sink(sent.error());
    left.remove_prefix(*sent);
    if (*sent > 0) {
      took(*sent);
    } else if (const auto error = co_await wait_for_sink()) {
      co_return at_sink(error);
    }
  }
  co_return Outcome();
}

void BodyPump::took(std::size_t bytes) {
  written_ += bytes;
  activity_.last = worker_.loop().now();
  if (throttle_.metered() && !throttle_.moved(bytes, activity_.last)) used_up_ = true;
}

net::Task<std::error_code> BodyPump::wait_for_sink() {
  ++activity_.at_sinks;
  const auto error = co_await ends_.sink.wait_for_room(stall_);
  --activity_.at_sinks;
  activity_.last = worker_.loop().now();
  co_return error;
}

/// The last chunk and the trailers that go on (RFC 9112 §7.1.2).
std::string BodyPump::last_chunk() const {
  const auto trailers = http1::trailers_to_forward(chunks_.trailers(), message_.fields);
  return "0\r\n" + trailers + "\r\n";
}

/// Takes body bytes off the front of `bytes`; `out` is what is to be written for them.
std::error_code BodyPump::digest(std::string_view bytes, std::string_view& out, std::size_t& used) {
  started_ = true;
  held_back_ = false;
  pace_.begin();
  switch (message_.from.kind) {
    case Framing::Kind::none: break;
    case Framing::Kind::length:
      used = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
      left_ -= used;
      pace_.came(used);
      finished_ = left_ == 0;
      out = bytes.substr(0, used);
      break;
    case Framing::Kind::until_close:
      used = bytes.size();
      out = bytes;
      pace_.came(used);
      if (message_.to.kind == Framing::Kind::chunked) {
        rewritten_ = http1::chunk_head(bytes.size());
        rewritten_.append(bytes).append(http1::chunk_tail);
        out = rewritten_;
      }
      break;
    case Framing::Kind::chunked: {
      rewritten_.clear();
      if (const auto error = unchunk(bytes, used)) return error;
      out = rewritten_;
      break;
    }
  }
  return {};
}

std::error_code BodyPump::unchunk(std::string_view bytes, std::size_t& used) {
  const bool rechunk = message_.to.kind == Framing::Kind::chunked;
  while (used < bytes.size() && !finished_) {
    const auto step = chunks_.step(bytes.substr(used));
    if (!step) return step.error();
    used += step->consumed;
    finished_ = step->finished;
    pace_.came(step->data.size());  // and not what is around it: that costs the sender less
    if (!step->data.empty()) {
      if (rechunk) rewritten_ += http1::chunk_head(step->data.size());
      rewritten_ += step->data;
      if (rechunk) rewritten_ += http1::chunk_tail;
    }
  }
  if (finished_ && rechunk) rewritten_ += last_chunk();
  return {};
}

}  // namespace culvert::proxy

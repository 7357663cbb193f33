// SPDX-License-Identifier: Apache-2.0
#include "proxy/carrier.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <culvert/error.hpp>

#include "proxy/stall.hpp"
#include "proxy/worker.hpp"

namespace culvert::proxy {
namespace {

constexpr int moves_a_turn = 16;
constexpr std::size_t most_output = 64UL * 1024;
// Requests may be on their way when the end is announced (RFC 9113 §6.8): so long they are taken.
constexpr net::milliseconds notice{1000};
constexpr net::milliseconds drop_time{1000};
constexpr std::size_t drop_bytes = 1UL << 20;
// How long a peer may take nothing of the last bytes of a stream that nobody has any more: once to
// twice this.
constexpr net::milliseconds most_linger{30'000};

std::error_code lost_connection() {
  return {ECONNRESET, std::system_category()};
}

}  // namespace

Carrier::Carrier(Worker& worker, net::Connection connection, http2::Role role,
                 const http2::Settings& settings, const http2::FrameMeter::Limits& limits)
    : worker_(worker),
      connection_(std::move(connection)),
      engine_(role, settings, *this),
      meter_(limits, role == http2::Role::server ? http2::FrameMeter::Begins::with_preface
                                                 : http2::FrameMeter::Begins::with_frames),
      number_(worker.loop().take_number()),
      idle_since_(worker.loop().now()) {}

Carrier::~Carrier() {
  streams_.clear();
  worker_.loop().give_back_number(number_);
  if (connection_.number() != -1) worker_.loop().forget(connection_.number());
}

void Carrier::start(std::string_view received) {
  auto& loop = worker_.loop();
  loop.hand_over(number_, *this);
  loop.hand_over(connection_.number(), *this);
  head_since_ = loop.now();  // its settings, which come first
  early_ = received;
  loop.again(connection_.number(), net::readable | net::ended);  // hints may have come before us
  see_to_soon();
}

void Carrier::see_to_soon() {
  if (!std::exchange(is_asked_, true)) worker_.loop().soon(number_, net::writable);
}

void Carrier::note_over(const CarriedStream& stream) {
  if (stream.over()) some_over_ = true;
  if (stream.lingers() && lingers_since_ == net::never) lingers_since_ = worker_.loop().now();
  see_to_soon();
}

void Carrier::reset_soon(CarriedStream& stream, std::uint32_t code) {
  resets_.push_back({.stream = &stream, .code = code});
  see_to_soon();
}

void Carrier::reset_some() {
  for (const auto& [stream, code] : std::exchange(resets_, {})) {
    if (!stream->over()) engine_.reset(*stream, code);
  }
}

CarriedStream& Carrier::add(CarriedStream::Speech speech) {
  auto& stream = *streams_.emplace_back(std::make_unique<CarriedStream>(*this, std::move(speech)));
  return stream;
}

void Carrier::on_ready(int number, std::uint8_t hints) {
  if (number == number_) return see_to();
  if (phase_ == Phase::dropping) return drop();
  if ((hints & net::readable) != 0 || connection_.layer) pump();
  if (!unsent_.empty()) see_to_soon();
}

/// Reads what is there.
void Carrier::pump() {
  const auto scratch = worker_.scratch();
  if (!early_.empty() && !receive(std::exchange(early_, {}))) return see_to_soon();
  for (int i = 0; i < moves_a_turn; ++i) {
    if (phase_ == Phase::closing || phase_ == Phase::over) return;
    const auto got = connection_.read(scratch);
    if (!got && net::is_would_block(got.error())) return see_to_soon();
    if (!got || *got == 0) return lost(got ? lost_connection() : got.error());
    if (!receive({scratch.data(), *got})) return see_to_soon();
  }
  worker_.loop().again(connection_.number(), net::readable);
  see_to_soon();
}

/// False when the peer has broken a rule that ends the connection.
bool Carrier::receive(std::string_view bytes) {
  const auto now = worker_.loop().now();
  bool sound = meter_.saw(bytes, now);
  if (!sound) engine_.terminate(http2::enhance_your_calm);
  if (sound) sound = engine_.receive(bytes).has_value();
  if (sound && !meter_.spoilt(engine_.take_spoilt(), now)) {
    engine_.terminate(http2::enhance_your_calm);
    sound = false;
  }
  if (!meter_.in_head()) {
    head_since_ = net::never;
  } else if (head_since_ == net::never) {
    head_since_ = now;
  }
  if (!sound) begin_closing();
  return sound;
}

/// At the end of a turn in which something happened: what is to be sent goes, and what is over.
/// May destroy this.
void Carrier::see_to() {
  is_asked_ = false;
  if (phase_ != Phase::over && phase_ != Phase::dropping) {
    const bool has_resets = !resets_.empty();
    bool sound = flush();
    reset_some();
    if (has_resets && sound) sound = flush();
    if (!sound) return lost(lost_connection());
    if (phase_ == Phase::leaving && streams_.empty()) begin_closing();
    const bool said = unsent_.empty() && !engine_.wants_to_send();
    if (said && (phase_ == Phase::closing || engine_.done())) begin_dropping();
  }
  if (std::exchange(some_over_, false)) remove_over();
  if (phase_ == Phase::over && streams_.empty()) return worker_.remove(*this);
  re_arm();
}

/// False when the connection has failed.
bool Carrier::flush() {
  if (!flush_unsent()) return false;
  auto& output = worker_.output();
  for (int i = 0; i < moves_a_turn && unsent_.empty(); ++i) {
    output.clear();
    engine_.send(output, most_output);
    meter_.gave(engine_.take_data_frames());
    if (output.empty()) return true;
    const auto sent = write(output);
    if (!sent) return false;
    if (*sent == output.size()) continue;
    unsent_.assign(output, *sent);
    blocked_since_ = worker_.loop().now();
    untaken_ = connection_.unacknowledged();
  }
  if (unsent_.empty()) see_to_soon();
  return true;
}

/// What the socket did not take before. False when the connection has failed.
bool Carrier::flush_unsent() {
  if (unsent_.empty()) return true;
  const auto sent = write(unsent_);
  if (!sent) return false;
  unsent_.erase(0, *sent);
  if (*sent > 0) blocked_since_ = worker_.loop().now();
  if (!unsent_.empty()) return true;
  blocked_since_ = net::never;
  std::string().swap(unsent_);
  return true;
}

/// How much goes until the socket takes nothing: only then a hint follows.
Result<std::size_t> Carrier::write(std::string_view bytes) {
  std::size_t gone = 0;
  while (gone < bytes.size()) {
    const auto sent = connection_.write(bytes.substr(gone));
    if (!sent && net::is_would_block(sent.error())) break;
    if (!sent) return sent;
    gone += *sent;
  }
  return gone;
}

void Carrier::leave() {
  if (phase_ != Phase::serving) return;
  phase_ = Phase::leaving;
  phase_since_ = worker_.loop().now();
  engine_.announce_end();
  see_to_soon();
}

void Carrier::abort() {
  if (phase_ == Phase::over) return;
  lose_streams(Errc::aborted);
  close();
}

void Carrier::lost(std::error_code why) {
  lose_streams(why);
  close();
}

void Carrier::begin_closing() {
  if (phase_ == Phase::closing) return;
  phase_ = Phase::closing;
  phase_since_ = worker_.loop().now();
  if (engine_.error() == 0) engine_.terminate(http2::no_error);
  see_to_soon();
}

/// All has been said. A close while the peer still sends would be a reset, which takes from the
/// peer what it has not read yet.
void Carrier::begin_dropping() {
  phase_ = Phase::dropping;
  phase_since_ = worker_.loop().now();
  const bool broken = engine_.error() != http2::no_error;
  lose_streams(broken ? make_error_code(Errc::http_protocol_error) : lost_connection());
  finished_ = connection_.finish();
  worker_.loop().again(connection_.number(), net::readable);
}

void Carrier::drop() {
  if (!finished_) finished_ = connection_.finish();
  const auto scratch = worker_.scratch();
  for (int i = 0; i < moves_a_turn; ++i) {
    const auto got = connection_.read(scratch);
    if (!got && net::is_would_block(got.error())) return;
    if (!got || *got == 0) return close();
    dropped_ += *got;
    if (dropped_ > drop_bytes) return close();
  }
  worker_.loop().again(connection_.number(), net::readable);
}

void Carrier::close() {
  if (phase_ == Phase::over) return;
  phase_ = Phase::over;
  if (connection_.number() != -1) worker_.loop().forget(connection_.number());
  connection_ = net::Connection();
  on_end_of_connection(engine_.error());
  see_to_soon();
}

void Carrier::lose_streams(std::error_code why) {
  for (const auto& stream : streams_) stream->lose(why);
  some_over_ = true;
}

void Carrier::remove_over() {
  for (std::size_t i = 0; i < streams_.size();) {
    if (!streams_[i]->over()) {
      ++i;
      continue;
    }
    if (i + 1 != streams_.size()) {
      std::swap(streams_[i], streams_.back());
    }
    streams_.pop_back();
  }
  if (streams_.empty()) idle_since_ = worker_.loop().now();
}

/// The next moment at which something has lasted too long.
net::TimePoint Carrier::due() const {
  const auto& timeouts = worker_.config()->timeouts;
  switch (phase_) {
    case Phase::over: return net::never;
    case Phase::dropping:
    case Phase::closing: return phase_since_ + drop_time;
    case Phase::serving:
    case Phase::leaving: break;
  }
  auto first = lingers_since_ == net::never ? net::never : lingers_since_ + most_linger;
  if (phase_ == Phase::leaving && !refused_new_) first = phase_since_ + notice;
  if (streams_.empty()) first = std::min(first, net::after(idle_since_, idle_limit()));
  if (head_since_ != net::never) {
    first = std::min(first, net::after(head_since_, timeouts.request_head));
  }
  if (blocked_since_ != net::never) {
    first = std::min(first, net::after(blocked_since_, longest_stall(timeouts)));
  }
  return first;
}

void Carrier::re_arm() {
  worker_.loop().wheel().arm(*this, due());
}

void Carrier::on_deadline() {
  const auto now = worker_.loop().now();
  if (due() > now) return re_arm();
  const auto& timeouts = worker_.config()->timeouts;
  const auto is_past = [now](net::TimePoint since, net::milliseconds limit) {
    return since != net::never && net::after(since, limit) <= now;
  };
  if (phase_ == Phase::dropping || phase_ == Phase::closing) {
    lost(lost_connection());
  } else if (is_past(blocked_since_, longest_stall(timeouts))) {
    judge_room();
  } else if (is_past(head_since_, timeouts.request_head)) {
    engine_.terminate(http2::enhance_your_calm);
    begin_closing();
  } else if (is_past(lingers_since_, most_linger)) {
    hurry_lingering();
  } else if (phase_ == Phase::leaving && !std::exchange(refused_new_, true)) {
    engine_.refuse_new_streams();
  } else if (streams_.empty()) {
    begin_closing();
  }
  see_to_soon();
}

void Carrier::hurry_lingering() {
  lingers_since_ = net::never;
  for (const auto& stream : streams_) {
    if (!stream->lingers()) continue;
    stream->hurry();
    lingers_since_ = worker_.loop().now();
  }
}

/// A peer that still takes what was written before has as long as it needs.
void Carrier::judge_room() {
  const auto before = std::exchange(untaken_, connection_.unacknowledged());
  if (untaken_ < before) {
    blocked_since_ = worker_.loop().now();
  } else {
    lost(std::error_code(ETIMEDOUT, std::system_category()));
  }
}

}  // namespace culvert::proxy

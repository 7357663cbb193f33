// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <system_error>

#include <culvert/http1/body.hpp>

#include "net/socket.hpp"
#include "proxy/pace.hpp"
#include "proxy/receive.hpp"
#include "proxy/worker.hpp"
#include "relay/throttle.hpp"

namespace culvert::proxy {

/// What stopped a body, and at which end.
struct BodyFailure {
  enum class At : std::uint8_t { source, sink };
  At at;
  /// Errc::connection_terminated: the source ended too early; Errc::budget_used_up, of the source:
  /// no more may be moved today.
  std::error_code why;
};

/// Moves one message from one connection to another, its head already written for the other hop:
/// each byte of the body is passed on when it arrives, and none is read while the other side takes
/// none. What follows the body stays in the inbox.
class BodyPump {
 public:
  /// Towards the origin, or from it. Who waits for a turn waits at the origin's end, which is
  /// aborted when the message is of no more use.
  enum class Way : std::uint8_t { up, down };
  struct Ends {
    net::Socket& source;
    Inbox& inbox;
    net::Socket& sink;
    Way way = Way::down;
  };

  /// The message: its head as it goes out, the fields that came with it (Connection may name
  /// trailers), the limits of its trailers, and how its body is framed where it comes from and
  /// where it goes.
  struct Message {
    std::string head;
    const http1::Fields& fields;
    const http1::HeadLimits& limits;
    http1::Framing from;
    http1::Framing to;
  };

  /// What the pumps of an exchange know of each other.
  struct Activity {
    net::TimePoint last;  ///< when bytes last moved, either way
    /// Pumps that wait for room, or for their turn: it is not their sources who do nothing.
    int at_sinks = 0;
  };

  /// `pace` is how slow the source may be. All that is moved, the head too, has its turns by the
  /// meter, which may be null. The time for which that makes it wait counts against nobody.
  BodyPump(Worker& worker, Ends ends, Message message, Activity& activity,
           const config::Timeouts& timeouts, Pace pace = Pace::any(),
           relay::Meter* meter = nullptr);

  /// The head goes out with the first bytes of the body, where these are there already.
  net::Task<std::expected<void, BodyFailure>> run();

  /// Bytes of head and body that the sink has taken.
  std::uint64_t written() const { return written_; }
  /// The source holds its body back until it hears that it may send. No limit strikes before
  /// go_ahead() or its first byte.
  void hold_back() { held_back_ = true; }
  void go_ahead();
  /// When it last had waited for a turn; never (which is later than all else) while it does.
  net::TimePoint held_until() const { return held_until_; }
  /// True once any byte of the body has come.
  bool started() const { return started_; }

 private:
  using Outcome = std::expected<void, BodyFailure>;

  net::Task<Outcome> move_some();
  net::Task<Outcome> move_slice_of_inbox();
  net::Task<std::error_code> wait_for_source();
  net::Task<std::error_code> wait_for_turn(std::size_t waiting);
  std::size_t most_to_come() const;
  bool is_source_excused();
  net::Task<Outcome> pass_on(std::string_view bytes);
  net::Task<Outcome> send_some(std::string_view bytes);
  bool needs_turns(std::string_view bytes) const;
  net::Task<Outcome> send_in_turns(std::string bytes);
  net::Task<Outcome> send_rest(std::string rest);
  net::Task<std::error_code> wait_for_sink();
  void took(std::size_t bytes);
  net::Task<Outcome> end_of_source();
  std::error_code digest(std::string_view bytes, std::string_view& out, std::size_t& used);
  std::error_code unchunk(std::string_view bytes, std::size_t& used);
  std::string last_chunk() const;
  static std::unexpected<BodyFailure> at_source(std::error_code why);
  static std::unexpected<BodyFailure> at_sink(std::error_code why);

  Worker& worker_;
  Ends ends_;
  Message message_;
  Activity& activity_;
  net::milliseconds idle_;   // of the source
  net::milliseconds stall_;  // of the sink
  Pace pace_;
  relay::Throttle throttle_;
  http1::ChunkedReader chunks_;  // of a chunked body
  std::string rewritten_;        // chunks in our own framing
  std::uint64_t left_ = 0;       // of a body with a length
  std::uint64_t written_ = 0;
  net::TimePoint held_until_;
  std::size_t untaken_ = SIZE_MAX;  // by the source, of what it was sent, at its last time-out
  bool started_ = false;
  bool finished_ = false;
  bool held_back_ = false;
  bool used_up_ = false;  // the day's budget
};

}  // namespace culvert::proxy

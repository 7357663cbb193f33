// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <system_error>

#include <culvert/http1/body.hpp>

#include "net/socket.hpp"
#include "proxy/receive.hpp"
#include "proxy/worker.hpp"

namespace culvert::proxy {

/// What stopped a body, and at which end.
struct BodyFailure {
  enum class At : std::uint8_t { source, sink };
  At at;
  std::error_code why;  ///< Errc::connection_terminated: the source ended too early
};

/// Moves one body from one connection to another: each byte is passed on when it arrives, and none
/// is read while the other side takes none. What follows the body stays in the inbox.
class BodyPump {
 public:
  struct Ends {
    net::Socket& source;
    Inbox& inbox;
    net::Socket& sink;
  };

  /// `active` is set whenever bytes move; it may be shared with the other direction's pump, so that
  /// one clock measures both. `idle` is how long it may stand still.
  BodyPump(Worker& worker, Ends ends, const http1::Framing& from, const http1::Framing& to,
           net::TimePoint& active, net::milliseconds idle);

  net::Task<std::expected<void, BodyFailure>> run();

  /// Bytes of the body, as it is written at the sink.
  std::uint64_t written() const { return written_; }
  /// True once any byte of the body has come.
  bool started() const { return started_; }

 private:
  using Outcome = std::expected<void, BodyFailure>;

  net::Task<Outcome> move_some();
  net::Task<Outcome> pass_on(std::string_view bytes);
  net::Task<Outcome> send_some(std::string_view bytes);
  net::Task<Outcome> end_of_source();
  std::error_code digest(std::string_view bytes, std::string_view& out, std::size_t& used);
  std::error_code unchunk(std::string_view bytes, std::size_t& used);
  static std::unexpected<BodyFailure> at_source(std::error_code why);

  Worker& worker_;
  Ends ends_;
  http1::Framing from_;
  http1::Framing to_;
  net::TimePoint& active_;
  net::milliseconds idle_;
  http1::ChunkedReader chunks_;  // of a chunked body
  std::string rewritten_;        // chunks in our own framing
  std::uint64_t left_ = 0;       // of a body with a length
  std::uint64_t written_ = 0;
  bool started_ = false;
  bool finished_ = false;
};

}  // namespace culvert::proxy

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <culvert/result.hpp>

#include "net/connection.hpp"
#include "net/loop.hpp"
#include "net/tls.hpp"
#include "net/turns.hpp"
#include "net/waiter.hpp"

namespace culvert::net {

/// Why TLS did not come about.
struct TlsFailure {
  std::error_code why;  ///< as Tls::handshake says, or Errc::timed_out, aborted
  std::string detail;   ///< for people; may be empty
};

/// A connected socket for coroutines, of TCP, perhaps with TLS on it, or a Unix one, or what is
/// used like one: one may read while another writes. Its descriptor is watched as long as it is
/// open, and can move on to a relay that watches it instead (release).
class Socket final : Watcher {
 public:
  /// Takes over a descriptor that nobody watches yet.
  static Socket watching(Loop& loop, Descriptor descriptor) {
    return {loop, std::move(descriptor), Start::watch};
  }
  /// Takes over a descriptor that the loop watches for somebody else.
  static Socket taking_over(Loop& loop, Connection connection) {
    return {loop, std::move(connection), Start::hand_over};
  }
  enum class Start : std::uint8_t { watch, hand_over };
  Socket(Loop& loop, Connection connection, Start how);
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  /// Makes it a TLS connection to `host`. Nothing else may wait on it meanwhile, and after a
  /// failure it is of no more use.
  Task<std::expected<void, TlsFailure>> start_tls(const TlsContext& context, const Host& host,
                                                  TimePoint deadline, Alpn offer = Alpn::http11);
  /// Makes it a TLS connection of a client, whose certificate comes back, if it showed one. Each
  /// step that costs something waits for its turn, and the rest is as of start_tls. All references
  /// outlive the task.
  Task<std::expected<std::shared_ptr<const ClientCertificate>, TlsFailure>> accept_tls(
      const TlsServer& server, TimePoint deadline, Turns& turns);
  /// What ALPN settled on; empty: nothing.
  std::string_view protocol() const {
    return connection_.layer ? connection_.layer->protocol() : std::string_view();
  }

  /// True when wait_readable() would not wait: a caller who asks saves a coroutine.
  bool may_read() const { return may_read_ && !reads_aborted_; }
  /// Waits until there is something to read: bytes, an end or an error, which try_read then tells.
  /// Errc::timed_out, Errc::aborted.
  Task<std::error_code> wait_readable(TimePoint deadline);
  /// Waits until then, whatever comes meanwhile: how a reader leaves bytes where they are. Errc::
  /// aborted.
  Task<std::error_code> wait_until(TimePoint when);
  /// The same for a writer: how it holds bytes back.
  Task<std::error_code> write_not_before(TimePoint when);
  /// Waits until there may be room to write; to be called after try_write took nothing.
  /// Errc::timed_out, Errc::aborted.
  Task<std::error_code> wait_writable(TimePoint deadline);
  /// The same, for as long as the peer takes what was written before, however slowly: until `stall`
  /// (0: for ever) has passed in which it acknowledged nothing.
  Task<std::error_code> wait_for_room(milliseconds stall);
  /// Writes all of it, waiting for room as above. Errc::timed_out, Errc::aborted, or the system's
  /// error. `bytes` must last until the end.
  Task<std::error_code> write_all(std::string_view bytes, milliseconds stall);

  /// Reads what is there, at least one byte; 0 is the end of the stream. The system's error; EAGAIN
  /// (is_would_block) when there is nothing after all.
  Result<std::size_t> try_read(std::span<char> into);
  /// Writes what goes without waiting: how much, which may be nothing. What did not go must come
  /// next (TLS may have begun with it).
  Result<std::size_t> try_write(std::string_view bytes);

  /// Bytes that were written and that the peer has not acknowledged yet, over a Unix socket not
  /// read yet. While there is no room to write, this tells a slow peer from one that stands still:
  /// the system has room for megabytes, and says so only when a good part of it is free.
  std::size_t unacknowledged() const;
  /// Says that no more bytes will come from here: FIN, under TLS behind its own word for it. When
  /// there is no room for that, it follows by itself as long as this lives.
  void finish();
  /// Waits under way end with Errc::aborted, and so do all later ones.
  void abort();
  /// Waits of readers alone end with Errc::aborted, and so do later ones until allow_reads().
  void abort_reads();
  void allow_reads() { reads_aborted_ = writes_aborted_; }
  /// Calls `gone` when the connection fails while nobody reads, so that nothing goes on for a
  /// client that has left. An empty function takes it back.
  void when_broken(std::move_only_function<void()> gone);
  /// Calls `news` once, at the next hint that there may be something to read, an end or a failure:
  /// how a connection is watched between two exchanges. An empty function takes it back. `news` may
  /// destroy this.
  void when_readable(std::move_only_function<void()> news) { news_ = std::move(news); }
  /// Asks the system: is there nothing to read, no end and no failure? So it must be between two
  /// exchanges, else the next answer would not be the one that was asked for. (Hints would tell the
  /// same only as of the turn's beginning, and a busy turn is long enough for a second answer.)
  bool quiet();
  /// The next byte, which stays where it is; in the clear only. 0 is the end of the stream. As
  /// try_read.
  Result<std::size_t> peek(char& byte);
  void reset_on_close() { connection_.reset_on_close(); }

  /// Gives the descriptor away, still watched: the receiver calls Loop::hand_over at once.
  Connection release() { return std::move(connection_); }
  int number() const { return connection_.number(); }
  Loop& loop() { return loop_; }

 private:
  void on_ready(int descriptor, std::uint8_t hints) override;
  Task<std::expected<void, TlsFailure>> shake_hands(Tls& tls, TimePoint deadline, Turns* turns);

  Loop& loop_;
  Connection connection_;
  Waiter reading_;
  Waiter writing_;
  std::move_only_function<void()> gone_;
  std::move_only_function<void()> news_;
  bool may_read_ = false;
  bool to_its_end_ = false;  // the peer may have finished: read on until it says so, or has nothing
  bool finishing_ = false;   // that word waits for room
  bool broken_ = false;
  bool reads_aborted_ = false;
  bool writes_aborted_ = false;
};

}  // namespace culvert::net

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <culvert/result.hpp>

#include "net/descriptor.hpp"
#include "net/loop.hpp"
#include "net/waiter.hpp"

namespace culvert::net {

/// A connected TCP socket for coroutines: one may read while another writes. Its descriptor is
/// watched as long as it is open, and can move on to a relay that watches it instead (release).
class Socket final : Watcher {
 public:
  /// Takes over a descriptor that nobody watches yet.
  static Socket watching(Loop& loop, Descriptor descriptor) {
    return Socket(loop, std::move(descriptor), Start::watch);
  }
  /// Takes over a descriptor that the loop watches for somebody else.
  static Socket taking_over(Loop& loop, Descriptor descriptor) {
    return Socket(loop, std::move(descriptor), Start::hand_over);
  }
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  /// Reads what is there, at least one byte; 0 is the end of the stream. Errc::timed_out,
  /// Errc::aborted, or the system's error.
  Task<Result<std::size_t>> read_some(std::span<char> into, TimePoint deadline);
  /// Waits until read_some would not wait: bytes, an end or an error. No error is success.
  Task<std::error_code> wait_readable(TimePoint deadline);
  /// Writes all of it. The deadline is for each wait without progress when `progress` is given (it
  /// is pushed back by `progress` whenever some bytes went), else for the whole.
  Task<std::error_code> write_all(std::string_view bytes, TimePoint deadline,
                                  milliseconds progress = milliseconds(0));

  /// Reads without waiting: the system's error, EAGAIN when there is nothing.
  Result<std::size_t> try_read(std::span<char> into);

  /// Says that no more bytes will come from here (FIN).
  void finish();
  /// Waits under way end with Errc::aborted, and so do all later ones.
  void abort();
  /// Waits of readers alone end with Errc::aborted, and so do all later ones.
  void abort_reads();
  /// Makes the close that follows a reset instead of a finish.
  void reset_on_close();
  /// True when the peer has finished or reset: what it sent before may still be read.
  bool peer_ended() const { return peer_ended_; }

  /// Gives the descriptor away, still watched: the receiver calls Loop::hand_over at once.
  Descriptor release() { return std::move(descriptor_); }
  int number() const { return descriptor_.number(); }
  Loop& loop() { return loop_; }

 private:
  enum class Start : std::uint8_t { watch, hand_over };
  Socket(Loop& loop, Descriptor descriptor, Start how);
  void on_ready(int descriptor, std::uint8_t hints) override;

  Loop& loop_;
  Descriptor descriptor_;
  Waiter reading_;
  Waiter writing_;
  bool may_read_ = false;
  bool may_write_ = true;
  bool peer_ended_ = false;
  bool reads_aborted_ = false;
  bool writes_aborted_ = false;
};

}  // namespace culvert::net

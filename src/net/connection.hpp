// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include <culvert/result.hpp>

#include "net/descriptor.hpp"
#include "net/layer.hpp"

namespace culvert::net {

/// A connected socket, in the clear or with TLS on it; or what is used like one. Nothing here
/// waits.
struct Connection {
  Connection() = default;
  Connection(Descriptor from) : descriptor(std::move(from)) {}  // NOLINT(*-explicit-*): it is one
  explicit Connection(std::unique_ptr<Layer> stream) : layer(std::move(stream)) {}

  Descriptor descriptor;         ///< empty: there is a layer alone
  std::unique_ptr<Layer> layer;  ///< null: in the clear

  /// By which the loop knows it; -1 when there is nothing.
  int number() const { return descriptor || !layer ? descriptor.number() : layer->number(); }

  /// Reads what is there, at least one byte; 0 is the end of the stream. EAGAIN (is_would_block)
  /// when there is nothing; Errc::connection_terminated, tls_protocol_error or the system's error.
  Result<std::size_t> read(std::span<char> into);
  /// Writes what goes without waiting, at least one byte. EAGAIN, and under TLS the same bytes must
  /// come again then; else like read().
  Result<std::size_t> write(std::string_view bytes);
  /// Asks the system: how many bytes wait to be read? Under TLS a few more than read() will give.
  std::size_t unread() const;
  /// Asks the system: how many bytes that were written has the peer's system not acknowledged?
  std::size_t unacknowledged() const;
  /// Says that no more bytes will come from here. False when that must wait, since TLS has a word
  /// for it: call it again.
  bool finish();
  /// Asks the system: is there nothing to read, no end and no failure?
  bool quiet();
  /// The next byte, which stays where it is; in the clear only. As read().
  Result<std::size_t> peek(char& byte);
  /// Asks the system: has it failed since it was last asked, and why?
  std::error_code pending_error() const;
  /// Makes the close that follows a reset instead of a finish. A Unix socket knows none.
  void reset_on_close();
};

/// True when there was nothing to do and it is to be tried again later.
bool is_would_block(std::error_code code);

}  // namespace culvert::net

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <system_error>

#include <culvert/result.hpp>

namespace culvert::net {

/// What stands between the user of a connection and the wire: TLS on its socket, or, in a
/// connection without a socket, one stream of many that share one (HTTP/2). It never waits: what
/// cannot be done now fails with EAGAIN (is_would_block), and is to be tried again at the next
/// hint, whether that says readable or writable.
class Layer {
 public:
  Layer() = default;
  virtual ~Layer() = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  /// As Connection's. A short read says nothing: there may be more.
  virtual Result<std::size_t> read(std::span<char> into) = 0;
  /// As Connection's. After EAGAIN the same bytes must come again.
  virtual Result<std::size_t> write(std::string_view bytes) = 0;
  virtual bool finish() = 0;
  virtual bool quiet() = 0;
  /// Bytes that were received in here, and wait for read().
  virtual std::size_t unread() const = 0;
  /// What ALPN settled on, "h2" or "http/1.1"; empty: nothing.
  virtual std::string_view protocol() const { return {}; }

  // Of one without a socket:

  /// Loop::take_number()'s.
  virtual int number() const { return -1; }
  /// Bytes that were written and are here still.
  virtual std::size_t unacknowledged() const { return 0; }
  /// Why it has failed, if it has.
  virtual std::error_code pending_error() const { return {}; }
  /// What ends next is to be noticed as a failure.
  virtual void reset_on_close() {}
};

}  // namespace culvert::net

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace culvert::http2 {

/// What one end of a connection offers the other, and how much it puts up with.
struct Settings {
  /// Streams of the peer at one time.
  std::uint32_t max_streams = 256;
  /// Of a head or of trailers, as RFC 9113 §6.5.2 counts them: names, values, and 32 bytes for each
  /// field.
  std::size_t head_bytes = 64UL * 1024;
  /// How much may come on a stream ahead of its reader, at first.
  std::uint32_t stream_window = 64 * 1024;
  /// The same of a stream whose reader has kept up for long, and of how much wider than at first
  /// all windows of a connection may be together: what has come and was not read is in memory.
  std::uint32_t widest_window = 8 * 1024 * 1024;
  std::size_t most_widened = 16UL * 1024 * 1024;
  /// Of the connection, which is never waited for: what comes is for a stream, and waits there.
  std::uint32_t connection_window = 32 * 1024 * 1024;
  /// Frames behind HEADERS that one head may take.
  std::size_t continuations = 8;
  /// RFC 8441 §3, of a server.
  bool extended_connect = true;
};

}  // namespace culvert::http2

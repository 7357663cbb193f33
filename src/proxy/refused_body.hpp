// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include <culvert/http1/body.hpp>
#include <culvert/http1/head.hpp>

namespace culvert::proxy {

/// The body of a request that was refused: read away, so that the connection can go on. A client
/// that is asked who it is sends it all again on the same one.
class RefusedBody {
 public:
  /// So much is read for that, and no more; of a chunked body with all that is around the data.
  static constexpr std::size_t most_bytes = 64UL * 1024;

  /// Null when it would be too long, or nobody can tell whether it comes: a client that waits for
  /// 100 (Continue) may send it or not (RFC 9110 §10.1.1).
  static std::unique_ptr<RefusedBody> of(const http1::RequestHead& head,
                                         const http1::HeadLimits& limits);

  /// How many bytes of these, which come next, belong to it. nullopt when it is too long after all,
  /// or malformed.
  std::optional<std::size_t> take(std::string_view bytes);
  bool complete() const { return complete_; }

 private:
  RefusedBody(const http1::Framing& framing, const http1::HeadLimits& limits);

  std::optional<std::size_t> take_chunks(std::string_view bytes);

  std::size_t left_;  // that may be taken still
  std::optional<http1::ChunkedReader> chunked_;
  bool complete_ = false;
};

}  // namespace culvert::proxy

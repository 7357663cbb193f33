// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <culvert/http1/body.hpp>
#include <culvert/result.hpp>

#include "http2/fields.hpp"

namespace culvert::http2 {

/// The body of a message that comes on a stream, as HTTP/1: DATA becomes bytes with a length, or
/// chunks. It ends exactly once, and never has more bytes than its head announced: what comes after
/// them would be the next message there.
class IncomingBody {
 public:
  /// Framing::Kind::none: there must be none.
  void begin(const http1::Framing& framing);
  /// What comes is no message's, and passes as it is.
  void begin_raw() { phase_ = Phase::raw; }
  /// What comes is of no more use.
  void drop() { phase_ = Phase::dropped; }

  /// Appended to `out`. More than was announced: Flaw::bad_content_length, and nothing is appended.
  Result<void> data(std::string_view bytes, std::string& out);
  /// The end of the stream. A body without chunks has no place for trailers, which are dropped
  /// (RFC 9110 §6.5.1). Flaw::bad_content_length when bytes are missing; bad_trailer for
  /// pseudo-header and connection fields in trailers, and for any behind raw bytes.
  Result<void> end(const FieldSection& trailers, std::string& out);
  /// All that was announced has come, so that the end of the stream would say nothing new.
  bool complete() const { return phase_ == Phase::length && left_ == 0; }

 private:
  enum class Phase : std::uint8_t { length, chunked, raw, dropped };

  Phase phase_ = Phase::length;
  std::uint64_t left_ = 0;  // of a body with a length
};

}  // namespace culvert::http2

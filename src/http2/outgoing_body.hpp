// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include <culvert/http1/body.hpp>
#include <culvert/result.hpp>

#include "http2/fields.hpp"

namespace culvert::http2 {

/// The body of a message that is written as HTTP/1, as frames: what framed it stays behind, and its
/// end is the end of the stream, said as soon as it is known.
class OutgoingBody {
 public:
  explicit OutgoingBody(const http1::HeadLimits& limits) : chunks_(limits) {}

  /// A body of no bytes is complete at once: its head ended the stream.
  void begin(const http1::Framing& framing);
  /// Takes all of `http1`. What stands behind the end is Flaw::bad_content_length; Flaw::bad_chunk,
  /// bad_trailer.
  Result<void> write(std::string_view http1, Outgoing& to);
  /// The writer says no more, which completes a body that ends so. False if it is incomplete.
  bool finish(Outgoing& to);
  bool complete() const { return framing_.kind == http1::Framing::Kind::none; }

 private:
  Result<void> write_length(std::string_view bytes, Outgoing& to);
  Result<void> write_chunks(std::string_view bytes, Outgoing& to);
  void end(const FieldSection& trailers, Outgoing& to);

  http1::Framing framing_;  // its length is what is left
  http1::ChunkedReader chunks_;
};

}  // namespace culvert::http2

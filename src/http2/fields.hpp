// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace culvert::http2 {

/// One line of a field section (RFC 9113 §8.2): the name in lower case; those of pseudo-header
/// fields begin with ':'.
struct Field {
  std::string name;
  std::string value;

  friend bool operator==(const Field&, const Field&) = default;
};

/// A field section, in its order: a head, or trailers.
using FieldSection = std::vector<Field>;

/// What a translation sends on a stream.
class Outgoing {
 public:
  /// HEADERS; with `last` they end the stream. Interim answers (1xx) are heads as well.
  virtual void head(const FieldSection& fields, bool last) = 0;
  /// DATA, perhaps in several frames.
  virtual void data(std::string_view bytes) = 0;
  /// The stream's end from here, behind all data: with trailers when there are any.
  virtual void end(const FieldSection& trailers) = 0;

 protected:
  ~Outgoing() = default;
};

}  // namespace culvert::http2

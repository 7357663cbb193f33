// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace culvert::inspect {

/// Watches bytes for the first line of an HTTP/1 request (RFC 9112 §3), so that what is none is
/// found out at the first byte that does not fit, and not when a whole head should be there.
///
///     method -- SP --> target -- SP --> version -- CR LF --> complete
///
/// It sees the shape alone; whether the request is sound is http1's to say.
class RequestLine {
 public:
  /// False when no request line goes on with this byte. Not to be asked again then.
  bool take(char byte);
  bool complete() const { return word_ == Word::complete; }

 private:
  enum class Word : std::uint8_t { method, target, version, complete };

  bool end_word(Word next);

  Word word_ = Word::method;
  std::size_t length_ = 0;  ///< of the word so far
};

}  // namespace culvert::inspect

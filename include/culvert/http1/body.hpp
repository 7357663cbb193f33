// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <culvert/http1/head.hpp>
#include <culvert/result.hpp>

namespace culvert::http1 {

/// How the end of a body is known (RFC 9112 §6.3).
struct Framing {
  enum class Kind : std::uint8_t { none, length, chunked, until_close };
  Kind kind = Kind::none;
  std::uint64_t length = 0;  ///< bytes, when kind is length

  friend bool operator==(const Framing&, const Framing&) = default;
};

/// The framing of a request. Content-Length 0 is Kind::length with length 0, so that it is written
/// again. Flaw::bad_content_length, bad_transfer_encoding, length_and_encoding.
Result<Framing> request_framing(const RequestHead& head);

/// The framing of the response to a request with this method. HEAD, 1xx, 204 and 304 have none.
/// A 2xx to CONNECT is not for here.
Result<Framing> response_framing(const ResponseHead& head, std::string_view request_method);

/// Takes a chunked body apart (RFC 9112 §7.1), piece by piece as it arrives, and stores none of it
/// but the trailer section. Chunk sizes have at most 16 digits, extensions at most
/// `extension_bytes` a chunk and are dropped; line ends are exactly CRLF; the trailer section is
/// read under the head's limits.
class ChunkedReader {
 public:
  struct Step {
    std::size_t consumed = 0;  ///< how much of `in` was used
    std::string_view data;     ///< body bytes, a view into `in`; may be empty
    bool finished = false;     ///< the last chunk and the trailer section are complete
  };

  explicit ChunkedReader(const HeadLimits& limits = {}) : limits_(limits) {}

  /// Reads on. Call again with the rest of `in` until it is all consumed or the body is finished;
  /// what is behind a finished body is not consumed. Flaw::bad_chunk, bad_trailer.
  Result<Step> step(std::string_view in);

  /// After the end: the trailer fields as received, each with its CRLF; empty if there were none.
  const std::string& trailers() const { return trailers_; }

 private:
  HeadLimits limits_;
  std::string trailers_;
  // state as the implementation needs it
};

/// The line that stands before a chunk of `bytes` > 0 bytes: hex digits and CRLF. After the data
/// comes CRLF; after the last chunk `last_chunk`.
std::string chunk_head(std::size_t bytes);
inline constexpr std::string_view chunk_tail = "\r\n";
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace culvert::http1

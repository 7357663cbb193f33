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

/// The framing of the response to a request with this method. HEAD, 1xx, 204 and 304 have none. A
/// 1xx or 204 that announces a body all the same (Transfer-Encoding, or a Content-Length but 0) is
/// Flaw::body_on_status; an answer to HEAD and a 304 may announce one (RFC 9110 §8.6). A 2xx to
/// CONNECT is not for here.
Result<Framing> response_framing(const ResponseHead& head, std::string_view request_method);

/// Takes a chunked body apart (RFC 9112 §7.1), piece by piece as it arrives, and stores none of it
/// but the trailer section. Chunk sizes have at most 16 digits, extensions (with white space before
/// their `;`) at most `extension_bytes` a chunk and are dropped; line ends are exactly CRLF; the
/// trailer section is read as strictly as a head, and under a head's limits. Which of its fields go
/// on is for trailers_to_forward (hop.hpp) to say.
class ChunkedReader {
 public:
  static constexpr std::size_t extension_bytes = 256;

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
  /// What the next byte belongs to.
  enum class Phase : std::uint8_t {
    size,       ///< hex digits, at least one
    space,      ///< white space behind the size: a `;` must follow
    extension,  ///< what follows a `;` behind the size
    size_end,   ///< the LF of the size line
    data,
    data_end,   ///< the CR behind the data
    data_end2,  ///< its LF
    trailer,
    finished,
  };

  bool take(char c);
  bool take_size(char c);
  bool take_space(char c);
  bool take_extension(char c);
  bool take_size_end(char c);
  bool take_trailer(std::string_view in, std::size_t& at);
  bool end_trailer_line();

  HeadLimits limits_;
  std::string trailers_;
  std::uint64_t left_ = 0;          ///< of the chunk: its size so far, then the data still to come
  std::size_t digits_ = 0;          ///< of its size
  std::size_t extension_seen_ = 0;  ///< bytes of its extension
  std::size_t trailer_line_ = 0;    ///< where in trailers_ the line being read starts
  std::size_t trailer_fields_ = 0;
  Phase phase_ = Phase::size;
};

/// The line that stands before a chunk of `bytes` > 0 bytes: hex digits and CRLF. After the data
/// comes CRLF; after the last chunk `last_chunk`.
std::string chunk_head(std::size_t bytes);
inline constexpr std::string_view chunk_tail = "\r\n";
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace culvert::http1

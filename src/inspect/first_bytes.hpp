// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <culvert/http1/head.hpp>

#include "inspect/client_hello.hpp"
#include "inspect/request_line.hpp"

namespace culvert::inspect {

/// An HTTP/1 request whose head is sound by http1::parse_request and read_target, and that is not
/// CONNECT. A WebSocket in a tunnel begins as one.
struct HttpRequest {
  std::size_t head_bytes = 0;  ///< the head is this long, and begins with the first byte

  friend bool operator==(const HttpRequest&, const HttpRequest&) = default;
};

/// Anything else.
struct OtherSpeech {
  std::string detail;   ///< for the log: "SSH", "unknown protocol", "malformed TLS: ..."
  bool is_tls = false;  ///< it began as TLS, so that alert_for_denial() is understood

  friend bool operator==(const OtherSpeech&, const OtherSpeech&) = default;
};

using Speech = std::variant<ClientHello, HttpRequest, OtherSpeech>;

/// Tells what a client speaks from the first bytes that it sends. The answer depends on the bytes
/// alone, not on how they were split, and comes with the first byte that allows it. A byte that
/// nothing known goes on with ends the question; a client that falls silent before that is the
/// caller's to time out.
///
/// Of HTTP nothing is let pass that is not wholly sound: the empty line before a first request,
/// too, which RFC 9112 §2.2 would have a server pass over, is none.
class FirstBytes {
 public:
  /// The limits hold for the head of an HTTP request.
  explicit FirstBytes(const http1::HeadLimits& limits = {}) : limits_(limits), scanner_(limits) {}

  /// `received` is everything received so far; it only ever grows between calls. nullopt while more
  /// is needed. Not to be called after an answer.
  std::optional<Speech> read(std::string_view received);

  /// Once so many bytes are there, there is an answer.
  static std::size_t most_bytes(const http1::HeadLimits& limits);

 private:
  std::optional<Speech> read_tls(std::string_view received);
  std::optional<Speech> read_http(std::string_view received);

  http1::HeadLimits limits_;
  HelloReader hello_;
  RequestLine line_;
  http1::HeadScanner scanner_;
  std::size_t looked_at_ = 0;  ///< bytes that hello_ or line_ have taken
};

}  // namespace culvert::inspect

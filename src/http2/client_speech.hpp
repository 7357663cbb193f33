// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <culvert/http1/head.hpp>
#include <culvert/result.hpp>

#include "http2/fields.hpp"
#include "http2/head_text.hpp"
#include "http2/incoming_body.hpp"
#include "http2/outgoing_body.hpp"
#include "http2/request_fields.hpp"

namespace culvert::http2 {

/// A client's stream (we are its server), as an HTTP/1.1 client connection that sends one request.
///
///     reading heads -- 1xx -----------------------> reading heads    passed on
///                   -- answer --------------------> body             to its end
///                   -- 2xx to CONNECT, 101 -------> raw
///                   -- 2xx to a WebSocket --------> replaced         a 502 went out in its place
///
/// The alternative, an HTTP/2 way beside each HTTP/1 way through the proxy, would have every rule,
/// limit and log record twice.
class ClientSpeech {
 public:
  explicit ClientSpeech(const http1::HeadLimits& limits);

  /// What the client sends becomes HTTP/1, appended to `out`; nothing is when it fails.
  ///
  /// Its head. `ended`: END_STREAM came with it. `key`: a fresh Sec-WebSocket-Key, used if this is
  /// extended CONNECT. Beside the errors of read_request, http1::Flaw: head_too_large,
  /// too_many_fields, target_too_long; bad_content_length; body_on_connect for a Content-Length
  /// with CONNECT; bad_upgrade for an extended CONNECT that has ended.
  Result<void> head(const FieldSection& fields, bool ended, std::string_view key, std::string& out);
  /// More than the head announced is Flaw::bad_content_length. What comes for a tunnel that was
  /// refused is dropped.
  Result<void> data(std::string_view bytes, std::string& out);
  /// END_STREAM behind the head; as IncomingBody::end.
  Result<void> end(const FieldSection& trailers, std::string& out);

  /// What the session writes, HTTP/1, becomes frames. Takes all of `http1`. An error is our bug or
  /// a body that does not fit its head: the stream is to be reset.
  Result<void> write(std::string_view http1, Outgoing& to);
  /// The session says no more: completes an answer whose end is the connection's end, and a tunnel.
  /// False if an answer is incomplete (the stream is to be reset).
  bool finish(Outgoing& to);
  /// Bytes pass as they are both ways from now on: this object is not needed any more.
  bool raw() const { return phase_ == Phase::raw; }
  /// The whole answer was written, with its end.
  bool complete() const;

 private:
  enum class Phase : std::uint8_t { heads, body, raw, replaced };

  Result<void> pass_head(std::string_view text, Outgoing& to);
  Result<void> pass_answer(const http1::ResponseHead& head, Outgoing& to);
  bool switches(int status) const;

  http1::HeadLimits limits_;
  HeadText head_text_;
  IncomingBody incoming_;
  OutgoingBody outgoing_;
  RequestFields::Kind kind_ = RequestFields::Kind::ordinary;
  Phase phase_ = Phase::heads;
  bool asked_head_ = false;  // the method is HEAD
};

}  // namespace culvert::http2

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

namespace culvert::http2 {

/// A stream to an origin (we are its client), as an HTTP/1.1 origin connection that serves one
/// request: the mirror of ClientSpeech.
///
/// The request:    head -- ordinary -> body, to its end
///                      -- upgrade --> handshake, an extended CONNECT -- 2xx --> raw
/// The answer:     1xx passes; the first other head begins the answer proper.
class OriginSpeech {
 public:
  /// `tls`: the connection has TLS on it, so that the scheme is https.
  OriginSpeech(const http1::HeadLimits& limits, bool tls);

  /// The exchange's request, HTTP/1 in origin-form, becomes frames. Takes all of `http1`. An error
  /// is our bug or a body that does not fit its head: the stream is to be reset.
  Result<void> write(std::string_view http1, Outgoing& to);
  /// The exchange says no more: ends a tunnel, or a handshake that was not answered by one. False
  /// if the request is incomplete (the stream is to be reset).
  bool finish(Outgoing& to);

  /// What the origin sends becomes HTTP/1, appended to `out`; nothing is when it fails.
  ///
  /// The head of the answer, or of an interim one. `ended`: END_STREAM came with it. Beside the
  /// errors of read_response, http1::Flaw: head_too_large, too_many_fields, bad_content_length.
  /// Errc::http_protocol_error for an interim answer that ends the stream, and for an answer behind
  /// the answer.
  Result<void> head(const FieldSection& fields, bool ended, std::string& out);
  /// More than the head announced is Flaw::bad_content_length.
  Result<void> data(std::string_view bytes, std::string& out);
  /// END_STREAM behind the head; as IncomingBody::end.
  Result<void> end(const FieldSection& trailers, std::string& out);

  /// Bytes pass as they are both ways from now on: this object is not needed any more.
  bool raw() const { return phase_ == Phase::raw; }
  /// The whole request was written: of an upgrade, its head, which leaves the stream open.
  bool request_complete() const;
  /// All of the answer has come, of which HTTP/1 would say where it ends. Its stream may still be
  /// open there.
  bool answer_complete() const {
    return answered_ && phase_ == Phase::body && incoming_.complete();
  }

 private:
  enum class Phase : std::uint8_t { head, body, handshake, raw, finished };

  Result<void> pass_head(std::string_view text, Outgoing& to);
  void pass_handshake(const http1::RequestHead& head, Outgoing& to);
  FieldSection section_of(const http1::RequestHead& head, bool upgrades) const;
  bool has_no_body(int status) const;
  Result<void> take_answer(const http1::ResponseHead& head, bool ended, std::string& out);
  void write_switch(const http1::ResponseHead& head, std::string& out) const;
  void pass_raw();

  http1::HeadLimits limits_;
  HeadText head_text_;
  IncomingBody incoming_;
  OutgoingBody outgoing_;
  std::string key_;  // of an upgrade
  Phase phase_ = Phase::head;
  bool tls_;
  bool asked_head_ = false;  // the method is HEAD
  bool answered_ = false;    // the head of the answer proper has come
};

}  // namespace culvert::http2

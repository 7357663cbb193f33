// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <culvert/http1/flaw.hpp>

namespace culvert::http1 {
namespace {

const char* text_of(Flaw flaw) {
  switch (flaw) {
    case Flaw::forbidden_byte: return "a control byte in the head of the message";
    case Flaw::bare_line_end: return "a line that does not end in CR LF";
    case Flaw::head_too_large: return "the head of the message is too large";
    case Flaw::too_many_fields: return "too many header fields";
    case Flaw::target_too_long: return "the request target is too long";
    case Flaw::bad_request_line:
      return "the first line is not: method, space, target, space, version";
    case Flaw::bad_method: return "the method has a character that a method cannot have";
    case Flaw::bad_target: return "the request target is not one that a proxy can read";
    case Flaw::bad_version: return "the version is neither HTTP/1.0 nor HTTP/1.1";
    case Flaw::bad_status_line:
      return "the status line is not: version, space, three digits, reason";
    case Flaw::bad_field_name:
      return "the name of a field is missing, has a character that a name cannot have, or white "
             "space before its colon";
    case Flaw::bad_field_value: return "a control byte in the value of a field";
    case Flaw::folded_field: return "a field line that starts with white space";
    case Flaw::missing_host: return "no Host field";
    case Flaw::repeated_host: return "more than one Host field";
    case Flaw::bad_host: return "the Host field does not hold a host";
    case Flaw::other_host: return "the Host field names another host than the request target";
    case Flaw::bad_content_length: return "Content-Length is not one number";
    case Flaw::bad_transfer_encoding: return "Transfer-Encoding is not just: chunked";
    case Flaw::length_and_encoding: return "both Content-Length and Transfer-Encoding";
    case Flaw::body_on_connect: return "a CONNECT request with a body";
    case Flaw::bad_upgrade: return "a WebSocket handshake with a body, or without one proper key";
    case Flaw::bad_chunk: return "a chunk of the body has a malformed size, extension or line end";
    case Flaw::bad_trailer: return "the fields behind the body are malformed or too many";
    case Flaw::bad_max_forwards: return "Max-Forwards is not one number";
    case Flaw::body_on_trace: return "a TRACE request with a body";
    case Flaw::body_on_status:
      return "an answer that announces a body, with a status that has none";
    case Flaw::bad_pseudo_field:
      return "a pseudo-header field is missing, repeated, unknown or out of place";
    case Flaw::connection_field: return "a field that HTTP/2 does not have, such as Connection";
  }
  return "an unknown flaw";
}

class Category : public std::error_category {
 public:
  const char* name() const noexcept override { return "http1"; }
  std::string message(int code) const override { return text_of(static_cast<Flaw>(code)); }
};

}  // namespace

const std::error_category& flaw_category() noexcept {
  static const Category category;
  return category;
}

}  // namespace culvert::http1

// SPDX-License-Identifier: Apache-2.0
#include "http2/incoming_body.hpp"

#include <cassert>

#include <culvert/http1/flaw.hpp>

#include "http1/write.hpp"
#include "http2/field_rules.hpp"

namespace culvert::http2 {

using http1::Flaw;

namespace {

bool are_trailers(const FieldSection& trailers) {
  for (const auto& field : trailers) {
    if (is_pseudo(field) || !check_field(field)) return false;
  }
  return true;
}

void write_last_chunk(std::string& out, const FieldSection& trailers) {
  out.append("0\r\n");
  for (const auto& field : trailers) http1::write_field(out, field.name, field.value);
  out.append("\r\n");
}

}  // namespace

void IncomingBody::begin(const http1::Framing& framing) {
  assert(framing.kind != http1::Framing::Kind::until_close);
  phase_ = framing.kind == http1::Framing::Kind::chunked ? Phase::chunked : Phase::length;
  left_ = framing.length;
}

Result<void> IncomingBody::data(std::string_view bytes, std::string& out) {
  switch (phase_) {
    case Phase::length:
      if (bytes.size() > left_) return fail(Flaw::bad_content_length);
      left_ -= bytes.size();
      out.append(bytes);
      break;
    case Phase::chunked:
      if (bytes.empty()) break;  // as a chunk, that would be the end
      out.append(http1::chunk_head(bytes.size())).append(bytes).append(http1::chunk_tail);
      break;
    case Phase::raw: out.append(bytes); break;
    case Phase::dropped: break;
  }
  return {};
}

Result<void> IncomingBody::end(const FieldSection& trailers, std::string& out) {
  if (!are_trailers(trailers)) return fail(Flaw::bad_trailer);
  switch (phase_) {
    case Phase::length:
      if (left_ > 0) return fail(Flaw::bad_content_length);
      break;
    case Phase::chunked:
      write_last_chunk(out, trailers);
      begin({});
      break;
    case Phase::raw:
      if (!trailers.empty()) return fail(Flaw::bad_trailer);
      break;
    case Phase::dropped: break;
  }
  return {};
}

}  // namespace culvert::http2

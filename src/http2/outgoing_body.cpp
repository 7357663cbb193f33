// SPDX-License-Identifier: Apache-2.0
#include "http2/outgoing_body.hpp"

#include <algorithm>

#include <culvert/http1/flaw.hpp>

#include "http1/framing.hpp"
#include "http1/grammar.hpp"
#include "http2/section.hpp"

namespace culvert::http2 {

using http1::Flaw;
using Kind = http1::Framing::Kind;

namespace {

/// The lines of a trailer section, each with its CRLF, which ChunkedReader has found sound.
FieldSection read_trailers(std::string_view lines) {
  FieldSection trailers;
  while (!lines.empty()) {
    const auto end = lines.find("\r\n");
    const auto field = http1::read_field(lines.substr(0, end));
    if (field && goes_on(field->name)) trailers.push_back(lowered(*field));
    lines.remove_prefix(end + 2);
  }
  return trailers;
}

}  // namespace

void OutgoingBody::begin(const http1::Framing& framing) {
  framing_ = http1::has_body(framing) ? framing : http1::Framing{};
}

Result<void> OutgoingBody::write(std::string_view http1, Outgoing& to) {
  if (http1.empty()) return {};
  switch (framing_.kind) {
    case Kind::none: break;
    case Kind::length: return write_length(http1, to);
    case Kind::chunked: return write_chunks(http1, to);
    case Kind::until_close: to.data(http1); return {};
  }
  return fail(Flaw::bad_content_length);
}

Result<void> OutgoingBody::write_length(std::string_view bytes, Outgoing& to) {
  const auto taken = bytes.substr(0, std::min<std::uint64_t>(framing_.length, bytes.size()));
  to.data(taken);
  framing_.length -= taken.size();
  if (framing_.length == 0) end({}, to);
  return write(bytes.substr(taken.size()), to);
}

Result<void> OutgoingBody::write_chunks(std::string_view bytes, Outgoing& to) {
  while (!bytes.empty() && !complete()) {
    const auto step = chunks_.step(bytes);
    if (!step) return fail(step.error());
    if (!step->data.empty()) to.data(step->data);
    if (step->finished) end(read_trailers(chunks_.trailers()), to);
    bytes.remove_prefix(step->consumed);
  }
  return write(bytes, to);
}

bool OutgoingBody::finish(Outgoing& to) {
  if (framing_.kind == Kind::until_close) end({}, to);
  return complete();
}

void OutgoingBody::end(const FieldSection& trailers, Outgoing& to) {
  framing_ = {};
  to.end(trailers);
}

}  // namespace culvert::http2

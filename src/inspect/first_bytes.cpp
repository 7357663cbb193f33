// SPDX-License-Identifier: Apache-2.0
#include "inspect/first_bytes.hpp"

#include <algorithm>
#include <utility>

#include <culvert/http1/target.hpp>

#include "inspect/flaw.hpp"
#include "inspect/known_protocol.hpp"

namespace culvert::inspect {
namespace {

constexpr char handshake = 22;  // the first byte of TLS, and of no HTTP and nothing known

OtherSpeech unknown() {
  return {.detail = "unknown protocol"};
}

OtherSpeech malformed_http(std::error_code why) {
  return {.detail = "malformed HTTP: " + why.message()};
}

OtherSpeech malformed_tls(std::error_code why) {
  if (why == Flaw::not_tls) return unknown();
  return {.detail = "malformed TLS: " + why.message(), .is_tls = true};
}

/// `text` is a whole head, as a HeadScanner measured it.
Speech read_request(std::string_view text, const http1::HeadLimits& limits) {
  const auto head = http1::parse_request(text, limits);
  if (!head) return malformed_http(head.error());
  const auto target = http1::read_target(*head);
  if (!target) return malformed_http(target.error());
  if (target->form == http1::Target::Form::authority) {
    return OtherSpeech{.detail = "CONNECT inside the tunnel"};
  }
  return HttpRequest{.head_bytes = text.size()};
}

}  // namespace

std::optional<Speech> FirstBytes::read(std::string_view received) {
  if (received.starts_with(handshake)) return read_tls(received);
  const auto likeness = likeness_of(received);
  switch (likeness.how) {
    case Likeness::How::partly: return std::nullopt;
    case Likeness::How::whole: return OtherSpeech{.detail = std::string(likeness.name)};
    case Likeness::How::none: break;
  }
  return read_http(received);
}

std::optional<Speech> FirstBytes::read_tls(std::string_view received) {
  auto read = hello_.read(received.substr(looked_at_));
  looked_at_ = received.size();
  if (!read) return malformed_tls(read.error());
  auto& hello = *read;
  if (!hello) return std::nullopt;
  return std::move(*hello);
}

// The scanner is asked once the first line is complete. Before that a byte that does not fit and a
// target that is too long could come in one piece, and the answer would be told by the pieces.
std::optional<Speech> FirstBytes::read_http(std::string_view received) {
  const auto window = received.substr(0, limits_.head_bytes);
  while (!line_.complete() && looked_at_ < window.size()) {
    if (!line_.take(window[looked_at_++])) return unknown();
  }
  if (!line_.complete() && window.size() < limits_.head_bytes) return std::nullopt;

  const auto scanned = scanner_.scan(received);
  if (!scanned) return malformed_http(scanned.error());
  const auto& length = *scanned;
  if (!length) return std::nullopt;
  return read_request(received.substr(0, *length), limits_);
}

std::size_t FirstBytes::most_bytes(const http1::HeadLimits& limits) {
  return std::max(limits.head_bytes, HelloReader::most_bytes);
}

}  // namespace culvert::inspect

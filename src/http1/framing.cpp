// SPDX-License-Identifier: Apache-2.0
#include "http1/framing.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include <culvert/http1/body.hpp>
#include <culvert/http1/flaw.hpp>

#include "http1/grammar.hpp"

namespace culvert::http1 {
namespace {

constexpr std::uint64_t largest_length = std::numeric_limits<std::int64_t>::max();

/// 1*DIGIT: no sign, no white space, no overflow in anybody's signed 64 bits.
std::optional<std::uint64_t> read_length(std::string_view digits) {
  if (digits.empty() || !std::ranges::all_of(digits, is_digit)) return std::nullopt;
  std::uint64_t length = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (read.ec != std::errc() || length > largest_length) return std::nullopt;
  return length;
}

/// What the fields announce (RFC 9112 §6.3), whether or not such a message has a body; nullopt if
/// they announce nothing. Transfer-Encoding must be the one word `chunked`: any other spelling,
/// list or repeat is how a front and a back are made to disagree.
Result<std::optional<Framing>> announced(const Fields& fields, Version version) {
  const auto length = content_length(fields);
  if (!length) return fail(length.error());
  if (fields.count("Transfer-Encoding") == 0) {
    return length->transform([](std::uint64_t bytes) {
      return Framing{.kind = Framing::Kind::length, .length = bytes};
    });
  }
  if (*length) return fail(Flaw::length_and_encoding);
  if (version == Version::http10 ||
      !same_token(only(fields, "Transfer-Encoding").value_or(""), "chunked")) {
    return fail(Flaw::bad_transfer_encoding);
  }
  return Framing{.kind = Framing::Kind::chunked};
}

/// A 1xx and a 204 are over with their head, and must not even say otherwise (RFC 9112 §6.1,
/// RFC 9110 §8.6): some recipients would take what comes next for the body.
bool is_head_alone(int status) {
  return status < 200 || status == 204;
}

/// An answer to HEAD and a 304 have no body either, but announce the one of another answer.
bool speaks_of_other(int status, std::string_view request_method) {
  return request_method == "HEAD" || status == 304;
}

}  // namespace

Result<std::optional<std::uint64_t>> content_length(const Fields& fields) {
  std::optional<std::string_view> agreed;
  const bool differ = any_element(fields, "Content-Length", [&agreed](std::string_view element) {
    if (!agreed) agreed = element;
    return element != *agreed;
  });
  if (!agreed) return std::nullopt;
  const auto length = read_length(*agreed);
  if (differ || !length) return fail(Flaw::bad_content_length);
  return length;
}

Result<Framing> request_framing(const RequestHead& head) {
  const auto framing = announced(head.fields, head.version);
  if (!framing) return fail(framing.error());
  return framing->value_or(Framing{.kind = Framing::Kind::none});
}

Result<Framing> response_framing(const ResponseHead& head, std::string_view request_method) {
  const auto framing = announced(head.fields, head.version);
  if (!framing) return fail(framing.error());
  constexpr Framing none{.kind = Framing::Kind::none};
  if (is_head_alone(head.status)) {
    if (has_body(framing->value_or(none))) return fail(Flaw::body_on_status);
    return none;
  }
  if (speaks_of_other(head.status, request_method)) return none;
  return framing->value_or(Framing{.kind = Framing::Kind::until_close});
}

}  // namespace culvert::http1

// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <limits>

#include <culvert/http1/flaw.hpp>
#include <culvert/http1/hop.hpp>

#include "http1/grammar.hpp"
#include "http1/write.hpp"

namespace culvert::http1 {
namespace {

constexpr std::string_view idempotent_methods[] = {"GET",   "HEAD", "OPTIONS",
                                                   "TRACE", "PUT",  "DELETE"};

constexpr std::string_view credential_names[] = {"Authorization", "Proxy-Authorization", "Cookie"};

bool holds_credentials(std::string_view name) {
  return std::ranges::any_of(credential_names,
                             [name](auto secret) { return same_token(name, secret); });
}

/// A number that is larger than ours can be is our largest (RFC 9110 §7.6.2).
std::uint64_t read_saturated(std::string_view digits) {
  std::uint64_t number = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return read.ec == std::errc() ? number : std::numeric_limits<std::uint64_t>::max();
}

}  // namespace

bool is_idempotent(std::string_view method) {
  return std::ranges::find(idempotent_methods, method) != std::ranges::end(idempotent_methods);
}

Result<std::optional<std::uint64_t>> max_forwards(const RequestHead& head) {
  if (head.method != "TRACE" && head.method != "OPTIONS") return std::nullopt;
  if (head.fields.count("Max-Forwards") == 0) return std::nullopt;
  const auto digits = only(head.fields, "Max-Forwards").value_or("");
  if (digits.empty() || !std::ranges::all_of(digits, is_digit)) {
    return fail(Flaw::bad_max_forwards);
  }
  return read_saturated(digits);
}

std::string trace_body(const RequestHead& head) {
  std::string out(head.method);
  out.append(" ").append(head.target);
  out.append(head.version == Version::http11 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n");
  for (const auto& field : head.fields) {
    if (!holds_credentials(field.name)) write_field(out, field.name, field.value);
  }
  return out.append("\r\n");
}

}  // namespace culvert::http1

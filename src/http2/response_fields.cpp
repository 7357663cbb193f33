// SPDX-License-Identifier: Apache-2.0
#include "http2/response_fields.hpp"

#include <algorithm>
#include <span>

#include <culvert/error.hpp>
#include <culvert/http1/flaw.hpp>

#include "base/ascii.hpp"
#include "http2/field_rules.hpp"

namespace culvert::http2 {

using http1::Flaw;

namespace {

Result<int> read_status(std::string_view digits) {
  if (digits.size() != 3 || !std::ranges::all_of(digits, is_digit)) {
    return fail(Flaw::bad_status_line);
  }
  const int status = (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
  if (status < 100 || status > 599) return fail(Flaw::bad_status_line);
  if (status == 101) return fail(Errc::http_protocol_error);
  return status;
}

}  // namespace

Result<http1::ResponseHead> read_response(const FieldSection& section) {
  if (section.empty() || section.front().name != ":status") return fail(Flaw::bad_pseudo_field);
  const auto status = read_status(section.front().value);
  if (!status) return fail(status.error());

  http1::ResponseHead head{.status = *status, .reason = {}, .fields = {}};
  head.fields.reserve(section.size());
  for (const auto& field : std::span(section).subspan(1)) {
    if (is_pseudo(field)) return fail(Flaw::bad_pseudo_field);
    if (auto sound = check_field(field); !sound) return fail(sound.error());
    head.fields.add({.name = field.name, .value = field.value});
  }
  return head;
}

}  // namespace culvert::http2

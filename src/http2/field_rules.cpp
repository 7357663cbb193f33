// SPDX-License-Identifier: Apache-2.0
#include "http2/field_rules.hpp"

#include <algorithm>

#include <culvert/http1/flaw.hpp>

#include "http1/grammar.hpp"

namespace culvert::http2 {

using http1::Flaw;

namespace {

constexpr std::string_view connection_names[] = {
    "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade",
};

bool is_name(std::string_view name) {
  return http1::is_token(name) && std::ranges::all_of(name, [](char c) { return lower(c) == c; });
}

bool is_value(std::string_view value) {
  auto at = http1::find_control(value, 0);
  while (at < value.size() && value[at] == '\t') at = http1::find_control(value, at + 1);
  return at == value.size() && http1::trim(value).size() == value.size();
}

}  // namespace

bool is_connection_field(std::string_view name) noexcept {
  return std::ranges::any_of(connection_names,
                             [name](auto one) { return http1::same_token(name, one); });
}

Result<void> check_field(const Field& field) {
  if (!is_name(field.name)) return fail(Flaw::bad_field_name);
  if (!is_value(field.value)) return fail(Flaw::bad_field_value);
  const bool asks_otherwise = field.name == "te" && !http1::same_token(field.value, "trailers");
  if (asks_otherwise || is_connection_field(field.name)) return fail(Flaw::connection_field);
  return {};
}

}  // namespace culvert::http2

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <culvert/result.hpp>

#include "http2/fields.hpp"

/// What may stand in a field section, whichever way it goes (RFC 9113 §8.2).
namespace culvert::http2 {

/// Fields that speak of one HTTP/1 connection: HTTP/2 has none of them (§8.2.2). Their case does
/// not matter here.
bool is_connection_field(std::string_view name) noexcept;

constexpr bool is_pseudo(const Field& field) noexcept {
  return field.name.starts_with(':');
}

/// An ordinary field, which could as well stand in an HTTP/1 head: its name is a token in lower
/// case, its value has no control byte but tabs and no white space around it, it is no connection
/// field, and TE says `trailers` if anything. Flaw::bad_field_name, bad_field_value,
/// connection_field.
Result<void> check_field(const Field& field);

}  // namespace culvert::http2

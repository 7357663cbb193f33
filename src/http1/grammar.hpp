// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include <culvert/http1/head.hpp>

#include "base/ascii.hpp"

/// The small rules of RFC 9110 §5.6 that all of HTTP/1 is made of.
namespace culvert::http1 {

constexpr bool is_space(char c) noexcept {
  return c == ' ' || c == '\t';
}

/// Not empty, and nothing but tchar (RFC 9110 §5.6.2).
bool is_token(std::string_view text) noexcept;

/// True when `text` begins with `prefix`, whatever its case.
bool has_prefix(std::string_view text, std::string_view prefix) noexcept;

/// Without the spaces and tabs around it.
std::string_view trim(std::string_view text) noexcept;

/// Where the first control byte (below 32, or 127; tabs too) at or behind `from` is; the size of
/// `text` if there is none.
std::size_t find_control(std::string_view text, std::size_t from) noexcept;

/// Takes a line apart into name and value (RFC 9112 §5): nullopt unless the name is a token with
/// the colon right behind it. Control bytes in the value are the caller's to look for.
std::optional<Field> read_field(std::string_view line) noexcept;

/// The value of the one line with this name; nullopt if there is none, or several.
std::optional<std::string_view> only(const Fields& fields, std::string_view name);

/// True when `claim` holds for an element of a comma-separated list (RFC 9110 §5.6.1), empty ones
/// included. Commas in quotes part elements too: the lists read here hold tokens, and half a quoted
/// string is never one.
template <class Claim>
bool any_element(std::string_view list, Claim claim) {
  while (true) {
    const auto comma = list.find(',');
    if (claim(trim(list.substr(0, comma)))) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

/// The same over all lines with this name.
template <class Claim>
bool any_element(const Fields& fields, std::string_view name, Claim claim) {
  for (const auto& field : fields) {
    if (same_token(field.name, name) && any_element(field.value, claim)) return true;
  }
  return false;
}

}  // namespace culvert::http1

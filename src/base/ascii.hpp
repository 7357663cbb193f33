// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Letters of names and schemes, which are ASCII whatever the locale says.
namespace culvert {

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

}  // namespace culvert

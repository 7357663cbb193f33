// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <culvert/http1/head.hpp>

#include "http1/grammar.hpp"

namespace culvert::http1 {

std::size_t Fields::count(std::string_view name) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      fields_, [name](const Field& field) { return same_token(field.name, name); }));
}

std::optional<std::string_view> Fields::first(std::string_view name) const {
  const auto found = std::ranges::find_if(
      fields_, [name](const Field& field) { return same_token(field.name, name); });
  if (found == fields_.end()) return std::nullopt;
  return found->value;
}

bool Fields::has_token(std::string_view name, std::string_view token) const {
  return any_element(*this, name,
                     [token](std::string_view element) { return same_token(element, token); });
}

}  // namespace culvert::http1

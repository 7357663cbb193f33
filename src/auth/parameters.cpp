// SPDX-License-Identifier: Apache-2.0
#include "auth/parameters.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "http1/grammar.hpp"

namespace culvert::auth {
namespace {

void skip_space(std::string_view& text) {
  while (!text.empty() && http1::is_space(text.front())) text.remove_prefix(1);
}

bool skip(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::string> take_token(std::string_view& text) {
  std::size_t size = 0;
  while (size < text.size() && http1::is_token(text.substr(size, 1))) ++size;
  if (size == 0) return std::nullopt;
  std::string token(text.substr(0, size));
  text.remove_prefix(size);
  return token;
}

/// Behind the opening quote: what is quoted, its escapes undone (RFC 9110 §5.6.4).
std::optional<std::string> take_quoted(std::string_view& text) {
  std::string out;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '"') return out;
    if (c != '\\') {
      out += c;
    } else if (!text.empty()) {
      out += text.front();
      text.remove_prefix(1);
    }
  }
  return std::nullopt;
}

std::optional<std::string> take_value(std::string_view& text) {
  return skip(text, '"') ? take_quoted(text) : take_token(text);
}

bool take_parameter(std::string_view& text, Parameters& into) {
  auto name = take_token(text);
  if (!name) return false;
  std::ranges::transform(*name, name->begin(), lower);
  skip_space(text);
  if (!skip(text, '=')) return false;
  skip_space(text);
  auto value = take_value(text);
  return value && into.emplace(std::move(*name), std::move(*value)).second;
}

}  // namespace

std::optional<Parameters> read_parameters(std::string_view text) {
  Parameters all;
  while (true) {
    skip_space(text);
    if (text.empty()) return all;
    if (skip(text, ',')) continue;
    if (!take_parameter(text, all)) return std::nullopt;
    skip_space(text);
    if (!text.empty() && !skip(text, ',')) return std::nullopt;
  }
}

}  // namespace culvert::auth

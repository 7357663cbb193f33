// SPDX-License-Identifier: Apache-2.0
#include "http2/section.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "http2/field_rules.hpp"

namespace culvert::http2 {

Field lowered(const http1::Field& field) {
  Field out{.name = std::string(field.name), .value = std::string(field.value)};
  std::ranges::transform(out.name, out.name.begin(), lower);
  return out;
}

bool goes_on(std::string_view name) noexcept {
  return !is_connection_field(name) && !http1::same_token(name, "TE") &&
         !http1::same_token(name, "HTTP2-Settings");
}

}  // namespace culvert::http2

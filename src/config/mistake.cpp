// SPDX-License-Identifier: Apache-2.0

#include "config/config.hpp"

namespace culvert::config {
namespace {

/// Without control characters, which would let a file write to a terminal or forge a log line.
std::string printable(std::string_view text) {
  std::string made;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      constexpr auto* digits = "0123456789abcdef";
      made += {'\\', 'x', digits[byte >> 4U], digits[byte & 0x0fU]};
    } else {
      made += c;
    }
  }
  return made;
}

}  // namespace

std::string Mistake::text() const {
  auto made = file + ": ";
  // A variable or a flag says by its name which key it sets.
  if (line != 0) {
    made = file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": ";
    if (!key.empty()) made += key + ": ";
  }
  return printable(made + what);
}

}  // namespace culvert::config

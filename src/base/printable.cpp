// SPDX-License-Identifier: Apache-2.0
#include "base/printable.hpp"

namespace culvert {

std::string printable(std::string_view text) {
  std::string made;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      constexpr std::string_view digits = "0123456789abcdef";
      made += {'\\', 'x', digits[byte >> 4U], digits[byte & 0x0fU]};
    } else {
      made += c;
    }
  }
  return made;
}

}  // namespace culvert

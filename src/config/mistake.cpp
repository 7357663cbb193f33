// SPDX-License-Identifier: Apache-2.0

#include "base/printable.hpp"
#include "config/config.hpp"

namespace culvert::config {
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

// SPDX-License-Identifier: Apache-2.0
#include "config/near.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace culvert::config {
namespace {

/// Longer than any name of ours; what is longer is near to nothing.
constexpr std::size_t longest_name = 64;

char folded(char c) {
  if (c == '-') return '_';
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// How many letters must be left out, put in, changed, or swapped with a neighbour to get from one
/// text to the other (optimal string alignment). Both have at most longest_name letters.
std::size_t distance(std::string_view a, std::string_view b) {
  using Row = std::array<std::size_t, longest_name + 1>;
  Row before_last{};
  Row last{};
  Row row{};
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before_last = last;
    last = row;
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = folded(a[i - 1]) == folded(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0U : 1U)});
      const bool swapped = i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) &&
                           folded(a[i - 2]) == folded(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view written, std::span<const std::string_view> names) {
  if (written.size() > longest_name) return {};
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(1, written.size() / 3) + 1;
  for (const auto name : names) {
    if (name.size() > longest_name) continue;
    const auto far = distance(written, name);
    if (far < best_distance) {
      best = name;
      best_distance = far;
    }
  }
  return best;
}

}  // namespace culvert::config

// SPDX-License-Identifier: Apache-2.0
#include "policy/normal.hpp"

#include <algorithm>

namespace culvert::policy {

std::vector<PortRange> merged_or_all(const std::vector<PortRange>& ranges) {
  auto ordered = ranges.empty() ? std::vector{PortRange{}} : ranges;
  std::ranges::sort(ordered, {}, &PortRange::first);
  std::vector<PortRange> made;
  for (const auto& range : ordered) {
    if (!made.empty() && range.first <= made.back().last + 1) {
      made.back().last = std::max(made.back().last, range.last);
    } else {
      made.push_back(range);
    }
  }
  return made;
}

std::vector<PortRange> merged(std::vector<PortRange> ranges) {
  auto made = merged_or_all(ranges);
  const bool all = made.size() == 1 && made[0].first <= 1 && made[0].last == 65535;
  if (all) made.clear();
  return made;
}

std::vector<Network> merged(std::vector<Network> networks) {
  std::ranges::sort(networks, [](const Network& a, const Network& b) {
    if (a.address().is_v4() != b.address().is_v4()) return a.address().is_v4();
    return a.address() != b.address() ? a.address() < b.address()
                                      : a.prefix_bits() < b.prefix_bits();
  });
  // Two networks are apart, or one holds the other; the one that holds it stands before it.
  std::vector<Network> made;
  for (const auto& network : networks) {
    if (made.empty() || !made.back().contains(network.address())) made.push_back(network);
  }
  return made;
}

}  // namespace culvert::policy

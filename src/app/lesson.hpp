// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <culvert/policy/rule.hpp>

#include "app/siblings.hpp"
#include "app/tally.hpp"

namespace culvert::app {

/// One entry of a learned rule's `hosts`.
struct LearnedHost {
  std::string pattern;
  std::uint64_t times = 0;
  std::vector<std::string> names;  ///< what it stands for; empty: for itself

  friend bool operator==(const LearnedHost&, const LearnedHost&) = default;
};

/// A rule that a log teaches: hosts that are reached alike.
struct Lesson {
  std::vector<LearnedHost> hosts;  ///< in order
  std::vector<std::uint16_t> ports;
  policy::Few<policy::Scheme> schemes;
  policy::Few<policy::Speech> speeches;  ///< empty: none was seen
  Seen seen;                             ///< all of its hosts together
};

/// The rules that allow what was seen. Hosts with the same ports, schemes, tunnel contents, and
/// private addresses or none, share a rule. The first rule that matches decides, so no pattern
/// stands before a rule that names one of its hosts and allows more: such hosts come first, in
/// rules of their own.
std::vector<Lesson> lessons(const Tally& tally, const Siblings& siblings);

}  // namespace culvert::app

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/lesson.hpp"

namespace culvert::app {

/// What stands above learned rules, and what their names begin to count from.
struct Heading {
  std::string text;  ///< comments and tables, of whole lines
  std::size_t first_number = 1;
};

/// The lessons as a configuration, with comments that say how often each was seen and by whom, and
/// what was left out.
///
/// `clients` are the networks that the hosts of a rule were asked from: a /24 or /64 each, or
/// loopback. Nowhere when all that was seen came from this machine, and not in a rule for what came
/// over a Unix socket, too, since that has no network.
std::string as_toml(std::span<const Lesson> lessons, const Tally& tally, const Heading& heading);

/// The number behind all those that names of rules such as "learned 3" have: 4, or 1 without any.
std::size_t next_number(const std::vector<policy::Rule>& rules);

/// Text from outside for a comment: without what could end the line or move a terminal's cursor.
std::string in_comment(std::string_view text);

}  // namespace culvert::app

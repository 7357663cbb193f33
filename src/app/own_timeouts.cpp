// SPDX-License-Identifier: Apache-2.0
#include "app/own_timeouts.hpp"

#include <array>
#include <utility>

namespace culvert::app {
namespace {

using config::Timeouts;
using std::chrono::milliseconds;

/// Those that a rule can have.
constexpr std::array<std::pair<std::string_view, milliseconds Timeouts::*>, 7> kinds{{
    {"connect", &Timeouts::connect},
    {"response_head", &Timeouts::response_head},
    {"body_idle", &Timeouts::body_idle},
    {"tunnel_first_bytes", &Timeouts::tunnel_first_bytes},
    {"tunnel_idle", &Timeouts::tunnel_idle},
    {"tunnel_lifetime", &Timeouts::tunnel_lifetime},
    {"half_closed", &Timeouts::half_closed},
}};

constexpr std::array<std::pair<std::string_view, milliseconds>, 5> units{{
    {"d", std::chrono::days(1)},
    {"h", std::chrono::hours(1)},
    {"m", std::chrono::minutes(1)},
    {"s", std::chrono::seconds(1)},
    {"ms", milliseconds(1)},
}};

}  // namespace

std::vector<OwnTimeout> own_timeouts(const Timeouts& general, const Timeouts& of_rule) {
  std::vector<OwnTimeout> made;
  for (const auto& [name, member] : kinds) {
    if (general.*member != of_rule.*member)
      made.push_back({.name = name, .limit = of_rule.*member});
  }
  return made;
}

std::string text_of(milliseconds limit) {
  if (limit == milliseconds::zero()) return "off";
  std::string text;
  for (const auto& [name, unit] : units) {
    if (limit >= unit) text.append(std::to_string(limit / unit)).append(name);
    limit %= unit;
  }
  return text;
}

}  // namespace culvert::app

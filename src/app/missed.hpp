// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <culvert/policy.hpp>

namespace culvert::app {

/// Why a rule does not match, for people: "8443 is none of 80, 443". Long lists are cut short.
std::string reason(const policy::Miss& miss, const policy::Question& question);

/// "443" or "1024-65535".
std::string text_of(const policy::PortRange& range);

/// "a, b, c, d and 3 more".
std::string some_of(const std::vector<std::string>& all);

}  // namespace culvert::app

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "config/rules.hpp"

/// How origins are spoken to: `origin_http` of [http], and of a rule.
namespace culvert::config {

inline constexpr std::array<std::string_view, 3> origin_http_words = {"auto", "1.1", "2"};

void take_origin_http(const Value& value, const std::string& key, NewRule& into, Draft& draft);

/// In general, and for each rule what it says itself in place of that.
void settle_origin_http(Draft& draft);

}  // namespace culvert::config

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <culvert/policy/rule.hpp>

namespace culvert::policy {

/// Is this Origin field, or that there is none, what one of the patterns says?
bool fits_an_origin(const std::vector<OriginPattern>& patterns,
                    std::optional<std::string_view> field);

}  // namespace culvert::policy

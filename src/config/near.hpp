// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace culvert::config {

/// The one of `names` that was most likely meant by what was written, or empty when none is near:
/// a slip or two of the keyboard away, whatever its case.
std::string_view nearest(std::string_view written, std::span<const std::string_view> names);

}  // namespace culvert::config

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace culvert {

/// Control characters as `\x1b`, since with them a file could write to a terminal or forge a line
/// of the log.
std::string printable(std::string_view text);

}  // namespace culvert

// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace culvert {

/// The version of this build, as `culvert version` prints it: "0.1.0".
inline constexpr const char* version = "0.1.0";

}  // namespace culvert

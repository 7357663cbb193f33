// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace culvert::auth {

using Clock = std::chrono::steady_clock;

}  // namespace culvert::auth

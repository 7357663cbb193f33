// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

namespace culvert::http1 {

/// As Date says it (RFC 9110 §5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
std::string imf_fixdate(std::chrono::system_clock::time_point when);

}  // namespace culvert::http1

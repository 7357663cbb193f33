// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace culvert::proxy {

/// A Sec-WebSocket-Key (RFC 6455 §4.1): 16 random bytes in base64.
std::string fresh_key();

}  // namespace culvert::proxy

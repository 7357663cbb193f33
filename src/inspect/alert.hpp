// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace culvert::inspect {

/// What a TLS client is told before its connection is closed: a record with the fatal alert
/// access_denied (RFC 8446 §5.1, §6.2), in plain text, as nothing is encrypted yet.
constexpr std::string_view alert_for_denial() noexcept {
  return {"\x15\x03\x03\x00\x02\x02\x31", 7};
}

}  // namespace culvert::inspect

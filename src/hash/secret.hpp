// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "hash/digest.hpp"

namespace culvert::hash {

/// HMAC (RFC 2104) with SHA-256. The key may have any length.
Sha256Bytes hmac_sha256(std::string_view key, std::string_view bytes);

/// Are they equal? How long that takes tells their lengths and nothing of what is in them.
bool same_secret(std::string_view a, std::string_view b);

/// So many bytes that nobody can guess.
std::string random_bytes(std::size_t count);

}  // namespace culvert::hash

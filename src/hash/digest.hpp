// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

/// Digests and secrets; this room and net alone have OpenSSL. Every function throws
/// std::runtime_error when the library refuses, which happens out of memory, and for MD5 where the
/// system forbids it.
namespace culvert::hash {

using Sha256Bytes = std::array<std::uint8_t, 32>;
using Md5Bytes = std::array<std::uint8_t, 16>;

/// SHA-256 (FIPS 180-4) of some bytes.
Sha256Bytes sha256(std::string_view bytes);
std::string sha256_hex(std::string_view bytes);

/// MD5 (RFC 1321). For HTTP Digest alone (RFC 7616 §3.2), whose older clients know nothing else.
Md5Bytes md5(std::string_view bytes);
std::string md5_hex(std::string_view bytes);

/// Two lower-case digits a byte.
std::string hex(std::span<const std::uint8_t> bytes);

/// SHA-256 of what comes in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::string_view bytes);
  /// The digest of all that was given, in hex; a new one begins.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace culvert::hash

// SPDX-License-Identifier: Apache-2.0
#include "proxy/fresh_key.hpp"

#include <cstdint>
#include <span>

#include "hash/secret.hpp"
#include "websocket/base64.hpp"

namespace culvert::proxy {

std::string fresh_key() {
  constexpr std::size_t key_bytes = 16;
  const auto bytes = hash::random_bytes(key_bytes);
  return websocket::base64({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

}  // namespace culvert::proxy

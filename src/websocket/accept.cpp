// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <culvert/websocket/accept.hpp>

#include "websocket/base64.hpp"
#include "websocket/sha1.hpp"

namespace culvert::websocket {
namespace {

constexpr std::string_view guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455 §1.3
constexpr std::size_t key_digits = 22;                                     // 16 bytes, unpadded

}  // namespace

std::string accept_for(std::string_view key) {
  return base64(sha1(std::string(key).append(guid)));
}

bool is_key(std::string_view key) noexcept {
  return key.size() == key_digits + 2 && key.ends_with("==") &&
         std::ranges::all_of(key.substr(0, key_digits), is_base64_digit);
}

}  // namespace culvert::websocket

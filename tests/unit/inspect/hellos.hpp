// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <catch2/catch.hpp>

#include "inspect/client_hello.hpp"
#include "inspect/flaw.hpp"

namespace culvert::inspect {

using Answer = Result<std::optional<ClientHello>>;

/// `length` in `width` bytes, most significant first.
inline std::string number(std::size_t length, std::size_t width) {
  std::string out;
  for (auto at = width; at-- > 0;) out += static_cast<char>(length >> (8 * at) & 0xff);
  return out;
}

inline std::string vector(std::size_t width, std::string_view content) {
  return number(content.size(), width).append(content);
}

inline std::string extension(std::size_t type, std::string_view data) {
  return number(type, 2) + vector(2, data);
}

/// A list with these entries of type host_name.
inline std::string server_names(std::initializer_list<std::string_view> names) {
  std::string list;
  for (const auto name : names) list += '\0' + vector(2, name);
  return extension(0, vector(2, list));
}

inline std::string alpn(std::initializer_list<std::string_view> names) {
  std::string list;
  for (const auto name : names) list += vector(1, name);
  return extension(16, vector(2, list));
}

inline std::string encrypted_hello() {
  return extension(
      0xfe0d, std::string(1, '\0') + "\1\2\3\4" + "\7" + vector(2, "key") + vector(2, "payload"));
}

/// What stands before the extensions.
inline std::string preamble() {
  return "\3\3" + std::string(32, 'r') + vector(1, std::string(32, 's')) +
         vector(2, "\x0a\x0a\x13\x01") + vector(1, std::string_view("\0", 1));
}

/// A ClientHello as a handshake message.
inline std::string message(std::string_view body) {
  return '\1' + vector(3, body);
}

inline std::string hello(std::string_view extensions) {
  return message(preamble() + vector(2, extensions));
}

inline std::string record(std::string_view content) {
  return "\x16\x03\x01" + vector(2, content);
}

/// The message in records of `fragment` bytes each.
inline std::string in_records(std::string_view text, std::size_t fragment) {
  std::string out;
  for (; !text.empty(); text.remove_prefix(std::min(fragment, text.size()))) {
    out += record(text.substr(0, fragment));
  }
  return out;
}

inline Answer read_in_pieces(std::string_view text, std::size_t piece) {
  HelloReader reader;
  for (; text.size() > piece; text.remove_prefix(piece)) {
    auto read = reader.read(text.substr(0, piece));
    if (!read || *read) return read;
  }
  return reader.read(text);
}

inline Answer read(std::string_view text) {
  return HelloReader().read(text);
}

/// Reads bytes that are a whole hello, or fails the test.
inline ClientHello whole(std::string_view text) {
  auto answer = read(text);
  REQUIRE(answer);
  REQUIRE(*answer);
  return **answer;
}

/// Why the bytes are refused; no error if they are not.
inline std::error_code flaw_of(std::string_view text) {
  const auto answer = read(text);
  return answer ? std::error_code() : answer.error();
}

/// What a client sent, from tests/data/hello.
inline std::string recorded(const std::string& client) {
  std::ifstream file(CULVERT_SOURCE_DIR "/tests/data/hello/" + client, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  INFO(client);
  REQUIRE_FALSE(bytes.empty());
  return bytes;
}

}  // namespace culvert::inspect

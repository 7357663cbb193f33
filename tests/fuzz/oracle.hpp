// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include <culvert/http1/head.hpp>

namespace culvert::fuzz {

/// A claim that must hold for every input. Also holds the fuzzer to it in builds without asserts.
inline void must(bool claim) {
  if (!claim) std::abort();
}

inline std::string_view text_of(const unsigned char* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// What a scanner says in the end of bytes that come in pieces of this size.
inline Result<std::optional<std::size_t>> scan_in_pieces(std::string_view text, std::size_t piece) {
  http1::HeadScanner scanner;
  for (std::size_t have = piece; have < text.size(); have += piece) {
    const auto found = scanner.scan(text.substr(0, have));
    if (!found || *found) return found;
  }
  return scanner.scan(text);
}

/// The head that `text` starts with, if there is one; however it is split, that is the answer.
inline std::optional<std::string_view> head_of(std::string_view text) {
  const auto at_once = http1::HeadScanner().scan(text);
  for (const std::size_t piece : {1U, 2U, 7U, 13U}) must(scan_in_pieces(text, piece) == at_once);
  if (!at_once || !*at_once) return std::nullopt;
  return text.substr(0, **at_once);
}

inline void write_fields(std::string& out, const http1::Fields& fields) {
  for (const auto& field : fields) {
    out.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  out.append("\r\n");
}

inline bool same_fields(const http1::Fields& a, const http1::Fields& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.name == y.name && x.value == y.value;
  });
}

/// What is written is larger than what was read, so it is read under wider limits.
inline constexpr http1::HeadLimits wide{
    .head_bytes = 1UL << 20, .target_bytes = 1UL << 20, .fields = 1000};

/// No field is left that only the other hop may have written.
inline void must_have_no_hop_fields(const http1::Fields& fields) {
  for (const auto* name : {"Proxy-Connection", "Keep-Alive", "Proxy-Authorization",
                           "HTTP2-Settings", "Proxy-Authenticate", "Proxy-Authentication-Info"}) {
    must(fields.count(name) == 0);
  }
  must(fields.count("Connection") <= 1);
  must(fields.count("Content-Length") + fields.count("Transfer-Encoding") <= 1);
}

/// A message that was taken says in one way only how long its body is.
inline void must_frame_once(const http1::Fields& fields) {
  const auto lengths = fields.count("Content-Length");
  const auto encodings = fields.count("Transfer-Encoding");
  must(encodings <= 1 && (encodings == 0 || lengths == 0));
  if (encodings == 1) must(fields.first("Transfer-Encoding")->size() == 7);  // chunked
  std::string_view digits;
  for (const auto& field : fields) {
    if (!http1::same_token(field.name, "Content-Length")) continue;
    if (digits.empty()) digits = field.value.substr(0, field.value.find_first_of(", \t"));
    must(!digits.empty() && field.value.ends_with(digits) && field.value.starts_with(digits));
    must(field.value.find_first_not_of("0123456789, \t") == std::string_view::npos);
  }
}

/// Lines that stand behind a body could as well stand in a head.
inline void must_be_fields(std::string_view lines) {
  must(http1::parse_request("GET / HTTP/1.1\r\n" + std::string(lines) + "\r\n", wide).has_value());
}

}  // namespace culvert::fuzz

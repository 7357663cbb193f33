// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <system_error>

#include <catch2/catch.hpp>
#include <culvert/http1/flaw.hpp>
#include <culvert/http1/head.hpp>
#include <culvert/result.hpp>

namespace culvert::http1 {

/// The lines with CRLF behind each, and the empty line: a head.
inline std::string lines(std::initializer_list<std::string_view> all) {
  std::string out;
  for (const auto line : all) out.append(line).append("\r\n");
  return out.append("\r\n");
}

/// Reads `text`, which must outlive the result, or fails the test.
inline RequestHead request(std::string_view text) {
  auto read = parse_request(text);
  INFO(text);
  REQUIRE(read);
  return *read;
}
RequestHead request(std::string&& text) = delete;

inline ResponseHead response(std::string_view text) {
  auto read = parse_response(text);
  INFO(text);
  REQUIRE(read);
  return *read;
}
ResponseHead response(std::string&& text) = delete;

/// Why there is no value; no error if there is one.
template <class T>
std::error_code error_of(const Result<T>& result) {
  return result ? std::error_code() : result.error();
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace culvert::http1

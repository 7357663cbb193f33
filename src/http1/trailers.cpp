// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <culvert/http1/hop.hpp>

#include "http1/grammar.hpp"
#include "http1/hop_fields.hpp"

namespace culvert::http1 {
namespace {

/// Beside what Connection cannot take away, which covers framing, routing and credentials: nobody
/// may be told these behind the body, when all has been decided.
constexpr std::string_view head_names[] = {
    // request modifiers
    "If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", "Pragma",
    "Range",
    // authentication
    "WWW-Authenticate",
    // how the answer is to be taken
    "Age", "Date", "Expires", "Location", "Retry-After", "Vary", "Warning",
    // what is still to come, and nothing is
    "Trailer"};

/// Sums over the content, which can only stand behind it (RFC 9530 §2; MD5 of old).
constexpr std::string_view sums[] = {"Content-Digest", "Content-MD5"};

bool is_one_of(std::string_view name, const auto& names) {
  return std::ranges::any_of(names, [name](auto one) { return same_token(name, one); });
}

bool goes_on(std::string_view name, const Fields& head) {
  if (is_hop_field(name) || head.has_token("Connection", name)) return false;
  return is_one_of(name, sums) || !(is_for_recipient(name) || is_one_of(name, head_names));
}

}  // namespace

std::string trailers_to_forward(std::string_view trailers, const Fields& head) {
  std::string out;
  auto end = trailers.find("\r\n");
  while (end != std::string_view::npos) {
    const auto line = trailers.substr(0, end + 2);
    const auto field = read_field(line);
    if (field && goes_on(field->name, head)) out += line;
    trailers.remove_prefix(line.size());
    end = trailers.find("\r\n");
  }
  return out;
}

}  // namespace culvert::http1

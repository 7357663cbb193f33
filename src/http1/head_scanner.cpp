// SPDX-License-Identifier: Apache-2.0
#include <culvert/http1/flaw.hpp>
#include <culvert/http1/head.hpp>

#include "http1/grammar.hpp"

namespace culvert::http1 {

// All that matters to a scanner stands at control bytes, and these are rare: it leaps from one to
// the next. It never looks behind `head_bytes`, so that a flaw there is the same flaw however the
// bytes were split.
Result<std::optional<std::size_t>> HeadScanner::scan(std::string_view received) {
  const auto window = received.substr(0, limits_.head_bytes);
  while (true) {
    const auto at = find_control(window, looked_at_);
    if (!target_fits(window.substr(0, at))) return fail(Flaw::target_too_long);
    looked_at_ = at;
    if (at == window.size()) break;
    if (window[at] == '\t') {
      ++looked_at_;
      continue;
    }
    if (window[at] == '\n') return fail(Flaw::bare_line_end);
    if (window[at] != '\r') return fail(Flaw::forbidden_byte);
    if (at + 1 == window.size()) break;
    if (window[at + 1] != '\n') return fail(Flaw::bare_line_end);
    looked_at_ = at + 2;
    if (ends_head(at)) return looked_at_;
  }
  if (window.size() == limits_.head_bytes) return fail(Flaw::head_too_large);
  return std::nullopt;
}

/// Follows the words of the start line through the bytes that are new in `seen`. The second word of
/// a response is its status, which is never too long.
bool HeadScanner::target_fits(std::string_view seen) {
  for (auto from = looked_at_; word_ != Word::rest;) {
    const auto space = seen.find(' ', from);
    const auto word_end = space == std::string_view::npos ? seen.size() : space;
    if (word_ == Word::target && word_end - word_start_ > limits_.target_bytes) return false;
    if (space == std::string_view::npos) return true;
    word_ = word_ == Word::method ? Word::target : Word::rest;
    word_start_ = from = space + 1;
  }
  return true;
}

/// A line is complete: was it the empty one at the end? Goes on to the next line if not. An empty
/// line right at the start is the CRLF that is passed over.
bool HeadScanner::ends_head(std::size_t line_end) {
  const bool empty = line_end == line_start_;
  if (empty && line_start_ > 0) return true;
  line_start_ = line_end + 2;
  if (!empty) word_ = Word::rest;
  return false;
}

}  // namespace culvert::http1

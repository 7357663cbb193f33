// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>

#include <culvert/http1/body.hpp>
#include <culvert/http1/flaw.hpp>

#include "http1/grammar.hpp"

namespace culvert::http1 {
namespace {

constexpr std::size_t longest_size = 16;  // hex digits of a std::uint64_t

/// 0 to 15; -1 for what is no hex digit.
int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char small = lower(c);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

/// A complete line of the trailer section, without its CRLF.
bool is_trailer_field(std::string_view line) {
  for (auto at = find_control(line, 0); at < line.size(); at = find_control(line, at + 1)) {
    if (line[at] != '\t') return false;
  }
  return read_field(line).has_value();
}

}  // namespace

// The lines around the data are a few bytes and are read one by one; the data is taken whole.
Result<ChunkedReader::Step> ChunkedReader::step(std::string_view in) {
  std::size_t at = 0;
  while (at < in.size() && phase_ != Phase::finished) {
    if (phase_ == Phase::data) {
      const auto data = in.substr(at, std::min<std::uint64_t>(left_, in.size() - at));
      left_ -= data.size();
      if (left_ == 0) phase_ = Phase::data_end;
      return Step{.consumed = at + data.size(), .data = data};
    }
    if (phase_ == Phase::trailer) {
      if (!take_trailer(in, at)) return fail(Flaw::bad_trailer);
    } else if (!take(in[at++])) {
      return fail(Flaw::bad_chunk);
    }
  }
  return Step{.consumed = at, .data = {}, .finished = phase_ == Phase::finished};
}

/// One byte outside of data and trailers; false if it cannot stand there.
bool ChunkedReader::take(char c) {
  switch (phase_) {
    case Phase::size: return take_size(c);
    case Phase::space: return take_space(c);
    case Phase::extension: return take_extension(c);
    case Phase::size_end: return take_size_end(c);
    case Phase::data_end: phase_ = Phase::data_end2; return c == '\r';
    case Phase::data_end2: phase_ = Phase::size; return c == '\n';
    case Phase::data:
    case Phase::trailer:
    case Phase::finished: break;
  }
  return false;
}

bool ChunkedReader::take_size(char c) {
  const int value = hex_value(c);
  if (value >= 0) {
    left_ = left_ << 4 | static_cast<std::uint64_t>(value);
    return ++digits_ <= longest_size;
  }
  if (digits_ == 0) return false;
  if (c == '\r') {
    phase_ = Phase::size_end;
    return true;
  }
  phase_ = Phase::space;
  return take_space(c);
}

/// The one place where white space must be read that must not be sent (BWS, RFC 9112 §7.1.1).
bool ChunkedReader::take_space(char c) {
  if (c == ';') {
    phase_ = Phase::extension;
    return true;
  }
  return is_space(c) && ++extension_seen_ <= extension_bytes;
}

bool ChunkedReader::take_extension(char c) {
  if (c == '\r') {
    phase_ = Phase::size_end;
    return true;
  }
  const bool fits = ++extension_seen_ <= extension_bytes;
  return fits && (c == '\t' || find_control({&c, 1}, 0) == 1);
}

bool ChunkedReader::take_size_end(char c) {
  phase_ = left_ == 0 ? Phase::trailer : Phase::data;
  digits_ = 0;
  extension_seen_ = 0;
  return c == '\n';
}

/// Takes what `in` has of the current line from `at` on. The line is judged when it is complete.
bool ChunkedReader::take_trailer(std::string_view in, std::size_t& at) {
  const auto end = std::min(in.find('\n', at), in.size() - 1) + 1;
  const auto piece = in.substr(at, end - at);
  if (piece.size() > limits_.head_bytes - trailers_.size()) return false;
  trailers_ += piece;
  at = end;
  return !piece.ends_with('\n') || end_trailer_line();
}

bool ChunkedReader::end_trailer_line() {
  const auto line = std::string_view(trailers_).substr(trailer_line_);
  if (!line.ends_with("\r\n")) return false;
  if (line.size() == 2) {
    trailers_.resize(trailer_line_);
    phase_ = Phase::finished;
    return true;
  }
  if (++trailer_fields_ > limits_.fields) return false;
  if (!is_trailer_field(line.substr(0, line.size() - 2))) return false;
  trailer_line_ = trailers_.size();
  return true;
}

std::string chunk_head(std::size_t bytes) {
  std::array<char, longest_size + 2> text{};
  auto* end = std::to_chars(text.data(), text.data() + longest_size, bytes, 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  return {text.data(), end};
}

}  // namespace culvert::http1

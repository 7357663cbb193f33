// SPDX-License-Identifier: Apache-2.0
#include "inspect/request_line.hpp"

#include <string_view>

#include "http1/grammar.hpp"

namespace culvert::inspect {
namespace {

constexpr std::string_view version = "HTTP/1.x\r\n";
constexpr std::size_t minor_version = 7;  // where its x stands

bool is_visible(char byte) {
  return byte > ' ' && byte < 0x7f;
}

}  // namespace

bool RequestLine::take(char byte) {
  switch (word_) {
    case Word::method:
      if (byte == ' ') return end_word(Word::target);
      ++length_;
      return http1::is_token({&byte, 1});
    case Word::target:
      if (byte == ' ') return end_word(Word::version);
      ++length_;
      return is_visible(byte);
    case Word::version: {
      const bool fits =
          length_ == minor_version ? byte == '0' || byte == '1' : byte == version[length_];
      if (++length_ == version.size()) word_ = Word::complete;
      return fits;
    }
    case Word::complete: break;
  }
  return true;
}

/// No word is empty.
bool RequestLine::end_word(Word next) {
  if (length_ == 0) return false;
  word_ = next;
  length_ = 0;
  return true;
}

}  // namespace culvert::inspect

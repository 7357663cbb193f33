// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <system_error>

#include <catch2/catch.hpp>
#include <culvert/error.hpp>
#include <culvert/http1/flaw.hpp>
#include <culvert/result.hpp>

#include "http2/fields.hpp"
#include "unit/http1/heads.hpp"

namespace culvert::http2 {

inline constexpr std::string_view fresh_key = "dGhlIHNhbXBsZSBub25jZQ==";

/// `section` with `more` behind it.
inline FieldSection with(FieldSection section, const FieldSection& more) {
  section.insert(section.end(), more.begin(), more.end());
  return section;
}

/// What went out, as a script: a line a call, data in one piece.
///
///     :status=200 a=b          a head; with a `.` behind it when it ends the stream
///     "data"
///     end x=y
class Recorder final : public Outgoing {
 public:
  void head(const FieldSection& fields, bool last) override {
    close_data();
    said_ += text_of(fields) + (last ? " .\n" : "\n");
  }
  void data(std::string_view bytes) override {
    CHECK_FALSE(bytes.empty());
    data_ += bytes;
  }
  void end(const FieldSection& trailers) override {
    close_data();
    said_ += trailers.empty() ? "end\n" : "end " + text_of(trailers) + "\n";
  }

  std::string said() {
    close_data();
    return said_;
  }

 private:
  static std::string text_of(const FieldSection& fields) {
    std::string text;
    for (const auto& field : fields) {
      text.append(text.empty() ? "" : " ").append(field.name).append("=").append(field.value);
    }
    return text;
  }

  void close_data() {
    if (!data_.empty()) said_ += '"' + data_ + "\"\n";
    data_.clear();
  }

  std::string said_;
  std::string data_;
};

/// Hands `text` to `speech` in pieces of this size, up to the first error.
template <class Speech>
Result<void> write_in_pieces(Speech& speech, std::string_view text, std::size_t piece,
                             Outgoing& to) {
  while (!text.empty()) {
    if (auto done = speech.write(text.substr(0, piece), to); !done) return done;
    text.remove_prefix(std::min(piece, text.size()));
  }
  return {};
}

}  // namespace culvert::http2

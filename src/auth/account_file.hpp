// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the files of accounts have in common: lines, `#` comments, and mistakes that are told all
/// at once.
namespace culvert::auth {

/// What is wrong with a file of accounts. It never quotes a secret.
struct FileMistake {
  std::string file;
  std::size_t line = 0;    ///< from 1; 0 when it is about the whole file
  std::size_t column = 0;  ///< from 1, in bytes; 0 when line is
  std::string what;        ///< and what would be right

  /// `file:line:column: what`, without control characters.
  std::string text() const;
};

/// Collects what is wrong with one file: the first twenty in full, and of others the number.
class Report {
 public:
  static constexpr std::size_t told_in_full = 20;

  explicit Report(std::string file) : file_(std::move(file)) {}

  void mistake(std::size_t line, std::size_t column, std::string what);
  /// About the whole file.
  void mistake(std::string what) { mistake(0, 0, std::move(what)); }
  void warning(std::string what);

  std::vector<FileMistake> mistakes() const;
  const std::vector<FileMistake>& warnings() const { return warnings_; }

 private:
  std::string file_;
  std::vector<FileMistake> mistakes_;
  std::vector<FileMistake> warnings_;
  std::size_t untold_ = 0;
};

/// A line that says something: neither blank nor a comment. `text` has no line end (CR LF is one).
struct Line {
  std::size_t number;  ///< from 1
  std::string_view text;
};
std::vector<Line> lines_of(std::string_view text);

inline constexpr std::size_t largest_file_bytes = 64UL * 1024 * 1024;

/// The whole of a regular file. What keeps it from being read is a mistake; that anybody on the
/// machine may read it is a warning.
std::optional<std::string> contents_of(const std::string& path, Report& report);

}  // namespace culvert::auth

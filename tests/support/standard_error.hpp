// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <string>

namespace culvert::test {

/// Keeps what this process writes on standard error, until the end of the scope.
class StandardError {
 public:
  StandardError();
  ~StandardError();
  StandardError(const StandardError&) = delete;
  StandardError& operator=(const StandardError&) = delete;

  /// How many lines with `words` there are by now.
  std::size_t lines_with(const std::string& words) const;
  /// Waits until there is one, at most a patience.
  bool says(const std::string& words) const;

 private:
  std::FILE* file_;
  int before_;
};

}  // namespace culvert::test

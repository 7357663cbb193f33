// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace culvert::test {

/// Relative paths begin in this directory for as long as this lives.
class WorkingDirectory {
 public:
  explicit WorkingDirectory(const std::filesystem::path& here) {
    std::filesystem::current_path(here);
  }
  ~WorkingDirectory() { std::filesystem::current_path(before_); }
  WorkingDirectory(const WorkingDirectory&) = delete;
  WorkingDirectory& operator=(const WorkingDirectory&) = delete;

 private:
  std::filesystem::path before_ = std::filesystem::current_path();
};

}  // namespace culvert::test

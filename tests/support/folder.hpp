// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "base/place.hpp"

namespace culvert::test {

/// A directory of a test's own, gone with all that is in it at the end.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  /// A Unix socket in it.
  UnixPath socket(const std::string& name = "c.sock") const { return {file(name)}; }

 private:
  std::filesystem::path path_;
};

}  // namespace culvert::test

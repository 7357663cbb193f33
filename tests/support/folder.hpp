// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <sys/stat.h>

#include "base/place.hpp"

namespace culvert::test {

/// A directory of a test's own, gone with all that is in it at the end.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "culvert-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string path(const std::string& name) const { return (path_ / name).string(); }
  std::string file(const std::string& name) const { return path(name); }
  /// A Unix socket in it.
  UnixPath socket(const std::string& name = "c.sock") const { return {path(name)}; }

  /// Writes a file, for its owner alone, and returns its path.
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
    chmod(path(name).c_str(), S_IRUSR | S_IWUSR);
    return path(name);
  }

 private:
  std::filesystem::path path_;
};

}  // namespace culvert::test

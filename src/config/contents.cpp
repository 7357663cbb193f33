// SPDX-License-Identifier: Apache-2.0
#include "config/contents.hpp"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

namespace culvert::config {
namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

std::error_code system_error() {
  return {errno, std::system_category()};
}

}  // namespace

Result<std::string> contents(const std::string& path, std::size_t largest_bytes) {
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rbe"));
  if (file == nullptr) return fail(system_error());
  std::string all;
  std::string piece(64UL * 1024, '\0');
  while (std::feof(file.get()) == 0) {
    all.append(piece, 0, std::fread(piece.data(), 1, piece.size(), file.get()));
    if (std::ferror(file.get()) != 0) return fail(system_error());
    if (all.size() > largest_bytes) {
      return fail(std::make_error_code(std::errc::file_too_large));
    }
  }
  return all;
}

std::string resolved_path(const std::string& path, std::string_view written_in) {
  const std::filesystem::path as_written(path);
  if (as_written.is_absolute()) return path;
  const auto folder = std::filesystem::path(written_in).parent_path();
  return written_in.empty() || folder.empty() ? path : (folder / as_written).string();
}

WatchedFile to_watch(const std::string& path) {
  std::error_code nowhere;  // the working directory is gone; the file with it
  return {.path = std::filesystem::absolute(path, nowhere).string(), .state = file_state(path)};
}

}  // namespace culvert::config

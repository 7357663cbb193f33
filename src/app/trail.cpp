// SPDX-License-Identifier: Apache-2.0
#include "app/trail.hpp"

#include <deque>
#include <filesystem>
#include <system_error>

namespace culvert::app {
namespace {

constexpr unsigned most_links = 40;  // MAXSYMLINKS

using Path = std::filesystem::path;

/// Puts the parts of `path` in front of what is left to go.
void put_first(const Path& path, std::deque<std::string>& left) {
  const auto parts = path.relative_path();
  left.insert(left.begin(), parts.begin(), parts.end());
}

}  // namespace

std::vector<Signpost> trail(const std::string& path) {
  std::vector<Signpost> found;
  Path at = "/";
  std::deque<std::string> left;
  put_first(path, left);
  unsigned links = 0;
  while (!left.empty()) {
    const auto name = left.front();
    left.pop_front();
    if (name.empty() || name == ".") continue;
    if (name == "..") {
      at = at.parent_path();
      continue;
    }
    std::error_code failed;
    const auto status = std::filesystem::symlink_status(at / name, failed);
    const bool is_link = std::filesystem::is_symlink(status);
    const bool is_there = std::filesystem::exists(status);
    if (is_link || !is_there || left.empty()) {
      found.push_back({.directory = at.string(), .name = name});
    }
    if (!is_there) return found;
    if (!is_link) {
      at /= name;
      continue;
    }
    const auto target = std::filesystem::read_symlink(at / name, failed);
    if (failed || ++links > most_links) return found;
    if (target.is_absolute()) at = "/";
    put_first(target, left);
  }
  return found;
}

}  // namespace culvert::app

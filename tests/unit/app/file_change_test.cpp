// SPDX-License-Identifier: Apache-2.0
#include "app/file_change.hpp"

#include <filesystem>
#include <iterator>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "support/folder.hpp"

using namespace culvert::app;
using culvert::test::Folder;

namespace {

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::expected<std::string, std::string> add_line(const std::string& text) {
  return text + "line\n";
}

struct stat status_of(const std::string& path) {
  struct stat found{};
  REQUIRE(stat(path.c_str(), &found) == 0);
  return found;
}

std::size_t files_in(const Folder& folder) {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator(folder.path("")), {}));
}

}  // namespace

TEST_CASE("file change: the text is changed, and permissions stay", "[passwd]") {
  const Folder folder;
  const auto path = folder.write("f", "one\n");
  REQUIRE(chmod(path.c_str(), 0604) == 0);
  REQUIRE(change_file(path, IfMissing::fail, add_line));
  CHECK(contents(path) == "one\nline\n");
  CHECK((status_of(path).st_mode & 07777) == 0604);
  CHECK(files_in(folder) == 1);
}

TEST_CASE("file change: a file that is not there is made for its owner and group", "[passwd]") {
  const Folder folder;
  const auto path = folder.path("f");
  const auto refused = change_file(path, IfMissing::fail, add_line);
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == path + ": No such file or directory");
  CHECK(files_in(folder) == 0);
  const auto mask = umask(022);
  CHECK(change_file(path, IfMissing::create, add_line));
  umask(mask);
  CHECK(contents(path) == "line\n");
  CHECK((status_of(path).st_mode & 07777) == 0640);
}

TEST_CASE("file change: when it fails, everything is as it was", "[passwd]") {
  const Folder folder;
  const auto path = folder.write("f", "one\n");
  const auto inode = status_of(path).st_ino;
  const auto give_up = [](const std::string&) { return std::unexpected(std::string("no")); };
  CHECK(change_file(path, IfMissing::fail, give_up).error() == "no");
  CHECK(contents(path) == "one\n");
  CHECK(status_of(path).st_ino == inode);
  CHECK(change_file(folder.path("g"), IfMissing::create, give_up).error() == "no");
  CHECK(files_in(folder) == 1);
  REQUIRE(mkfifo(folder.path("pipe").c_str(), 0600) == 0);
  CHECK(change_file(folder.path("pipe"), IfMissing::fail, add_line)
            .error()
            .contains("not a regular file"));
}

TEST_CASE("file change: a symbolic link stays one", "[passwd]") {
  const Folder folder;
  const auto path = folder.write("f", "one\n");
  std::filesystem::create_symlink("f", folder.path("link"));
  REQUIRE(change_file(folder.path("link"), IfMissing::fail, add_line));
  CHECK(std::filesystem::is_symlink(folder.path("link")));
  CHECK(contents(path) == "one\nline\n");
}

TEST_CASE("file change: of many at once none is lost", "[passwd]") {
  const Folder folder;
  const auto path = folder.path("f");
  constexpr int workers = 4;
  constexpr int changes = 25;
  std::vector<std::jthread> all;
  for (int i = 0; i < workers; ++i) {
    all.emplace_back([&path] {
      for (int change = 0; change < changes; ++change) {
        // Not CHECK: Catch2 counts on one thread only; a change that failed is a line missing.
        (void)change_file(path, IfMissing::create, add_line);
      }
    });
  }
  all.clear();
  CHECK(contents(path).size() == workers * changes * std::string("line\n").size());
  CHECK(files_in(folder) == 1);
}

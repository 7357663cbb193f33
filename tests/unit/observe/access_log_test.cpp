// SPDX-License-Identifier: Apache-2.0
#include "observe/access_log.hpp"

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

using culvert::observe::AccessLog;
using namespace std::chrono_literals;

namespace {

/// A folder that goes with the test.
struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "culvert-log-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("access log: lines are in the file when the log is gone", "[access_log]") {
  const Folder folder;
  const auto file = folder.path / "access.log";
  {
    const auto log = AccessLog::open(file.string());
    REQUIRE(log);
    CHECK((*log)->wanted());
    for (int i = 0; i < 100; ++i) (*log)->write("line\n");
  }
  CHECK(content(file).size() == 500);
}

TEST_CASE("access log: a file that cannot be opened is an error", "[access_log]") {
  CHECK(AccessLog::open("/nonexistent/access.log").error().message() ==
        "No such file or directory");
}

TEST_CASE("access log: a reader that stands still holds up neither writers nor the end",
          "[access_log]") {
  const Folder folder;
  const auto pipe = folder.path / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  const int reader = open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  REQUIRE(reader >= 0);
  const auto begun = std::chrono::steady_clock::now();
  {
    const auto log = AccessLog::open(pipe.string());
    REQUIRE(log);
    const std::string line(1000, 'x');
    for (int i = 0; i < 5000; ++i) (*log)->write(line);
    CHECK(std::chrono::steady_clock::now() - begun < 2s);
  }
  CHECK(std::chrono::steady_clock::now() - begun < 5s);
  std::array<char, 1000> first{};
  CHECK(read(reader, first.data(), first.size()) == 1000);
  close(reader);
}

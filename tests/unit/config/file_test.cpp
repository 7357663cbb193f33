// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "unit/config/reading.hpp"

using namespace culvert::config;
using namespace std::chrono_literals;

namespace {

/// A directory for one test, gone at its end.
class Directory {
 public:
  Directory() { std::filesystem::create_directories(path_); }
  ~Directory() { std::filesystem::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  std::string file(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("culvert-config-test-" + std::to_string(getpid()));
};

std::string only_mistake(const Loaded& loaded) {
  CHECK_FALSE(loaded.config);
  REQUIRE(loaded.mistakes.size() == 1);
  return loaded.mistakes.front().text();
}

}  // namespace

TEST_CASE("file: is read from where it lies", "[config]") {
  const Directory directory;
  const auto path = directory.file("culvert.toml");
  std::ofstream(path) << "workers = 3\n";
  const auto loaded = load(path, {});
  REQUIRE(loaded.config);
  CHECK(loaded.config->workers == 3);
  CHECK(loaded.config->file == path);
}

TEST_CASE("file: one that cannot be read says why", "[config]") {
  const Directory directory;
  const auto missing = directory.file("missing.toml");
  CHECK(only_mistake(load(missing, {})) == missing + ": cannot be read: No such file or directory");
  CHECK(only_mistake(load(directory.file(""), {})) ==
        directory.file("") + ": cannot be read: Is a directory");
  CHECK(only_mistake(load("/dev/zero", {})) == "/dev/zero: cannot be read: File too large");
}

TEST_CASE("file: mistakes of the variables are told beside a file that cannot be read",
          "[config]") {
  const std::vector<Override> overrides{
      {.key = "workers", .value = "many", .origin = "CULVERT_WORKERS"}};
  for (const auto& loaded : {load("/nowhere/c.toml", overrides), parse("= 1", "c", overrides)}) {
    REQUIRE(loaded.mistakes.size() == 2);
    CHECK(loaded.mistakes[1].text() ==
          "CULVERT_WORKERS: wants a whole number from 0 to 1024, not \"many\"");
  }
}

TEST_CASE("file: a file that is not TOML is one mistake, in its place", "[config]") {
  auto [toml, where] = GENERATE(table<std::string, std::string>({
      {"workers = 1\nworkers = 2\n", "c.toml:2:"},
      {"[timeouts\n", "c.toml:1:"},
      {"\n\nconnect = \"5s\nx = 1", "c.toml:3:"},
      {"workers == 1", "c.toml:1:"},
      {"a = \xff", "c.toml:1:"},
      {std::string("a = 1\0", 6), "c.toml:1:"},
      {"[[rule]]\nname = \"x\"\n[rule]\n", "c.toml:3:"},
  }));
  CAPTURE(toml);
  const auto found = mistakes_in(toml);
  REQUIRE(found.size() == 1);
  CHECK(found[0].starts_with(where));
  CHECK(found[0].find(": not TOML: ") != std::string::npos);
}

TEST_CASE("file: lists within lists without end are refused, not followed", "[config]") {
  const auto found = mistakes_in("a = " + std::string(100'000, '['));
  REQUIRE(found.size() == 1);
  CHECK(found[0].find("not TOML") != std::string::npos);
}

TEST_CASE("file: a byte order mark and Windows line ends change nothing", "[config]") {
  const auto config = read_toml(
      "\xef\xbb\xbfworkers = 2\r\n[timeouts]\r\nconnect = \"7s\"\r\n\r\n[log]\r\nlevel=\"debug\"");
  CHECK(config.workers == 2);
  CHECK(config.timeouts.connect == 7s);
  CHECK(config.log.level == "debug");
  CHECK(mistakes_in("\xef\xbb\xbfworker = 2\r\n") ==
        std::vector<std::string>{"c.toml:1:1: worker: unknown key; did you mean \"workers\"?"});
}

TEST_CASE("file: an empty one changes nothing", "[config]") {
  const auto config = read_toml("");
  REQUIRE(config.listen.size() == 1);
  CHECK(config.listen[0].place.text() == "127.0.0.1:3128");
  CHECK(config.policy.rules().size() == 1);
  CHECK(config.policy.rules()[0].name == "public");
}

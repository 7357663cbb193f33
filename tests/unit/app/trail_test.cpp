// SPDX-License-Identifier: Apache-2.0
#include "app/trail.hpp"

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include <catch2/catch.hpp>

using culvert::app::Signpost;
using culvert::app::trail;
using Posts = std::vector<Signpost>;
namespace fs = std::filesystem;

namespace {

/// A directory for one test, by its real path, gone at its end.
struct Folder {
  Folder() {
    fs::create_directories(path);
    path = fs::canonical(path);
  }
  ~Folder() { fs::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  fs::path path = fs::temp_directory_path() / ("culvert-trail-test-" + std::to_string(getpid()));
};

}  // namespace

TEST_CASE("trail: an ordinary file is one name in its directory", "[trail]") {
  const Folder here;
  std::ofstream(here.path / "a.txt") << "a";
  CHECK(trail(here.path / "a.txt") == Posts{{here.path, "a.txt"}});
  CHECK(trail(here.path / "." / "b" / ".." / "a.txt") == Posts{{here.path, "b"}});
}

TEST_CASE("trail: each link on the way is a name of its own", "[trail]") {
  const Folder here;
  fs::create_directory(here.path / "..1");
  std::ofstream(here.path / "..1" / "a.txt") << "a";
  fs::create_symlink("..1", here.path / "..data");
  fs::create_symlink("..data/a.txt", here.path / "a.txt");
  fs::create_symlink(here.path / "a.txt", here.path / "absolute");
  CHECK(trail(here.path / "a.txt") ==
        Posts{{here.path, "a.txt"}, {here.path, "..data"}, {here.path / "..1", "a.txt"}});
  CHECK(trail(here.path / "absolute").size() == 4);
}

TEST_CASE("trail: where the way breaks off, the missing name is the last", "[trail]") {
  const Folder here;
  CHECK(trail(here.path / "sets" / "deep" / "a.txt") == Posts{{here.path, "sets"}});
  fs::create_symlink("nowhere/a.txt", here.path / "a.txt");
  CHECK(trail(here.path / "a.txt") == Posts{{here.path, "a.txt"}, {here.path, "nowhere"}});
}

TEST_CASE("trail: links that go round in a circle have an end", "[trail]") {
  const Folder here;
  fs::create_symlink("b", here.path / "a");
  fs::create_symlink("a", here.path / "b");
  CHECK(trail(here.path / "a").size() == 41);
}

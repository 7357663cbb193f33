// SPDX-License-Identifier: Apache-2.0
#include "base/file_state.hpp"

#include <ctime>

#include <fcntl.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "support/folder.hpp"

using culvert::file_state;
using culvert::test::Folder;

namespace {

void set_time(const std::string& path, const timespec& when) {
  const timespec both[] = {when, when};  // read and written
  REQUIRE(utimensat(AT_FDCWD, path.c_str(), both, 0) == 0);
}

timespec now() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME_COARSE, &time);
  return time;
}

constexpr timespec long_ago{.tv_sec = 1'000'000'000, .tv_nsec = 5};

}  // namespace

TEST_CASE("file state: it stays while the file is left alone", "[file_state]") {
  const Folder folder;
  const auto path = folder.write("a.txt", "a");
  set_time(path, long_ago);
  const auto state = file_state(path);
  REQUIRE(state);
  CHECK_FALSE(state->fresh);
  CHECK(file_state(path) == state);
}

TEST_CASE("file state: a write, another file in its place and a loss change it", "[file_state]") {
  const Folder folder;
  const auto path = folder.write("a.txt", "a");
  set_time(path, long_ago);
  const auto first = file_state(path);
  folder.write("a.txt", "b");
  CHECK(file_state(path) != first);

  const auto other = folder.write("other.txt", "b");
  set_time(other, long_ago);
  REQUIRE(rename(other.c_str(), path.c_str()) == 0);
  CHECK(file_state(path) != first);

  REQUIRE(unlink(path.c_str()) == 0);
  CHECK(file_state(path) == std::nullopt);
}

TEST_CASE("file state: what may be written again in the same tick differs from all that is later",
          "[file_state]") {
  const Folder folder;
  const auto path = folder.write("a.txt", "a");
  std::optional<culvert::FileState> first;
  timespec written{};
  // A slow machine may lose the tick between the two.
  for (int tries = 0; tries < 1000 && !(first && first->fresh); ++tries) {
    written = now();
    set_time(path, written);
    first = file_state(path);
  }
  folder.write("a.txt", "b");
  set_time(path, written);
  auto later = file_state(path);
  while (later && later->fresh) later = file_state(path);
  REQUIRE(later);
  CHECK(later->size == first->size);
  CHECK(later->nanoseconds == first->nanoseconds);
  CHECK(later != first);
}

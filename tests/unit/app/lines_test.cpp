// SPDX-License-Identifier: Apache-2.0
#include "app/lines.hpp"

#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace culvert::app;

namespace {

std::vector<std::string> lines_of(std::string text) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(
      fmemopen(text.data(), text.size(), "r"), std::fclose);
  std::vector<std::string> lines;
  CHECK(each_line(file.get(), [&lines](std::string_view line) { lines.emplace_back(line); }));
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("lines: each comes without its line feed, the last even if it has none", "[lines]") {
  CHECK(lines_of("a\nb\n") == Lines{"a", "b"});
  CHECK(lines_of("a\n\nb") == Lines{"a", "", "b"});
  CHECK(lines_of("\n") == Lines{""});
}

TEST_CASE("lines: one may be longer than what is read at a time", "[lines]") {
  const std::string line(200'000, 'x');
  CHECK(lines_of("a\n" + line + "\nb") == Lines{"a", line, "b"});
}

TEST_CASE("lines: of one without an end only the beginning is kept", "[lines]") {
  const auto lines = lines_of(std::string(longest_line + 100'000, 'x') + "\nb\n");
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].size() == longest_line);
  CHECK(lines[1] == "b");
}

TEST_CASE("lines: a stream that cannot be read is told", "[lines]") {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> folder(std::fopen("/", "r"), std::fclose);
  REQUIRE(folder != nullptr);
  CHECK(!each_line(folder.get(), [](std::string_view /*line*/) { FAIL("there is none"); }));
}

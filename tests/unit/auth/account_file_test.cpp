// SPDX-License-Identifier: Apache-2.0
#include "auth/account_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "support/folder.hpp"

using namespace culvert;
using culvert::auth::Report;

TEST_CASE("account file: lines that say nothing are passed over, and all are counted", "[auth]") {
  const auto lines = auth::lines_of("# who\n\n  # indented\nalice:x\r\n \t \nbob:y");
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].number == 4);
  CHECK(lines[0].text == "alice:x");
  CHECK(lines[1].number == 6);
  CHECK(lines[1].text == "bob:y");
  CHECK(auth::lines_of("").empty());
}

TEST_CASE("account file: a mistake says where it is, and cannot write to a terminal", "[auth]") {
  CHECK(auth::FileMistake{.file = "f", .line = 3, .column = 7, .what = "no"}.text() == "f:3:7: no");
  CHECK(auth::FileMistake{.file = "f\x1b[", .what = "no"}.text() == "f\\x1b[: no");
}

TEST_CASE("account file: of many mistakes the first are told, and how many more there are",
          "[auth]") {
  Report report("f");
  for (std::size_t i = 0; i < Report::told_in_full; ++i) report.mistake(i + 1, 1, "no");
  CHECK(report.mistakes().size() == 20);
  report.mistake(21, 1, "no");
  report.mistake(22, 1, "no");
  REQUIRE(report.mistakes().size() == 21);
  CHECK(report.mistakes().back().text() == "f: and 2 more mistakes");
}

TEST_CASE("account file: a file that others may read is read, with a warning", "[auth]") {
  const test::Folder folder;
  const auto path = folder.write("passwords", "alice:x\n");
  Report report(path);
  CHECK(auth::contents_of(path, report) == "alice:x\n");
  CHECK(report.warnings().empty());
  REQUIRE(chmod(path.c_str(), 0644) == 0);
  CHECK(auth::contents_of(path, report) == "alice:x\n");
  REQUIRE(report.warnings().size() == 1);
  CHECK(report.warnings()[0].text() ==
        path + ": anybody on this machine may read it; chmod o-r takes that away");
  CHECK(report.mistakes().empty());
}

TEST_CASE("account file: what cannot be read is a mistake and holds nobody up", "[auth]") {
  const test::Folder folder;
  const auto fails = [&](const std::string& path) {
    Report report("f");
    CHECK_FALSE(auth::contents_of(path, report));
    REQUIRE(report.mistakes().size() == 1);
    return report.mistakes()[0].text();
  };
  CHECK(fails(folder.path("none")) == "f: cannot be read: No such file or directory");
  CHECK(fails(folder.path("")) == "f: is not a regular file");
  REQUIRE(mkfifo(folder.path("pipe").c_str(), 0600) == 0);
  CHECK(fails(folder.path("pipe")) == "f: is not a regular file");
  const auto large = folder.write("large", "");
  REQUIRE(truncate(large.c_str(), auth::largest_file_bytes + 1) == 0);
  CHECK(fails(large) == "f: is larger than 64 MiB");
}

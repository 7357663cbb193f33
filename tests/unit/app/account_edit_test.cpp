// SPDX-License-Identifier: Apache-2.0
#include "app/account_edit.hpp"

#include <catch2/catch.hpp>

using namespace culvert::app;

namespace {

const std::string md5(32, 'a');
const std::string sha256(64, 'b');

}  // namespace

TEST_CASE("account edit: a file is told by its first line that says something", "[passwd]") {
  CHECK(kind_of("") == std::nullopt);
  CHECK(kind_of("# users\n\n") == std::nullopt);
  CHECK(kind_of("# users\nalice:$y$j9T$x$y\n") == FileKind::passwords);
  CHECK(kind_of("alice:secret\n") == FileKind::passwords);
  CHECK(kind_of("alice\n") == FileKind::passwords);
  CHECK(kind_of("alice:r:" + md5 + "\r\n") == FileKind::digests);
  CHECK(kind_of("alice:r:" + sha256) == FileKind::digests);
  CHECK(kind_of("bot:" + sha256) == FileKind::tokens);
  CHECK(kind_of("dev: alice bob") == FileKind::groups);
  CHECK(kind_of("dev:") == FileKind::groups);
}

TEST_CASE("account edit: a new user comes last, and all else stays", "[passwd]") {
  auto [before, after] = GENERATE(table<const char*, const char*>({
      {"", "alice:new\n"},
      {"bob:x\n", "bob:x\nalice:new\n"},
      {"bob:x", "bob:x\nalice:new\n"},
      {"# all\r\n\n bob:x\r\n", "# all\r\n\n bob:x\r\nalice:new\n"},
      {"alice2:x\n#alice:x\nmalice:x\nalice\n", "alice2:x\n#alice:x\nmalice:x\nalice\nalice:new\n"},
      {"Alice:x\n", "Alice:x\nalice:new\n"},
  }));
  const auto edited = with_lines(before, "alice", "alice:new\n");
  CHECK(edited.text == after);
  CHECK_FALSE(edited.had_user);
}

TEST_CASE("account edit: a user who is there is changed in place, and stands once", "[passwd]") {
  auto [before, after] = GENERATE(table<const char*, const char*>({
      {"alice:old\n", "alice:new\n"},
      {"alice:old", "alice:new\n"},
      {"alice:\n", "alice:new\n"},
      {"# a\nalice:old\r\nbob:x\n", "# a\nalice:new\nbob:x\n"},
      {"alice:1\nbob:x\nalice:2\n# end", "alice:new\nbob:x\n# end"},
  }));
  const auto edited = with_lines(before, "alice", "alice:new\n");
  CHECK(edited.text == after);
  CHECK(edited.had_user);
}

TEST_CASE("account edit: without lines the user goes", "[passwd]") {
  const auto edited = with_lines("# a\nalice:1\nbob:x\nalice:2", "alice", "");
  CHECK(edited.text == "# a\nbob:x\n");
  CHECK(edited.had_user);
  CHECK_FALSE(with_lines("bob:x\n", "alice", "").had_user);
  CHECK(with_lines("bob:x", "alice", "").text.starts_with("bob:x"));
}

TEST_CASE("account edit: in another realm it is another user", "[passwd]") {
  const auto edited =
      with_lines("alice:one:a\nalice:two:b\nalice:one:c\n", "alice", "alice:one:new\n", "one");
  CHECK(edited.text == "alice:one:new\nalice:two:b\n");
  CHECK(edited.had_user);
}

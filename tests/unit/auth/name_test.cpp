// SPDX-License-Identifier: Apache-2.0
#include "auth/name.hpp"

#include <catch2/catch.hpp>

using namespace culvert;

TEST_CASE("name: UTF-8 is told from what only looks like it", "[auth]") {
  auto [text, good] = GENERATE(table<std::string, bool>({
      {"", true},
      {"alice", true},
      {"\xc3\xa9", true},
      {"\xe2\x82\xac", true},
      {"\xf0\x9f\x98\x80", true},
      {"\xf4\x8f\xbf\xbf", true},
      {"\xe9", false},              // Latin-1
      {"\xc3", false},              // cut short
      {"\xe2\x82", false},          // cut short
      {"\xc0\xaf", false},          // overlong
      {"\xe0\x80\xaf", false},      // overlong
      {"\xf0\x80\x80\xaf", false},  // overlong
      {"\xed\xa0\x80", false},      // a surrogate
      {"\xf4\x90\x80\x80", false},  // beyond U+10FFFF
      {"\xf5\x80\x80\x80", false},  // beyond U+10FFFF
      {"\x80", false},              // the middle of a character
      {"\xc3(", false},
  }));
  CAPTURE(text);
  CHECK(auth::is_utf8(text) == good);
}

TEST_CASE("name: a name is something, visible at its ends, and without control characters",
          "[auth]") {
  CHECK(auth::trouble_with_name("alice") == "");
  CHECK(auth::trouble_with_name("uid:1000") == "");
  CHECK(auth::trouble_with_name("Jos\xc3\xa9 Luis") == "");
  CHECK(auth::trouble_with_name(std::string(255, 'a')) == "");
  CHECK(auth::trouble_with_name("") == "the name is empty");
  CHECK(auth::trouble_with_name(" alice") == "white space around the name");
  CHECK(auth::trouble_with_name("alice\t") == "white space around the name");
  CHECK(auth::trouble_with_name("al\x1bice") == "a control character in the name");
  CHECK(auth::trouble_with_name("al\x7fice") == "a control character in the name");
  CHECK(auth::trouble_with_name("jos\xe9") == "the name is not in UTF-8");
  CHECK(auth::trouble_with_name(std::string(256, 'a')) == "the name is longer than 255 bytes");
}

// SPDX-License-Identifier: Apache-2.0
#include "base/printable.hpp"

#include <catch2/catch.hpp>

using namespace culvert;

TEST_CASE("printable: a control character is written as its number", "[printable]") {
  CHECK(printable("") == "");
  CHECK(printable("plain, and \xc3\xa9") == "plain, and \xc3\xa9");
  CHECK(printable("a\x1b[31mb\n\x7f") == "a\\x1b[31mb\\x0a\\x7f");
}

// SPDX-License-Identifier: Apache-2.0
#include "app/ask_password.hpp"

#include <catch2/catch.hpp>

using culvert::app::trouble_with_password;

TEST_CASE("ask password: what no client could send is no password", "[passwd]") {
  CHECK(trouble_with_password("open sesame") == "");
  CHECK(trouble_with_password(" : ") == "");
  CHECK(trouble_with_password("\xc2\xa3") == "");
  CHECK(trouble_with_password(std::string(500, 'x')) == "");
  CHECK(trouble_with_password("") == "the password is empty");
  CHECK(trouble_with_password(std::string(501, 'x')) == "the password is longer than 500 bytes");
  CHECK(trouble_with_password("a\tb") == "a control character in the password");
  CHECK(trouble_with_password("\xa3") == "the password is not in UTF-8");
}

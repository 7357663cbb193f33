// SPDX-License-Identifier: Apache-2.0
#include "auth/base64.hpp"

#include <catch2/catch.hpp>

using namespace culvert;

TEST_CASE("base64: the examples of RFC 4648 §10 are read", "[auth]") {
  auto [text, bytes] = GENERATE(table<const char*, const char*>({
      {"", ""},
      {"Zg==", "f"},
      {"Zm8=", "fo"},
      {"Zm9v", "foo"},
      {"Zm9vYg==", "foob"},
      {"Zm9vYmE=", "fooba"},
      {"Zm9vYmFy", "foobar"},
  }));
  CAPTURE(text);
  CHECK(auth::from_base64(text) == bytes);
}

TEST_CASE("base64: all bytes are read", "[auth]") {
  using namespace std::string_literals;
  CHECK(auth::from_base64("AP+A/w==") == "\0\xff\x80\xff"s);
}

TEST_CASE("base64: what has a second spelling is refused", "[auth]") {
  auto text =
      GENERATE("Zg", "Zg=", "Zm9", "Z", "====", "Zg==Zg==", "Z=g=", "Zh==", "Zm9=", "Zm9v\n",
               "Zm 9v", "Zm9v====", "-_-_", "Zg===", "=");
  CAPTURE(text);
  CHECK_FALSE(auth::from_base64(text));
}

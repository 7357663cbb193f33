// SPDX-License-Identifier: Apache-2.0
#include "hash/secret.hpp"

#include <catch2/catch.hpp>

using namespace culvert;

TEST_CASE("secret: HMAC gives the values of RFC 4231", "[hash]") {
  auto [key, text, value] = GENERATE(table<std::string, const char*, const char*>({
      {std::string(20, '\x0b'), "Hi There",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
  }));
  CHECK(hash::hex(hash::hmac_sha256(key, text)) == value);
}

TEST_CASE("secret: an empty key is a key", "[hash]") {
  const auto value = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad";
  CHECK(hash::hex(hash::hmac_sha256("", "")) == value);
  CHECK(hash::hex(hash::hmac_sha256({}, {})) == value);
}

TEST_CASE("secret: equal is equal, and nothing else", "[hash]") {
  CHECK(hash::same_secret("", ""));
  CHECK(hash::same_secret("open sesame", "open sesame"));
  CHECK_FALSE(hash::same_secret("open sesame", "open sesamE"));
  CHECK_FALSE(hash::same_secret("open sesame", "open sesam"));
  CHECK_FALSE(hash::same_secret("", "o"));
  using namespace std::string_literals;
  CHECK_FALSE(hash::same_secret("a\0b"s, "a\0c"s));
}

TEST_CASE("secret: random bytes are as many as asked for, and others each time", "[hash]") {
  CHECK(hash::random_bytes(0).empty());
  CHECK(hash::random_bytes(32).size() == 32);
  CHECK(hash::random_bytes(32) != hash::random_bytes(32));
}

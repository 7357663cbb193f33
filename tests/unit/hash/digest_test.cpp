// SPDX-License-Identifier: Apache-2.0
#include "hash/digest.hpp"

#include <catch2/catch.hpp>

using namespace culvert;

TEST_CASE("digest: SHA-256 gives the digests of FIPS 180-4's examples", "[hash]") {
  auto [text, digest] = GENERATE(table<std::string, const char*>({
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {std::string(1'000'000, 'a'),
       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
  }));
  CHECK(hash::sha256_hex(text) == digest);
  CHECK(hash::hex(hash::sha256(text)) == digest);
}

TEST_CASE("digest: MD5 gives the digests of RFC 1321 §A.5", "[hash]") {
  auto [text, digest] = GENERATE(table<const char*, const char*>({
      {"", "d41d8cd98f00b204e9800998ecf8427e"},
      {"abc", "900150983cd24fb0d6963f7d28e17f72"},
      {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
       "57edf4a22be3c955ac49da2e2107b67a"},
  }));
  CHECK(hash::md5_hex(text) == digest);
  CHECK(hash::hex(hash::md5(text)) == digest);
}

TEST_CASE("digest: pieces have the digest of the whole", "[hash]") {
  hash::Sha256 digest;
  for (const char* piece : {"abcdbcdecdefdefg", "", "efghfghighijhijkijkljklm", "klmnlmnomnopnopq"})
    digest.update(piece);
  CHECK(digest.finish() == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST_CASE("digest: after its end a new one begins", "[hash]") {
  hash::Sha256 digest;
  digest.update("something else");
  CHECK(digest.finish() != hash::sha256_hex("abc"));
  digest.update("abc");
  auto moved = std::move(digest);
  CHECK(moved.finish() == hash::sha256_hex("abc"));
}

TEST_CASE("digest: hex has two lower-case digits a byte", "[hash]") {
  const std::array<std::uint8_t, 4> bytes{0x00, 0x0f, 0xa9, 0xff};
  CHECK(hash::hex(bytes) == "000fa9ff");
  CHECK(hash::hex({}).empty());
}

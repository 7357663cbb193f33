// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <string>

#include <catch2/catch.hpp>
#include <culvert/websocket/accept.hpp>

#include "websocket/base64.hpp"
#include "websocket/sha1.hpp"

using namespace culvert::websocket;

namespace {

std::string hex(const Sha1& digest) {
  std::string out;
  for (const auto byte : digest) {
    char text[3];
    std::snprintf(text, sizeof text, "%02x", byte);
    out += text;
  }
  return out;
}

std::string base64_of(std::string_view text) {
  return base64({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

}  // namespace

TEST_CASE("accept: a key has the answer of RFC 6455", "[websocket]") {
  CHECK(accept_for("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");  // §1.3
  CHECK(accept_for("x3JJHMbDL1EzLkh9GBhXDw==") == "HSmrc0sMlYUkAGmm5OPpG2HaGWk=");
}

TEST_CASE("accept: a key is 16 bytes in base64", "[websocket]") {
  CHECK(is_key("dGhlIHNhbXBsZSBub25jZQ=="));
  CHECK(is_key("////////++++++++abcABw=="));
  const auto* bad = GENERATE(
      "", "==", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ===",
      "dGhlIHNhbXBsZSBub25jZ===", "dGhlIHNhbXBsZSBub25jZQAA", "dGhlIHNhbXBsZSBub25j ZQ==",
      "dGhlIHNhbXBsZSBub25j-_==", "dGhlIHNhbXBsZSBub25jZQ== ", "dGhlIHNhbXBsZSBub25jZ\xc3\xa9==");
  CAPTURE(bad);
  CHECK_FALSE(is_key(bad));
}

TEST_CASE("accept: base64 pads to whole groups", "[websocket]") {
  // RFC 4648 §10
  auto [text, expected] = GENERATE(table<const char*, const char*>({
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
      {"\xff\xff\xfe", "///+"},
  }));
  CHECK(base64_of(text) == expected);
}

TEST_CASE("accept: SHA-1 has the digests of its standard", "[websocket]") {
  CHECK(hex(sha1("")) == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  CHECK(hex(sha1("abc")) == "a9993e364706816aba3e25717850c26c9cd0d89d");
  CHECK(hex(sha1("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  CHECK(hex(sha1(std::string(1000000, 'a'))) == "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

TEST_CASE("accept: SHA-1 is right on both sides of the end of a block", "[websocket]") {
  auto [length, digest] = GENERATE(table<std::size_t, const char*>({
      {55, "c1c8bbdc22796e28c0e15163d20899b65621d65a"},
      {56, "c2db330f6083854c99d4b5bfb6e8f29f201be699"},
      {63, "03f09f5b158a7a8cdad920bddc29b81c18a551f5"},
      {64, "0098ba824b5c16427bd7a1122a5a442a25ec644d"},
      {65, "11655326c708d70319be2610e8a57d9a5b959d3b"},
  }));
  CAPTURE(length);
  CHECK(hex(sha1(std::string(length, 'a'))) == digest);
}

// SPDX-License-Identifier: Apache-2.0
#include "auth/password_hash.hpp"

#include <catch2/catch.hpp>

#include "unit/auth/hashes.hpp"

using namespace culvert;
using namespace culvert::test;

namespace {

/// A hash with another setting in place of its own.
std::string with_setting(std::string hash, const std::string& own, const std::string& other) {
  return hash.replace(hash.find(own), own.size(), other);
}

}  // namespace

TEST_CASE("password hash: each kind that is taken tells the right password from a wrong one",
          "[auth]") {
  const std::string hash = GENERATE(bcrypt_2b, bcrypt_2y, bcrypt_2a, yescrypt, gost_yescrypt,
                                    sha512_crypt, sha512_crypt_rounds, sha256_crypt);
  CAPTURE(hash);
  CHECK(auth::trouble_with_hash(hash) == "");
  auth::Crypt crypt;
  CHECK(crypt.matches("open sesame", hash));
  CHECK_FALSE(crypt.matches("open sesamE", hash));
  CHECK_FALSE(crypt.matches("", hash));
  CHECK_FALSE(crypt.matches(std::string("open sesame\0", 12), hash));
}

TEST_CASE("password hash: a kind that is not taken is named, and what would be right", "[auth]") {
  auto [hash, why] = GENERATE(table<std::string, const char*>({
      {"$apr1$abcdefgh$0123456789012345678901", "$apr1$"},
      {"{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=", "{SHA}"},
      {"{SSHA}5en6G6MezRroT3XKqkdPOmY/BfQ=", "LDAP"},
      {md5_crypt, "MD5"},
      {des_crypt, "DES"},
      {"open sesame", "no hash"},
      {"secret", "no hash"},
      {"", "no hash"},
      {"*", "no hash"},
      {"$9$something", "not known"},
      {"$2x$05$abcdefghijklmnopqrstuupx2xBUC4954936wVIjyyPHmUBFu0wCW", "not known"},
  }));
  CAPTURE(hash);
  const auto trouble = auth::trouble_with_hash(hash);
  CHECK(trouble.contains(why));
  CHECK(trouble.contains("htpasswd -B"));
}

TEST_CASE("password hash: one that is cut short or damaged is found before anybody comes",
          "[auth]") {
  const std::string hash = GENERATE(bcrypt_2b, yescrypt, gost_yescrypt, sha512_crypt, sha256_crypt);
  CAPTURE(hash);
  CHECK(auth::trouble_with_hash(hash.substr(0, hash.size() - 1)).contains("cut short"));
  CHECK(auth::trouble_with_hash(hash + "x").contains("cut short"));
  CHECK(auth::trouble_with_hash(hash + " ").contains("cut short"));
  CHECK(auth::trouble_with_hash(hash.substr(0, hash.size() - 1) + "!").contains("cut short"));
  CHECK(auth::trouble_with_hash(hash.substr(0, 4)).contains("cut short"));
}

TEST_CASE("password hash: a bcrypt cost that would take minutes is refused", "[auth]") {
  std::string hash = bcrypt_2b;
  hash.replace(4, 2, "16");
  CHECK(auth::trouble_with_hash(hash) == "");
  hash.replace(4, 2, "17");
  CHECK(auth::trouble_with_hash(hash).contains("cost above 16"));
}

TEST_CASE("password hash: rounds of SHA-crypt that would take minutes are refused", "[auth]") {
  auto [rounds, taken] = GENERATE(table<std::string, bool>({
      {"1000", true},
      {"656000", true},
      {"5000000", true},
      {"5000001", false},
      {"10000000", false},
      {"999999999", false},
      {"18446744073709551617", false},  // 2^64 + 1
      {"", false},
      {"many", false},
      {"-1", false},
  }));
  CAPTURE(rounds);
  for (const auto* kind : {"$6$", "$5$"}) {
    CAPTURE(kind);
    const auto* hash = kind == std::string("$6$") ? sha512_crypt : sha256_crypt;
    const auto trouble =
        auth::trouble_with_hash(with_setting(hash, kind, kind + ("rounds=" + rounds) + "$"));
    CHECK(trouble.empty() == taken);
    CHECK((taken || trouble.contains("5000000 rounds")));
    CHECK((taken || trouble.contains("5000, without")));
  }
}

TEST_CASE("password hash: yescrypt is taken up to a cost of 10, whatever it is made of", "[auth]") {
  auto [setting, trouble] = GENERATE(table<std::string, std::string>({
      {"j75", ""},  // the costs of crypt_gensalt(3), from 1
      {"j85", ""},
      {"j7T", ""},
      {"j8T", ""},
      {"j9T", ""},
      {"jAT", ""},
      {"jBT", ""},
      {"jCT", ""},
      {"jDT", ""},
      {"jET", ""},
      {"jFT", "512 MiB"},  // to 11
      {"jJ.", ""},         // few bytes a block, and so many blocks more
      {"jK.", "512 MiB"},
      {"jEU", "512 MiB"},
      {"jTT", "512 MiB"},
      {"jjT", "512 MiB"},
      {"jjj", "512 MiB"},
      {"jkT", "does not set"},  // no number of one character
      {"j9z", "does not set"},
      {"jk.T", "does not set"},   // N is longer than a character
      {"j9k.", "does not set"},   // r is
      {"j9T0T", "does not set"},  // passes
      {"j9T./", "does not set"},  // threads
      {"/9T", "does not set"},    // another flavour
      {"j9", "does not set"},
      {"j", "does not set"},
      {"", "does not set"},
  }));
  CAPTURE(setting);
  for (const auto* hash : {yescrypt, gost_yescrypt}) {
    const auto told = auth::trouble_with_hash(with_setting(hash, "$j9T$", "$" + setting + "$"));
    CAPTURE(hash, told);
    CHECK(told.empty() == trouble.empty());
    CHECK(told.contains(trouble));
  }
}

TEST_CASE("password hash: a new one is yescrypt, salted, and matches its password", "[auth]") {
  const auto one = auth::hash_of("open sesame");
  const auto other = auth::hash_of("open sesame");
  CHECK(one.starts_with("$y$"));
  CHECK(one != other);
  CHECK(auth::trouble_with_hash(one) == "");
  auth::Crypt crypt;
  CHECK(crypt.matches("open sesame", one));
  CHECK(crypt.matches("open sesame", other));
  CHECK_FALSE(crypt.matches("open", one));
}

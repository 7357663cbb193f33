// SPDX-License-Identifier: Apache-2.0
#include "auth/accounts.hpp"

#include <catch2/catch.hpp>

#include "unit/auth/hashes.hpp"

using namespace culvert;
using namespace culvert::test;
using auth::Accounts;
using auth::Report;

namespace {

const std::string md5_secret(32, 'a');
const std::string sha256_secret(64, 'b');

/// All mistakes, a line each.
std::string mistakes_in(const Report& report) {
  std::string all;
  for (const auto& mistake : report.mistakes()) all += mistake.text() + "\n";
  return all;
}

}  // namespace

TEST_CASE("accounts: htpasswd lines are read", "[auth]") {
  Accounts accounts;
  Report report("f");
  auth::read_htpasswd("# people\nalice:" + std::string(bcrypt_2y) + "\r\nJos\xc3\xa9 L:" + yescrypt,
                      accounts, report);
  CHECK(mistakes_in(report) == "");
  CHECK(accounts.passwords.size() == 2);
  CHECK(accounts.passwords["alice"] == bcrypt_2y);
  CHECK(accounts.passwords["Jos\xc3\xa9 L"] == yescrypt);
}

TEST_CASE("accounts: all mistakes of an htpasswd file are told at once, and no secret", "[auth]") {
  Accounts accounts;
  Report report("f");
  auth::read_htpasswd("alice\n:" + std::string(yescrypt) + "\nbob:hunter2\ncarol:" + yescrypt +
                          "\ncarol:" + yescrypt + "\nda\x01ve:" + yescrypt +
                          "\nerin:$5$rounds=999999999$" + (sha256_crypt + 3) + "\n",
                      accounts, report);
  const auto told = mistakes_in(report);
  CHECK(told.contains("f:1:1: a line is `user:hash`"));
  CHECK(told.contains("f:2:1: the name is empty"));
  CHECK(told.contains("f:3:5: this is no hash"));
  CHECK(told.contains("f:5:1: user carol stands on line 4 already"));
  CHECK(told.contains("f:6:1: a control character in the name"));
  CHECK(told.contains("f:7:6: more than 5000000 rounds"));
  CHECK_FALSE(told.contains("hunter2"));
}

TEST_CASE("accounts: htdigest lines are read, MD5 and SHA-256 for one user", "[auth]") {
  Accounts accounts;
  Report report("f");
  auth::read_htdigest(
      "alice:my realm:" + md5_secret + "\nalice:my realm:" + std::string(64, 'B') + "\n",
      "my realm", accounts, report);
  CHECK(mistakes_in(report) == "");
  CHECK(accounts.digests["alice"].md5 == md5_secret);
  CHECK(accounts.digests["alice"].sha256 == sha256_secret);
}

TEST_CASE("accounts: an htdigest line for another realm, or with no secret, is a mistake",
          "[auth]") {
  Accounts accounts;
  Report report("f");
  auth::read_htdigest("alice:other:" + md5_secret + "\nbob:r:abc\ncarol:r\ndave:r:" + md5_secret +
                          "\ndave:r:" + md5_secret + "\nerin:r:" + std::string(32, 'g') +
                          "\nfrank:r:" + md5_secret + "\n",
                      "r", accounts, report);
  const auto told = mistakes_in(report);
  CHECK(told.contains("f:1:7: the realm is not \"r\""));
  CHECK(told.contains("f:2:7: the secret is not 32 hex digits"));
  CHECK(told.contains("f:3:1: a line is `user:realm:HA1`"));
  CHECK(told.contains("f:5:1: user dave (MD5) stands on line 4 already"));
  CHECK(told.contains("f:6:8: the secret is not"));
  CHECK(report.mistakes().size() == 5);
}

TEST_CASE("accounts: tokens are read, several for one user, and each once", "[auth]") {
  Accounts accounts;
  Report report("f");
  auth::read_tokens("bot:" + std::string(64, 'a') + "\nbot:" + std::string(64, 'B') + "\n",
                    accounts, report);
  CHECK(mistakes_in(report) == "");
  CHECK(accounts.tokens[std::string(64, 'a')] == "bot");
  CHECK(accounts.tokens[std::string(64, 'b')] == "bot");

  auth::read_tokens("bot:" + std::string(64, 'c') + "\nrat:" + std::string(64, 'C') + "\nbot:t0ken",
                    accounts, report);
  const auto told = mistakes_in(report);
  CHECK(told.contains("f:2:1: this token stands on line 1 already"));
  CHECK(told.contains("f:3:5: not the SHA-256 of a token"));
  CHECK_FALSE(told.contains("t0ken;"));
}

TEST_CASE("accounts: groups are read as Apache has them", "[auth]") {
  Accounts accounts;
  Report report("f");
  auth::read_groups("dev: alice bob  uid:1000\t\r\nempty:\nops:carol\n", accounts, report);
  CHECK(mistakes_in(report) == "");
  CHECK(accounts.groups["dev"] == std::vector<std::string>{"alice", "bob", "uid:1000"});
  CHECK(accounts.groups["empty"].empty());
  CHECK(accounts.groups["ops"] == std::vector<std::string>{"carol"});

  auth::read_groups("dev alice\nops: a\nops: b\nqa: \x01\n", accounts, report);
  const auto told = mistakes_in(report);
  CHECK(told.contains("f:1:1: a line is `group: user user ...`"));
  CHECK(told.contains("f:3:1: group ops stands on line 2 already"));
  CHECK(told.contains("f:4:4: a member: a control character in the name"));
}

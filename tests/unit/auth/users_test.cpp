// SPDX-License-Identifier: Apache-2.0
#include "auth/users.hpp"

#include <chrono>

#include <catch2/catch.hpp>

#include "support/folder.hpp"
#include "unit/auth/hashes.hpp"

using namespace culvert;
using namespace culvert::test;
using auth::Settings;
using auth::Users;

namespace {

// SHA-256 of "t0ken".
const std::string token_digest = "b46c09677343261f0b439a472422225e3a230c9c094d6ab16762e2036b597053";

std::string fingerprint_of(const Folder& folder, const std::string& passwords,
                           const std::string& groups) {
  const auto users = Users::load(
      {.htpasswd = folder.write("passwords", passwords), .groups = folder.write("groups", groups)});
  REQUIRE(users);
  return (*users)->fingerprint();
}

}  // namespace

TEST_CASE("users: everybody in the files is found, and nobody else", "[auth]") {
  const Folder folder;
  const auto loaded =
      Users::load({.htpasswd = folder.write("p", std::string("alice:") + yescrypt + "\n"),
                   .htdigest = folder.write("d", "bob:culvert:" + std::string(32, 'a') + "\n"),
                   .tokens = folder.write("t", "bot:" + token_digest + "\n"),
                   .groups = folder.write("g", "ops: bot alice alice\ndev: alice uid:1000\n")});
  REQUIRE(loaded);
  const auto& users = **loaded;
  REQUIRE(users.password_hash("alice") != nullptr);
  CHECK(*users.password_hash("alice") == yescrypt);
  CHECK(users.password_hash("bob") == nullptr);
  CHECK(users.password_hash("Alice") == nullptr);
  REQUIRE(users.digest_secrets("bob") != nullptr);
  CHECK(users.digest_secrets("alice") == nullptr);
  REQUIRE(users.owner_of_token("t0ken") != nullptr);
  CHECK(*users.owner_of_token("t0ken") == "bot");
  CHECK(users.owner_of_token("t0keN") == nullptr);
  CHECK(users.owner_of_token(token_digest) == nullptr);

  CHECK(users.in_group("alice", "ops"));
  CHECK(users.in_group("uid:1000", "dev"));
  CHECK_FALSE(users.in_group("bot", "dev"));
  CHECK_FALSE(users.in_group("", "dev"));
  CHECK_FALSE(users.in_group("alice", "none"));
  CHECK(users.groups_of("alice") == std::vector<std::string>{"dev", "ops"});
  CHECK(users.groups_of("bob").empty());
  CHECK(users.has_group("ops"));
  CHECK_FALSE(users.has_group("qa"));
}

TEST_CASE("users: any secret makes an account, and a group does not", "[auth]") {
  const Users users({.passwords = {{"alice", "A"}},
                     .digests = {{"bob", {.md5 = "B", .sha256 = {}}}},
                     .tokens = {{"C", "bot"}, {"D", "bot"}, {"E", "rat"}},
                     .groups = {{"dev", {"carol"}}}});
  for (const auto* user : {"alice", "bob", "bot", "rat"}) {
    CAPTURE(user);
    CHECK(users.has_account(user));
  }
  for (const auto* nobody : {"carol", "dev", "bo", "C", ""}) {
    CAPTURE(nobody);
    CHECK_FALSE(users.has_account(nobody));
  }
}

TEST_CASE("users: with many tokens, who still has one is told at once for as many tunnels",
          "[auth]") {
  constexpr int owners = 10'000;
  constexpr int tunnels = 50'000;
  auth::Accounts accounts;
  for (int i = 0; i < owners; ++i) {
    accounts.tokens.emplace("token " + std::to_string(i), "bot " + std::to_string(i));
  }
  const Users users(std::move(accounts));
  const auto begun = std::chrono::steady_clock::now();
  int known = 0;
  for (int i = 0; i < tunnels; ++i) {
    if (users.has_account("bot " + std::to_string(i))) ++known;
  }
  CHECK(known == owners);
  // Milliseconds; half a minute when each look-up goes through all tokens.
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(10));
}

TEST_CASE("users: no files, no users", "[auth]") {
  const auto users = Users::load({});
  REQUIRE(users);
  CHECK((*users)->password_hash("alice") == nullptr);
  CHECK((*users)->stand_in(7) == nullptr);
  CHECK((*users)->warnings().empty());
}

TEST_CASE("users: the mistakes of all files are told at once", "[auth]") {
  const Folder folder;
  const auto users = Users::load({.htpasswd = folder.write("p", "alice:secret\n"),
                                  .htdigest = folder.path("none"),
                                  .tokens = folder.write("t", "bot\n"),
                                  .groups = folder.write("g", "dev\n")});
  REQUIRE_FALSE(users);
  CHECK(users.error().size() == 4);
}

TEST_CASE("users: a stand-in for who has no password is a hash of somebody", "[auth]") {
  const Users users(
      {.passwords = {{"alice", "A"}, {"bob", "B"}}, .digests = {}, .tokens = {}, .groups = {}});
  CHECK(*users.stand_in(0) == "A");
  CHECK(*users.stand_in(1) == "B");
  CHECK(*users.stand_in(2) == "A");
}

TEST_CASE("users: the fingerprint changes with what is said and not with how", "[auth]") {
  const Folder folder;
  const auto alice = std::string("alice:") + yescrypt + "\n";
  const auto bob = std::string("bob:") + bcrypt_2b + "\n";
  const auto one = fingerprint_of(folder, alice + bob, "dev: alice bob\nops: bob\n");
  CHECK(one.size() == 64);
  CHECK(one == fingerprint_of(folder, "# all\r\n" + bob + "\n" + alice,
                              "ops:bob\n# x\ndev:  bob alice bob"));
  CHECK(one != fingerprint_of(folder, alice, "dev: alice bob\nops: bob\n"));
  CHECK(one != fingerprint_of(folder, alice + bob, "dev: alice\nops: bob\n"));
  CHECK(one != fingerprint_of(folder, alice + bob, "dev: alice bob\nops: bob\nqa:\n"));
  CHECK(one != fingerprint_of(folder, alice + std::string("bob:") + bcrypt_2y,
                              "dev: alice bob\nops: bob\n"));
}

TEST_CASE("users: who has only one kind of Digest secret is warned about", "[auth]") {
  const Folder folder;
  const auto md5 = ":culvert:" + std::string(32, 'a') + "\n";
  const auto sha256 = ":culvert:" + std::string(64, 'a') + "\n";
  const auto warnings_for = [&](const std::string& text) {
    const auto users = Users::load({.htdigest = folder.write("d", text)});
    REQUIRE(users);
    return (*users)->warnings().size();
  };
  CHECK(warnings_for("a" + md5 + "a" + sha256) == 0);
  CHECK(warnings_for("a" + sha256) == 0);
  CHECK(warnings_for("a" + md5 + "b" + sha256) == 1);
  CHECK(warnings_for("a" + md5) == 1);
}

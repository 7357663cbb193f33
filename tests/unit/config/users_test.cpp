// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "config/config.hpp"
#include "support/folder.hpp"

using namespace culvert;
using namespace culvert::config;
using culvert::test::Folder;

namespace {

constexpr const char* rule = "[[rule]]\nname = \"r\"\naction = \"allow\"\ngroups = [\"dev\"]\n";

}  // namespace

TEST_CASE("users: files stand relative to the configuration", "[config]") {
  const Folder folder;
  folder.write("tokens", "alice:" + std::string(64, 'a') + "\n");
  folder.write("groups", "dev: alice\n");
  const auto loaded =
      load(folder.write("c.toml",
                        std::string(rule) + "[auth]\ntokens = \"tokens\"\ngroups = \"groups\"\n"),
           {});
  REQUIRE(loaded.config);
  const auto& config = *loaded.config;
  REQUIRE(config.users);
  CHECK(config.users->in_group("alice", "dev"));
  CHECK_FALSE(config.policy.open_to_all_clients());
}

TEST_CASE("users: a mistake in a file of accounts is one of the configuration", "[config]") {
  const Folder folder;
  folder.write("htpasswd", "alice:$apr1$abcdefgh$xxxxxxxxxxxxxxxxxxxxx.\n");
  const auto loaded = load(folder.write("c.toml", "[auth]\nhtpasswd = \"htpasswd\"\n"), {});
  REQUIRE(loaded.mistakes.size() == 1);
  CHECK(loaded.mistakes[0].file == folder.path("htpasswd"));
  CHECK(loaded.mistakes[0].line == 1);
}

TEST_CASE("users: the narrowest network tells whose an address is", "[config]") {
  const auto loaded =
      parse("[identities]\nall = [\"10.0.0.0/8\"]\nbuild = [\"10.1.2.3\"]\n", "c.toml", {});
  REQUIRE(loaded.config);
  const auto& identities = loaded.config->identities;
  REQUIRE(identities.size() == 2);
  CHECK(identities[0].user == "build");
  const auto twice = parse("[identities]\na = [\"10.0.0.1\"]\nb = [\"10.0.0.1\"]\n", "c.toml", {});
  REQUIRE(twice.mistakes.size() == 1);
  CHECK(twice.mistakes[0].text() == "c.toml:3:1: identities.b: 10.0.0.1 is \"a\" already");
}

TEST_CASE("users: everybody is not one user", "[config]") {
  const auto loaded = parse("[identities]\nanyone = [\"0.0.0.0/0\"]\n", "c.toml", {});
  REQUIRE(loaded.mistakes.size() == 1);
  CHECK(loaded.mistakes[0].what == "0.0.0.0/0 is everybody, not one user");
}

TEST_CASE("users: a group that is none is a mistake where a rule names it", "[config]") {
  const Folder folder;
  folder.write("groups", "dev: alice\n");
  folder.write("tokens", "alice:" + std::string(64, 'a') + "\n");
  const auto loaded =
      load(folder.write("c.toml",
                        "[auth]\ntokens = \"tokens\"\ngroups = \"groups\"\n[[rule]]\nname = "
                        "\"r\"\naction = \"deny\"\ngroups = [\"devs\"]\n"),
           {});
  REQUIRE(loaded.mistakes.size() == 1);
  CHECK(loaded.mistakes[0].what == "no group \"devs\" stands in auth.groups");
  CHECK(loaded.mistakes[0].line == 4);
}

TEST_CASE("users: a file that is not there is told where it is named", "[config]") {
  const Folder folder;
  const auto loaded = load(folder.write("c.toml", "[auth]\nhtpasswd = \"nofile\"\n"), {});
  REQUIRE(loaded.mistakes.size() == 1);
  CHECK(loaded.mistakes[0].file == folder.path("c.toml"));
  CHECK(loaded.mistakes[0].line == 2);
  CHECK(loaded.mistakes[0].key == "auth.htpasswd");
}

TEST_CASE("users: one whom nothing knows is a warning where a rule names it", "[config]") {
  const Folder folder;
  folder.write("tokens", "alice:" + std::string(64, 'a') + "\n");
  const auto loaded = load(
      folder.write("c.toml",
                   "[auth]\ntokens = \"tokens\"\n[identities]\nbuild = [\"10.1.2.3\"]\n[[rule]]\n"
                   "name = \"r\"\naction = \"deny\"\n"
                   "users = [\"alice\", \"build\", \"uid:1000\", \"ailce\"]\n"),
      {});
  REQUIRE(loaded.config);
  REQUIRE(loaded.warnings.size() == 1);
  CHECK(loaded.warnings[0].line == 5);
  CHECK(loaded.warnings[0].what ==
        "no user \"ailce\" is in the files of [auth] or in [identities]; nobody can be that");
}

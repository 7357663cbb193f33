// SPDX-License-Identifier: Apache-2.0
#include "app/asker.hpp"

#include <memory>

#include <catch2/catch.hpp>

using namespace culvert;

namespace {

/// Builders are in 10.1.0.0/16, all but one, and in the group dev.
config::Config config_with(auth::Accounts accounts) {
  config::Config config;
  config.identities = {{.network = Network::parse("10.1.2.3").value(), .user = "kiosk"},
                       {.network = Network::parse("10.1.0.0/16").value(), .user = "build"}};
  accounts.groups = {{"dev", {"alice", "build"}}, {"ops", {"alice"}}};
  config.users = std::make_shared<const auth::Users>(std::move(accounts));
  return config;
}

app::Request completed(const config::Config& config, const char* client, const char* user,
                       std::vector<std::string> groups = {}) {
  app::Request request{.asked = app::read_asked("a.example:443", "").value(),
                       .client = Address::parse(client).value(),
                       .user = user,
                       .groups = std::move(groups)};
  app::complete_asker(config, request);
  return request;
}

}  // namespace

TEST_CASE("asker: who is not said to be anybody is who the client's place tells", "[explain]") {
  auto [client, said, user, known_by_place] =
      GENERATE(table<const char*, const char*, std::string, bool>({
          {"10.1.2.3", "", "kiosk", true},
          {"10.1.2.4", "", "build", true},
          {"10.2.0.1", "", "", false},
          {"10.1.2.3", "alice", "alice", false},  // credentials go before the place
          {"10.1.2.3", "kiosk", "kiosk", false},
          {"10.2.0.1", "build", "build", false},
      }));
  CAPTURE(client, said);
  const auto request = completed(config_with({}), client, said);
  CHECK(request.user == user);
  CHECK(request.known_by_place == known_by_place);
}

TEST_CASE("asker: only where somebody has a secret can anybody be asked", "[explain]") {
  auth::Accounts of_token;
  of_token.tokens = {{"digest", "alice"}};
  CHECK(completed(config_with(of_token), "10.2.0.1", "").can_ask_user);
  CHECK_FALSE(completed(config_with({}), "10.2.0.1", "").can_ask_user);
  CHECK_FALSE(completed(config::Config(), "10.2.0.1", "").can_ask_user);
}

TEST_CASE("asker: groups are those of whoever it is, and those that were said", "[explain]") {
  using Groups = std::vector<std::string>;
  const auto config = config_with({});
  CHECK(completed(config, "10.1.2.4", "").groups == Groups{"dev"});
  CHECK(completed(config, "10.1.2.4", "alice").groups == Groups{"dev", "ops"});
  CHECK(completed(config, "10.1.2.4", "alice", {"qa", "dev"}).groups == Groups{"dev", "ops", "qa"});
  CHECK(completed(config, "10.1.2.3", "").groups.empty());
  CHECK(completed(config::Config(), "10.1.2.4", "alice", {"qa"}).groups == Groups{"qa"});
}

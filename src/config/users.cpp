// SPDX-License-Identifier: Apache-2.0
#include "config/users.hpp"

#include <algorithm>
#include <utility>

#include "config/contents.hpp"

namespace culvert::config {
namespace {

/// A path stands relative to the file that it was written in.
void resolve(std::string& path, const std::string& key, const Draft& draft) {
  const auto place = draft.places.find(key);
  if (path.empty() || place == draft.places.end()) return;
  const bool in_file = place->second.line != 0;
  path = resolved_path(path, in_file ? place->second.source : std::string_view());
}

Mistake mistake_of(auth::FileMistake from) {
  return {.file = std::move(from.file),
          .line = static_cast<std::uint32_t>(from.line),
          .column = static_cast<std::uint32_t>(from.column),
          .key = {},
          .what = std::move(from.what)};
}

/// What is wrong with a whole file is told where the file is named.
void add_mistake(auth::FileMistake from, Draft& draft) {
  if (from.line != 0) return draft.mistakes.add(mistake_of(std::move(from)));
  const auto& auth = draft.config.auth;
  const std::pair<const char*, const std::string&> files[] = {{"auth.htpasswd", auth.htpasswd},
                                                              {"auth.htdigest", auth.htdigest},
                                                              {"auth.tokens", auth.tokens},
                                                              {"auth.groups", auth.groups}};
  for (const auto& [key, path] : files) {
    const auto place = draft.places.find(key);
    if (path != from.file || place == draft.places.end()) continue;
    return draft.mistakes.add(place->second, key, path + " " + from.what);
  }
  draft.mistakes.add(mistake_of(std::move(from)));
}

/// A group that nobody is in is a slip: a deny rule for it would deny nobody.
void check_groups(Draft& draft) {
  const auto& users = draft.config.users;
  const auto& rules = draft.config.policy.rules();
  for (std::size_t i = 0; i < rules.size(); ++i) {
    for (const auto& group : rules[i].groups) {
      if (users && users->has_group(group)) continue;
      auto& told = draft.config.auth.groups.empty() ? draft.warnings : draft.mistakes;
      told.add(draft.rule_places[i], "rule[" + std::to_string(i + 1) + "].groups",
               "no group " + quoted(group) + " stands in auth.groups");
    }
  }
}

bool is_known(const config::Config& config, const std::string& user) {
  return user == "*" || user.starts_with("uid:") ||
         (config.users && config.users->has_account(user)) ||
         std::ranges::any_of(config.identities, [&](const auto& one) { return one.user == user; });
}

/// One that nobody can be is a slip too, or an account that is yet to come.
void check_names(Draft& draft) {
  // Of certificates nobody knows the names before they are shown.
  if (std::ranges::any_of(draft.listeners, &Listener::asks_certificate)) return;
  const auto& rules = draft.config.policy.rules();
  for (std::size_t i = 0; i < rules.size(); ++i) {
    for (const auto& user : rules[i].users) {
      if (is_known(draft.config, user)) continue;
      draft.warnings.add(draft.rule_places[i], "rule[" + std::to_string(i + 1) + "].users",
                         "no user " + quoted(user) +
                             " is in the files of [auth] or in [identities]; nobody can be that");
    }
  }
}

bool somebody_can_say(const Draft& draft) {
  const auto& config = draft.config;
  const auto& auth = config.auth;
  return !auth.htpasswd.empty() || !auth.htdigest.empty() || !auth.tokens.empty() ||
         !config.identities.empty() ||
         std::ranges::any_of(draft.listeners, [](const Listener& one) { return one.tells_user(); });
}

void check_asked(Draft& draft) {
  if (somebody_can_say(draft)) return;
  for (const auto& place : draft.asking_user) {
    draft.mistakes.add(
        place, "rule",
        "asks who the user is, and nobody can say: set auth.htpasswd, auth.htdigest "
        "or auth.tokens, name clients in [identities], listen on a Unix socket, or ask for "
        "clients' certificates (client_ca in the tls of a [[listen]])");
  }
}

}  // namespace

void load_users(Draft& draft) {
  auto& auth = draft.config.auth;
  resolve(auth.htpasswd, "auth.htpasswd", draft);
  resolve(auth.htdigest, "auth.htdigest", draft);
  resolve(auth.tokens, "auth.tokens", draft);
  resolve(auth.groups, "auth.groups", draft);
  check_asked(draft);
  if (auth == auth::Settings()) {
    check_groups(draft);
    return check_names(draft);
  }
  auto users = auth::Users::load(auth);
  if (!users) {
    for (auto& mistake : users.error()) add_mistake(std::move(mistake), draft);
    return;
  }
  for (auto& warning : (*users)->warnings()) draft.warnings.add(mistake_of(warning));
  draft.config.users = std::move(*users);
  check_groups(draft);
  check_names(draft);
}

}  // namespace culvert::config

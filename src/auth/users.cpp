// SPDX-License-Identifier: Apache-2.0
#include "auth/users.hpp"

#include <algorithm>
#include <utility>

#include "hash/digest.hpp"

namespace culvert::auth {
namespace {

/// Reads the files one after the other and keeps what they tell.
class Loading {
 public:
  template <class Read>
  void file(const std::string& path, Read read) {
    if (path.empty()) return;
    Report report(path);
    if (const auto text = contents_of(path, report)) read(*text, accounts, report);
    std::ranges::move(report.mistakes(), std::back_inserter(mistakes));
    std::ranges::copy(report.warnings(), std::back_inserter(warnings));
  }

  Accounts accounts;
  std::vector<FileMistake> mistakes;
  std::vector<FileMistake> warnings;
};

/// Adds one fact to a digest so that no two lists of facts look the same: names hold no control
/// characters.
void add(hash::Sha256& digest, std::string_view kind, std::string_view name,
         std::string_view value) {
  for (const auto part : {kind, name, value}) {
    digest.update(part);
    digest.update("\n");
  }
}

void sort_unique(std::vector<std::string>& names) {
  std::ranges::sort(names);
  const auto [first, last] = std::ranges::unique(names);
  names.erase(first, last);
}

template <class T>
const T* find(const ByName<T>& map, std::string_view name) {
  const auto found = map.find(name);
  return found == map.end() ? nullptr : &found->second;
}

std::string warning_of(const Users& users) {
  if (!users.has_digests() || (users.digests_all_md5() && users.digests_all_sha256())) return "";
  if (users.digests_all_md5()) return "not everybody has a SHA-256 line, so MD5 alone is offered";
  if (users.digests_all_sha256()) return "";  // as it should be, where all clients are new
  return "some have only an MD5 line and some only a SHA-256 one: a client that picks the other "
         "cannot come in";
}

}  // namespace

std::expected<std::shared_ptr<const Users>, std::vector<FileMistake>> Users::load(
    const Settings& settings) {
  Loading loading;
  loading.file(settings.htpasswd, read_htpasswd);
  loading.file(settings.htdigest, [&](std::string_view text, Accounts& into, Report& report) {
    read_htdigest(text, settings.realm, into, report);
  });
  loading.file(settings.tokens, read_tokens);
  loading.file(settings.groups, read_groups);
  if (!loading.mistakes.empty()) return std::unexpected(std::move(loading.mistakes));
  auto users = std::make_shared<Users>(std::move(loading.accounts));
  users->warnings_ = std::move(loading.warnings);
  if (auto what = warning_of(*users); !what.empty()) {
    users->warnings_.push_back({.file = settings.htdigest, .what = std::move(what)});
  }
  return users;
}

Users::Users(Accounts accounts) : accounts_(std::move(accounts)) {
  for (auto& [group, members] : accounts_.groups) {
    sort_unique(members);
    for (const auto& member : members) groups_of_[member].push_back(group);
  }
  for (const auto& [user, hash] : accounts_.passwords) stand_ins_.push_back(&hash);
  for (const auto& [token, owner] : accounts_.tokens) token_owners_.insert(owner);
  for (const auto& [user, secrets] : accounts_.digests) {
    all_md5_ = all_md5_ && !secrets.md5.empty();
    all_sha256_ = all_sha256_ && !secrets.sha256.empty();
  }
}

const std::string* Users::password_hash(std::string_view user) const {
  return find(accounts_.passwords, user);
}

const std::string* Users::stand_in(std::size_t choice) const {
  return stand_ins_.empty() ? nullptr : stand_ins_[choice % stand_ins_.size()];
}

const DigestSecrets* Users::digest_secrets(std::string_view user) const {
  return find(accounts_.digests, user);
}

const std::string* Users::owner_of_token(std::string_view token) const {
  return find(accounts_.tokens, hash::sha256_hex(token));
}

bool Users::has_account(std::string_view user) const {
  return password_hash(user) != nullptr || digest_secrets(user) != nullptr ||
         token_owners_.contains(user);
}

bool Users::in_group(std::string_view user, std::string_view group) const {
  return std::ranges::binary_search(groups_of(user), group);
}

const std::vector<std::string>& Users::groups_of(std::string_view user) const {
  static const std::vector<std::string> none;
  const auto* const groups = find(groups_of_, user);
  return groups == nullptr ? none : *groups;
}

std::string Users::fingerprint() const {
  hash::Sha256 digest;
  for (const auto& [user, hash] : accounts_.passwords) add(digest, "password", user, hash);
  for (const auto& [user, secrets] : accounts_.digests) {
    add(digest, "md5", user, secrets.md5);
    add(digest, "sha256", user, secrets.sha256);
  }
  for (const auto& [token, user] : accounts_.tokens) add(digest, "token", user, token);
  for (const auto& [group, members] : accounts_.groups) {
    add(digest, "group", group, "");
    for (const auto& member : members) add(digest, "member", group, member);
  }
  return digest.finish();
}

}  // namespace culvert::auth

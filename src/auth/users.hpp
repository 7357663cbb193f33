// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <culvert/policy.hpp>

#include "auth/accounts.hpp"
#include "auth/settings.hpp"

namespace culvert::auth {

/// Everybody that the account files know. Never changes once loaded, so that threads share it.
class Users final : public policy::Membership {
 public:
  /// Reads all files that the settings name, or tells all that is wrong with any of them.
  static std::expected<std::shared_ptr<const Users>, std::vector<FileMistake>> load(
      const Settings& settings);

  explicit Users(Accounts accounts);
  ~Users() = default;
  Users(const Users&) = delete;
  Users& operator=(const Users&) = delete;

  /// The crypt(3) hash of a user's password; null without one.
  const std::string* password_hash(std::string_view user) const;
  /// The hash to check in vain when a user has none, so that the time it takes tells no names:
  /// some user's, and which one is for `choice` to say. Null when there are no passwords at all.
  const std::string* stand_in(std::size_t choice) const;
  /// Null without any.
  const DigestSecrets* digest_secrets(std::string_view user) const;
  /// Whose token this is; null if it is nobody's.
  const std::string* owner_of_token(std::string_view token) const;

  /// With any secret at all.
  bool has_account(std::string_view user) const;
  bool has_passwords() const { return !accounts_.passwords.empty(); }
  bool has_tokens() const { return !accounts_.tokens.empty(); }
  bool has_digests() const { return !accounts_.digests.empty(); }
  /// True when every user with a Digest secret has one for this algorithm. A client takes the first
  /// algorithm that it knows, so one that some user lacks would shut that user out.
  bool digests_all_md5() const { return all_md5_; }
  bool digests_all_sha256() const { return all_sha256_; }

  bool has_group(std::string_view group) const { return accounts_.groups.contains(group); }
  bool in_group(std::string_view user, std::string_view group) const override;
  /// Somebody can say who they are.
  bool has_secrets() const { return has_passwords() || has_tokens() || has_digests(); }
  /// Sorted; empty for one in no group.
  const std::vector<std::string>& groups_of(std::string_view user) const;

  /// SHA-256, in hex, of what the files say, whatever the order of their lines, comments and white
  /// space: the same as long as the same people may come in with the same secrets.
  std::string fingerprint() const;
  /// What is no mistake but should not be so.
  const std::vector<FileMistake>& warnings() const { return warnings_; }

 private:
  Accounts accounts_;
  ByName<std::vector<std::string>> groups_of_;  // by user
  std::vector<const std::string*> stand_ins_;   // every hash there is
  std::set<std::string_view> token_owners_;
  bool all_md5_ = true;
  bool all_sha256_ = true;
  std::vector<FileMistake> warnings_;
};

}  // namespace culvert::auth

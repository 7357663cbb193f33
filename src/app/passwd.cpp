// SPDX-License-Identifier: Apache-2.0
#include "app/passwd.hpp"

#include <algorithm>
#include <cstdio>
#include <expected>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "app/account_edit.hpp"
#include "app/ask_password.hpp"
#include "app/file_change.hpp"
#include "auth/name.hpp"
#include "auth/password_hash.hpp"
#include "base/printable.hpp"
#include "hash/digest.hpp"
#include "hash/secret.hpp"

namespace culvert::app {
namespace {

using Deed = PasswdOptions::Deed;

constexpr int done = 0;
constexpr int not_done = 1;
constexpr int usage_error = 2;

constexpr std::size_t longest_user_bytes = 64;
constexpr std::size_t token_bytes = 32;

int say(int status, const std::string& what) {
  fmt::print(stderr, "culvert: {}\n", printable(what));
  return status;
}

/// What keeps a new user from having this name; "" if nothing does.
std::string trouble_with_user(std::string_view user) {
  if (user.starts_with("uid:")) return "uid:N is who comes over a Unix socket, and has no password";
  if (user.contains(':')) return "a user name cannot hold a colon, which ends it in the file";
  if (user.contains(' ')) return "a user name cannot hold a space, which ends it in a groups file";
  if (user.starts_with('#')) return "a user name cannot begin with #, which begins a comment";
  if (user.size() > longest_user_bytes) return "a user name has 64 bytes at most";
  const auto trouble = auth::trouble_with_name(user);
  return trouble.empty() ? "" : "the user: " + trouble;
}

std::string trouble_with_realm(std::string_view realm) {
  if (realm.empty()) return "the realm is empty";
  if (!auth::without_controls(realm)) return "a control character in the realm";
  return auth::is_utf8(realm) ? "" : "the realm is not in UTF-8";
}

/// What a file holds, and how to say so here.
const char* name_of(FileKind kind) {
  switch (kind) {
    case FileKind::passwords: return "passwords, which takes neither --digest nor --token";
    case FileKind::digests: return "Digest secrets, which takes --digest";
    case FileKind::tokens: return "tokens, which takes --token";
    case FileKind::groups: break;
  }
  return "groups, which is for an editor";
}

bool fits(Deed deed, FileKind kind) {
  switch (deed) {
    case Deed::password: return kind == FileKind::passwords;
    case Deed::digest: return kind == FileKind::digests;
    case Deed::token: return kind == FileKind::tokens;
    case Deed::remove: return kind != FileKind::groups;
  }
  return false;
}

/// What the file is to say of the user.
struct Entry {
  std::string lines;
  std::string token;  // to be shown once; empty if it is none
};

std::string digest_lines(const PasswdOptions& options, const std::string& password) {
  const auto who = options.user + ":" + options.realm + ":";
  return who + hash::sha256_hex(who + password) + "\n" + who + hash::md5_hex(who + password) + "\n";
}

std::string new_token() {
  const auto bytes = hash::random_bytes(token_bytes);
  return hash::hex(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
}

std::expected<Entry, std::string> make_entry(const PasswdOptions& options) {
  if (options.deed == Deed::remove) return Entry{};
  if (options.deed == Deed::token) {
    auto token = new_token();
    return Entry{.lines = options.user + ":" + hash::sha256_hex(token) + "\n", .token = token};
  }
  const auto password = ask_password(options.user, options.from_stdin);
  if (!password) return std::unexpected(password.error());
  if (options.deed == Deed::digest) {
    return Entry{.lines = digest_lines(options, *password), .token = {}};
  }
  return Entry{.lines = options.user + ":" + auth::hash_of(*password) + "\n", .token = {}};
}

/// Puts the entry into the text of the file, and tells whether the user was there before.
std::expected<Edited, std::string> put(const Entry& entry, const std::string& text,
                                       const PasswdOptions& options) {
  const auto kind = kind_of(text);
  if (kind && !fits(options.deed, *kind)) {
    return std::unexpected(fmt::format("{} is a file of {}", options.file, name_of(*kind)));
  }
  std::optional<std::string_view> realm;
  if (options.deed == Deed::digest) realm = options.realm;
  auto edited = with_lines(text, options.user, entry.lines, realm);
  if (options.deed == Deed::remove && !edited.had_user) {
    return std::unexpected(fmt::format("there is no user {} in {}", options.user, options.file));
  }
  return edited;
}

const char* deed_done(Deed deed, bool had_user) {
  if (deed == Deed::remove) return "removed from";
  return had_user ? "changed in" : "added to";
}

int carry_out(const PasswdOptions& options) {
  const auto entry = make_entry(options);
  if (!entry) return say(not_done, entry.error() + "; nothing was changed");
  bool had_user = false;
  const auto changed =
      change_file(options.file, options.deed == Deed::remove ? IfMissing::fail : IfMissing::create,
                  [&](const std::string& text) -> std::expected<std::string, std::string> {
                    auto edited = put(*entry, text, options);
                    if (!edited) return std::unexpected(std::move(edited.error()));
                    had_user = edited->had_user;
                    return std::move(edited->text);
                  });
  if (!changed) return say(not_done, changed.error() + "; nothing was changed");
  if (!entry->token.empty()) fmt::print("{}\n", entry->token);
  return say(
      done, fmt::format("{} {} {}", options.user, deed_done(options.deed, had_user), options.file));
}

}  // namespace

int passwd(const PasswdOptions& options) {
  if (const auto trouble = trouble_with_user(options.user); !trouble.empty()) {
    return say(usage_error, trouble);
  }
  if (options.deed == Deed::digest) {
    if (const auto trouble = trouble_with_realm(options.realm); !trouble.empty()) {
      return say(usage_error, trouble);
    }
  }
  return carry_out(options);
}

}  // namespace culvert::app

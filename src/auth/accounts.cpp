// SPDX-License-Identifier: Apache-2.0
#include "auth/accounts.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "auth/name.hpp"
#include "auth/password_hash.hpp"

namespace culvert::auth {
namespace {

constexpr std::size_t md5_digits = 32;
constexpr std::size_t sha256_digits = 64;

/// The part of a line before its first colon, and the one behind it.
struct Pair {
  std::string_view name;
  std::string_view rest;
  std::size_t rest_column;
};

/// Takes a line apart; what is wrong with it or with the name is told.
std::optional<Pair> read_pair(const Line& line, const char* shape, Report& report) {
  const auto colon = line.text.find(':');
  if (colon == std::string_view::npos) {
    report.mistake(line.number, 1, std::string("a line is `") + shape + "`");
    return std::nullopt;
  }
  const auto name = line.text.substr(0, colon);
  if (const auto trouble = trouble_with_name(name); !trouble.empty()) {
    report.mistake(line.number, 1, trouble);
    return std::nullopt;
  }
  return Pair{.name = name, .rest = line.text.substr(colon + 1), .rest_column = colon + 2};
}

/// On which line something was said first.
class FirstLines {
 public:
  explicit FirstLines(Report& report) : report_(report) {}

  /// False, with a mistake that names both lines, when it was said before. `what` is for people,
  /// `key` for telling one from another.
  bool take(const std::string& what, std::size_t line, const std::string& key) {
    const auto [found, fresh] = lines_.emplace(key, line);
    if (!fresh) {
      report_.mistake(line, 1,
                      what + " stands on line " + std::to_string(found->second) +
                          " already; remove one of the two");
    }
    return fresh;
  }
  bool take(const std::string& what, std::size_t line) { return take(what, line, what); }

 private:
  ByName<std::size_t> lines_;
  Report& report_;
};

/// Lower-case hex; empty when it is none.
std::string hex_digits(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c >= 'A' && c <= 'F') {
      out += static_cast<char>(c - 'A' + 'a');
    } else if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')) {
      out += c;
    } else {
      return "";
    }
  }
  return out;
}

std::vector<std::string> words_of(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  std::vector<std::string> words;
  while (true) {
    const auto begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return words;
    text.remove_prefix(begin);
    const auto end = std::min(text.find_first_of(blanks), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

}  // namespace

void read_htpasswd(std::string_view text, Accounts& accounts, Report& report) {
  FirstLines first(report);
  for (const auto& line : lines_of(text)) {
    const auto pair = read_pair(line, "user:hash", report);
    if (!pair || !first.take("user " + std::string(pair->name), line.number)) continue;
    if (const auto trouble = trouble_with_hash(pair->rest); !trouble.empty()) {
      report.mistake(line.number, pair->rest_column, trouble);
      continue;
    }
    accounts.passwords.emplace(pair->name, pair->rest);
  }
}

void read_htdigest(std::string_view text, std::string_view realm, Accounts& accounts,
                   Report& report) {
  FirstLines first(report);
  for (const auto& line : lines_of(text)) {
    const auto pair = read_pair(line, "user:realm:HA1", report);
    if (!pair) continue;
    const auto colon = pair->rest.rfind(':');
    if (colon == std::string_view::npos) {
      report.mistake(line.number, 1, "a line is `user:realm:HA1`");
      continue;
    }
    if (pair->rest.substr(0, colon) != realm) {
      report.mistake(line.number, pair->rest_column,
                     "the realm is not \"" + std::string(realm) +
                         "\", which clients are told, so the secret would never match");
      continue;
    }
    const auto secret = hex_digits(pair->rest.substr(colon + 1));
    if (secret.size() != md5_digits && secret.size() != sha256_digits) {
      report.mistake(line.number, pair->rest_column + colon + 1,
                     "the secret is not 32 hex digits (MD5) or 64 (SHA-256)");
      continue;
    }
    const bool is_md5 = secret.size() == md5_digits;
    const auto who = "user " + std::string(pair->name) + (is_md5 ? " (MD5)" : " (SHA-256)");
    if (!first.take(who, line.number)) continue;
    auto& secrets = accounts.digests[std::string(pair->name)];
    (is_md5 ? secrets.md5 : secrets.sha256) = secret;
  }
}

void read_tokens(std::string_view text, Accounts& accounts, Report& report) {
  FirstLines first(report);
  for (const auto& line : lines_of(text)) {
    const auto pair = read_pair(line, "user:sha256", report);
    if (!pair) continue;
    const auto digest = hex_digits(pair->rest);
    if (digest.size() != sha256_digits) {
      report.mistake(line.number, pair->rest_column,
                     "not the SHA-256 of a token, which is 64 hex digits; "
                     "`culvert passwd FILE USER --token` makes one");
      continue;
    }
    if (first.take("this token", line.number, digest)) accounts.tokens.emplace(digest, pair->name);
  }
}

void read_groups(std::string_view text, Accounts& accounts, Report& report) {
  FirstLines first(report);
  for (const auto& line : lines_of(text)) {
    // Members may hold colons, so only the group's own one counts.
    const auto pair = read_pair(line, "group: user user ...", report);
    if (!pair || !first.take("group " + std::string(pair->name), line.number)) continue;
    auto members = words_of(pair->rest);
    const auto bad = std::ranges::find_if(
        members, [](const auto& member) { return !trouble_with_name(member).empty(); });
    if (bad != members.end()) {
      report.mistake(line.number, pair->rest_column, "a member: " + trouble_with_name(*bad));
      continue;
    }
    accounts.groups.emplace(pair->name, std::move(members));
  }
}

}  // namespace culvert::auth

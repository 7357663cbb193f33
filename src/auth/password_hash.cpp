// SPDX-License-Identifier: Apache-2.0
#include "auth/password_hash.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>

#include <crypt.h>

#include "hash/secret.hpp"

namespace culvert::auth {
namespace {

constexpr const char* instead = "; `culvert passwd FILE USER` or `htpasswd -B` makes a right one";

/// A kind of hash that is taken: how its text begins, and how long the part behind the last `$` is.
struct Kind {
  std::string_view prefix;
  std::size_t last_bytes;
};
constexpr std::array kinds{
    Kind{.prefix = "$2b$", .last_bytes = 53}, Kind{.prefix = "$2y$", .last_bytes = 53},
    Kind{.prefix = "$2a$", .last_bytes = 53}, Kind{.prefix = "$y$", .last_bytes = 43},
    Kind{.prefix = "$gy$", .last_bytes = 43}, Kind{.prefix = "$6$", .last_bytes = 86},
    Kind{.prefix = "$5$", .last_bytes = 43},
};

/// A kind that is not taken, by how its text begins.
struct Refused {
  std::string_view prefix;
  const char* why;
};
constexpr std::array refused{
    Refused{.prefix = "$apr1$", .why = "an $apr1$ hash (htpasswd -m) is too cheap to guess"},
    Refused{.prefix = "$1$", .why = "an MD5 hash ($1$) is too cheap to guess"},
    Refused{.prefix = "{SHA}", .why = "a {SHA} hash (htpasswd -s) has no salt"},
    Refused{.prefix = "{", .why = "an LDAP hash ({...}) is not known here"},
};

bool is_crypt_text(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '.' && c <= '9');
  });
}

/// Not a hash at all, or one of a kind that is refused.
std::string trouble_with_kind(std::string_view hash) {
  for (const auto& [prefix, why] : refused) {
    if (hash.starts_with(prefix)) return std::string(why) + instead;
  }
  if (hash.starts_with('$')) return std::string("a kind of hash that is not known here") + instead;
  if (hash.size() == 13 && is_crypt_text(hash)) {
    return std::string("a DES hash (htpasswd -d), or a plain password: either is too cheap") +
           instead;
  }
  return std::string("this is no hash; a password must not stand here as it is") + instead;
}

/// The library calls $5$ and others "legacy" and still knows them.
bool known_to_crypt(std::string_view hash) {
  const int verdict = crypt_checksalt(std::string(hash).c_str());
  return verdict == CRYPT_SALT_OK || verdict == CRYPT_SALT_METHOD_LEGACY;
}

/// Cost 16 takes seconds, each one more twice as long, and all that time others wait.
bool costs_too_much(std::string_view bcrypt) {
  return bcrypt.substr(4, 2) > "16";
}

}  // namespace

std::string trouble_with_hash(std::string_view hash) {
  const auto* const kind =
      std::ranges::find_if(kinds, [hash](const Kind& one) { return hash.starts_with(one.prefix); });
  if (kind == kinds.end()) return trouble_with_kind(hash);
  const auto last = hash.substr(hash.rfind('$') + 1);
  if (last.size() != kind->last_bytes || !is_crypt_text(last) || !known_to_crypt(hash)) {
    return std::string("the hash is cut short or damaged") + instead;
  }
  if (kind->prefix.starts_with("$2") && costs_too_much(hash)) {
    return "a bcrypt cost above 16 takes minutes for each check; 10 to 12 is usual";
  }
  return "";
}

Crypt::Crypt() : work_(std::make_unique<crypt_data>()) {}
Crypt::~Crypt() = default;

bool Crypt::matches(const std::string& password, const std::string& hash) {
  // crypt(3) would stop at a NUL, and take the rest for granted.
  if (password.contains('\0')) return false;
  const char* made = crypt_rn(password.c_str(), hash.c_str(), work_.get(), sizeof(crypt_data));
  return made != nullptr && hash::same_secret(made, hash);
}

std::string hash_of(const std::string& password) {
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> salt{};
  const auto work = std::make_unique<crypt_data>();
  if (crypt_gensalt_rn("$y$", 0, nullptr, 0, salt.data(), static_cast<int>(salt.size())) ==
      nullptr) {
    throw std::system_error(errno, std::system_category(), "a salt");
  }
  const char* made = crypt_rn(password.c_str(), salt.data(), work.get(), sizeof(crypt_data));
  if (made == nullptr) throw std::system_error(errno, std::system_category(), "a hash");
  return made;
}

}  // namespace culvert::auth

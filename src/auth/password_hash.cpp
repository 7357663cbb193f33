// SPDX-License-Identifier: Apache-2.0
#include "auth/password_hash.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <system_error>

#include <crypt.h>

#include "hash/secret.hpp"

namespace culvert::auth {
namespace {

constexpr const char* instead = "; `culvert passwd FILE USER` or `htpasswd -B` makes a right one";

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

// Who comes with a wrong password, or with a name that nobody has, chooses none of the costs below
// but has them paid: others wait so long, and so does the end of the process.

/// Cost 16 takes seconds, each one more twice as long.
std::string trouble_with_bcrypt_cost(std::string_view hash) {
  return hash.substr(4, 2) > "16"
             ? "a bcrypt cost above 16 takes minutes for each check; 10 to 12 is usual"
             : "";
}

/// 5,000,000 take seconds. crypt(3) itself goes up to 999,999,999.
std::string trouble_with_rounds(std::string_view hash) {
  constexpr std::string_view keyword = "rounds=";
  constexpr std::uint64_t most_rounds = 5'000'000;
  const auto setting = hash.substr(3);
  if (!setting.starts_with(keyword)) return "";
  const auto digits = setting.substr(keyword.size());
  std::uint64_t rounds = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), rounds);
  if (read.ec == std::errc() && rounds <= most_rounds) return "";
  return "more than 5000000 rounds of SHA-crypt take many seconds for each check; 5000, without "
         "`rounds=`, are usual";
}

/// yescrypt's numbers up to 47, one character each (encode64_uint32 of the reference
/// implementation); larger ones are longer, and begin with another character.
constexpr std::string_view short_numbers = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghij";

/// crypt_gensalt(3) writes three numbers: `j` for the flavour, then N, how many blocks, as its
/// binary logarithm less 1, and r, the size of each in 128 bytes, less 1. Its cost 10 works in
/// 512 MiB for about a second, 11 in 1 GiB for three. Behind them there may be others, which
/// multiply the cost, but not in what it writes.
std::string trouble_with_memory(std::string_view hash) {
  constexpr std::uint64_t most_bytes = 512ULL * 1024 * 1024;
  const auto numbers = hash.substr(hash.find('$', 1) + 1);
  if (!numbers.starts_with('j') || numbers.find_first_not_of(short_numbers) != 3 ||
      numbers[3] != '$') {
    return "yescrypt with parameters that crypt_gensalt(3) does not set, at a cost that is not "
           "known here" +
           std::string(instead);
  }
  const auto log2_blocks = short_numbers.find(numbers[1]) + 1;
  const auto block_bytes = 128 * (short_numbers.find(numbers[2]) + 1);
  if (log2_blocks < 32 && block_bytes << log2_blocks <= most_bytes) return "";
  return "yescrypt that works in more than 512 MiB takes seconds for each check; a cost of 5 "
         "(`mkpasswd -m yescrypt -R 5`) is usual, and 10 the most";
}

/// A kind of hash that is taken: how its text begins, how long the part behind the last `$` is, and
/// who tells that a check would take too long, given one that is whole.
struct Kind {
  std::string_view prefix;
  std::size_t last_bytes;
  std::string (*trouble_with_cost)(std::string_view hash);
};
constexpr std::array kinds{
    Kind{.prefix = "$2b$", .last_bytes = 53, .trouble_with_cost = trouble_with_bcrypt_cost},
    Kind{.prefix = "$2y$", .last_bytes = 53, .trouble_with_cost = trouble_with_bcrypt_cost},
    Kind{.prefix = "$2a$", .last_bytes = 53, .trouble_with_cost = trouble_with_bcrypt_cost},
    Kind{.prefix = "$y$", .last_bytes = 43, .trouble_with_cost = trouble_with_memory},
    Kind{.prefix = "$gy$", .last_bytes = 43, .trouble_with_cost = trouble_with_memory},
    Kind{.prefix = "$6$", .last_bytes = 86, .trouble_with_cost = trouble_with_rounds},
    Kind{.prefix = "$5$", .last_bytes = 43, .trouble_with_cost = trouble_with_rounds},
};

}  // namespace

std::string trouble_with_hash(std::string_view hash) {
  const auto* const kind =
      std::ranges::find_if(kinds, [hash](const Kind& one) { return hash.starts_with(one.prefix); });
  if (kind == kinds.end()) return trouble_with_kind(hash);
  const auto last = hash.substr(hash.rfind('$') + 1);
  if (last.size() != kind->last_bytes || !is_crypt_text(last) || !known_to_crypt(hash)) {
    return std::string("the hash is cut short or damaged") + instead;
  }
  return kind->trouble_with_cost(hash);
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

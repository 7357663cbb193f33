// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct crypt_data;

namespace culvert::auth {

/// What keeps this from being the hash of a password, and what would be right; "" if nothing does.
/// bcrypt (`$2b$`, `$2y$`, `$2a$`; cost 16 at most), yescrypt (`$y$`, `$gy$`; cost 10),
/// sha512-crypt (`$6$`) and sha256-crypt (`$5$`; 5,000,000 rounds) are taken. The rest is either
/// not known to crypt(3), too cheap to guess, or too dear to check: seconds for each password.
std::string trouble_with_hash(std::string_view hash);

/// Checks passwords, which takes from a millisecond to seconds of a processor. One for each thread:
/// what crypt(3) works in has 32 KiB.
class Crypt {
 public:
  Crypt();
  ~Crypt();
  Crypt(const Crypt&) = delete;
  Crypt& operator=(const Crypt&) = delete;

  bool matches(const std::string& password, const std::string& hash);

 private:
  std::unique_ptr<crypt_data> work_;
};

/// A new hash of a password: yescrypt with the system's cost and a random salt. Throws
/// std::system_error when there are no random bytes.
std::string hash_of(const std::string& password);

}  // namespace culvert::auth

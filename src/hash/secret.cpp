// SPDX-License-Identifier: Apache-2.0
#include "hash/secret.hpp"

#include <limits>
#include <stdexcept>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace culvert::hash {
namespace {

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

Sha256Bytes hmac_sha256(std::string_view key, std::string_view bytes) {
  if (key.size() > std::numeric_limits<int>::max()) throw std::length_error("a key of 2 GiB");
  // OpenSSL takes a null pointer for "the key of the last time".
  if (key.data() == nullptr) key = "";
  Sha256Bytes out{};
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(bytes), bytes.size(),
           out.data(), nullptr) == nullptr) {
    throw std::runtime_error("OpenSSL refuses an HMAC");
  }
  return out;
}

bool same_secret(std::string_view a, std::string_view b) {
  // Digests have one length, whatever the texts have.
  const auto left = sha256(a);
  const auto right = sha256(b);
  return CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::string random_bytes(std::size_t count) {
  if (count > std::numeric_limits<int>::max()) throw std::length_error("2 GiB of random bytes");
  std::string out(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)) != 1) {
    throw std::runtime_error("the system has no random bytes");
  }
  return out;
}

}  // namespace culvert::hash

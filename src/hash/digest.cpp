// SPDX-License-Identifier: Apache-2.0
#include "hash/digest.hpp"

#include <cstddef>
#include <stdexcept>

#include <openssl/evp.h>

namespace culvert::hash {
namespace {

void require(bool done) {
  if (!done) throw std::runtime_error("OpenSSL refuses a digest");
}

template <std::size_t Bytes>
std::array<std::uint8_t, Bytes> digest(std::string_view bytes, const EVP_MD* kind) {
  std::array<std::uint8_t, Bytes> out{};
  unsigned int size = Bytes;
  require(EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, kind, nullptr) == 1);
  return out;
}

}  // namespace

Sha256Bytes sha256(std::string_view bytes) {
  return digest<32>(bytes, EVP_sha256());
}

std::string sha256_hex(std::string_view bytes) {
  return hex(sha256(bytes));
}

Md5Bytes md5(std::string_view bytes) {
  return digest<16>(bytes, EVP_md5());
}

std::string md5_hex(std::string_view bytes) {
  return hex(md5(bytes));
}

std::string hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const auto byte : bytes) {
    out.push_back(digits[byte >> 4]);
    out.push_back(digits[byte & 15]);
  }
  return out;
}

struct Sha256::State {
  struct Free {
    void operator()(EVP_MD_CTX* state) const { EVP_MD_CTX_free(state); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> under_way{EVP_MD_CTX_new()};

  void begin() const {
    require(under_way && EVP_DigestInit_ex(under_way.get(), EVP_sha256(), nullptr) == 1);
  }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  state_->begin();
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) {
  require(EVP_DigestUpdate(state_->under_way.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256::finish() {
  Sha256Bytes out{};
  require(EVP_DigestFinal_ex(state_->under_way.get(), out.data(), nullptr) == 1);
  state_->begin();
  return hex(out);
}

}  // namespace culvert::hash

// SPDX-License-Identifier: Apache-2.0
#include "support/users.hpp"

#include <span>

#include "hash/digest.hpp"
#include "unit/auth/hashes.hpp"
#include "websocket/base64.hpp"

namespace culvert::test {
namespace {

std::string base64(const std::string& text) {
  return websocket::base64({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

std::string digest_of(const std::string& algorithm, const std::string& text) {
  return algorithm == "MD5" ? hash::md5_hex(text) : hash::sha256_hex(text);
}

std::string nonce_of(const Response& challenge) {
  const auto begin = challenge.head.find("nonce=\"") + 7;
  return challenge.head.substr(begin, challenge.head.find('"', begin) - begin);
}

}  // namespace

UserFiles::UserFiles() {
  rehash_alice(bcrypt_2b);
  const std::string secret = "bob:culvert:secret";
  folder_.write("htdigest", "bob:culvert:" + hash::md5_hex(secret) +
                                "\nbob:culvert:" + hash::sha256_hex(secret) + "\n");
  folder_.write("tokens", "bot:" + hash::sha256_hex("t0ken") + "\n");
  folder_.write("groups", "dev: alice\nops: bob bot\n");
}

std::string UserFiles::auth(const std::string& keys) const {
  std::string toml = "[auth]\n";
  for (const std::string key : {"htpasswd", "htdigest", "tokens", "groups"}) {
    if (keys.contains(key)) toml += key + " = \"" + folder_.path(key) + "\"\n";
  }
  return toml;
}

void UserFiles::rehash_alice(const std::string& hash) const {
  folder_.write("htpasswd", "alice:" + hash + "\nguest:" + bcrypt_2b + "\n");
}

std::string allow_only(const std::string& who, const std::string& name) {
  return "[[rule]]\nname = \"" + name + "\"\naction = \"allow\"\nprivate = true\n" + who +
         "\ntunnel = [\"any\"]\nsni = \"off\"\n";
}

std::string basic(const std::string& user, const std::string& password) {
  return "Proxy-Authorization: Basic " + base64(user + ":" + password) + "\r\n";
}

std::string bearer(const std::string& token) {
  return "Proxy-Authorization: Bearer " + token + "\r\n";
}

std::string digest(const Response& challenge, const std::string& algorithm,
                   const std::string& method, const std::string& target,
                   const std::string& password) {
  const auto nonce = nonce_of(challenge);
  const auto secret = digest_of(algorithm, "bob:culvert:" + password);
  const auto request = digest_of(algorithm, method + ":" + target);
  const auto response = digest_of(algorithm, secret + ":" + nonce + ":00000001:c:auth:" + request);
  return "Proxy-Authorization: Digest username=\"bob\", realm=\"culvert\", uri=\"" + target +
         "\", algorithm=" + algorithm + ", nonce=\"" + nonce +
         "\", nc=00000001, cnonce=\"c\", qop=auth, response=\"" + response + "\"\r\n";
}

}  // namespace culvert::test

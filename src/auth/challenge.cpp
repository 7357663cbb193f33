// SPDX-License-Identifier: Apache-2.0
#include "auth/challenge.hpp"

namespace culvert::auth {
namespace {

/// RFC 9110 §5.6.4.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string digest(std::string_view algorithm, std::string_view realm, std::string_view nonce,
                   bool stale) {
  std::string line = "Digest realm=" + quoted(realm) + ", qop=\"auth\", algorithm=";
  line += algorithm;
  line += ", nonce=" + quoted(nonce);
  if (stale) line += ", stale=true";
  return line;
}

}  // namespace

Offers offers_of(const Settings& settings, const Users& users) {
  const bool digests = !settings.htdigest.empty();
  const bool none_fits_all = !users.digests_all_md5() && !users.digests_all_sha256();
  return {.digest_sha256 = digests && (users.digests_all_sha256() || none_fits_all),
          .digest_md5 = digests && (users.digests_all_md5() || none_fits_all),
          .bearer = !settings.tokens.empty(),
          .basic = !settings.htpasswd.empty() || !settings.tokens.empty()};
}

std::vector<std::string> challenges(const Offers& offers, std::string_view realm,
                                    std::string_view nonce, bool stale) {
  std::vector<std::string> all;
  if (offers.digest_sha256) all.push_back(digest("SHA-256", realm, nonce, stale));
  if (offers.digest_md5) all.push_back(digest("MD5", realm, nonce, stale));
  if (offers.bearer) all.push_back("Bearer realm=" + quoted(realm));
  if (offers.basic) all.push_back("Basic realm=" + quoted(realm) + ", charset=\"UTF-8\"");
  return all;
}

}  // namespace culvert::auth

// SPDX-License-Identifier: Apache-2.0
#include "auth/digest.hpp"

#include <initializer_list>
#include <string>

#include "hash/digest.hpp"
#include "hash/secret.hpp"

namespace culvert::auth {
namespace {

std::string digest(Algorithm algorithm, std::string_view text) {
  switch (algorithm) {
    case Algorithm::md5: return hash::md5_hex(text);
    case Algorithm::sha256: return hash::sha256_hex(text);
  }
  return {};
}

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const auto part : parts) {
    if (!all.empty()) all += ':';
    all += part;
  }
  return all;
}

}  // namespace

bool means_target(std::string_view uri, std::string_view target) {
  if (uri == target) return true;
  const auto scheme_end = target.find("://");
  if (target.starts_with('/') || scheme_end == std::string_view::npos) return false;
  const auto behind = target.substr(scheme_end + 3);
  const auto path_begin = behind.find_first_of("/?");
  const auto path = path_begin == std::string_view::npos ? "" : behind.substr(path_begin);
  if (uri == path) return !uri.empty();
  // The path that is left out is "/" (RFC 9112 §3.2.1).
  return !path.starts_with('/') && uri.starts_with('/') && uri.substr(1) == path;
}

bool proves(const Digest& given, const Signed& request, const DigestSecrets& secrets) {
  const auto& secret = given.algorithm == Algorithm::md5 ? secrets.md5 : secrets.sha256;
  if (!means_target(given.uri, request.target)) return false;
  const auto request_digest = digest(given.algorithm, joined({request.method, given.uri}));
  const auto expected =
      digest(given.algorithm,
             joined({secret, given.nonce, given.nc, given.cnonce, "auth", request_digest}));
  // Asked last, so that a name without a secret takes as long as one with it.
  return hash::same_secret(given.response, expected) && !secret.empty();
}

}  // namespace culvert::auth

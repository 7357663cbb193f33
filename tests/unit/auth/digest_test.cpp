// SPDX-License-Identifier: Apache-2.0
#include "auth/digest.hpp"

#include <catch2/catch.hpp>

#include "hash/digest.hpp"

using namespace culvert;
using auth::Algorithm;

namespace {

// RFC 7616 §3.9.1.
const std::string pair = "Mufasa:http-auth@example.org:Circle of Life";
const auth::DigestSecrets secrets{.md5 = hash::md5_hex(pair), .sha256 = hash::sha256_hex(pair)};
constexpr auth::Signed request{.method = "GET", .target = "/dir/index.html"};

auth::Digest example(Algorithm algorithm) {
  return {.username = "Mufasa",
          .realm = "http-auth@example.org",
          .nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
          .uri = "/dir/index.html",
          .response = algorithm == Algorithm::md5
                          ? "8ca523f5e9506fed4657c9700eebdbec"
                          : "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
          .cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
          .nc = "00000001",
          .count = 1,
          .opaque = "",
          .algorithm = algorithm};
}

}  // namespace

TEST_CASE("digest auth: the examples of RFC 7616 §3.9.1 prove the password", "[auth]") {
  const auto algorithm = GENERATE(Algorithm::md5, Algorithm::sha256);
  CHECK(auth::proves(example(algorithm), request, secrets));
}

TEST_CASE("digest auth: whatever is signed cannot be changed", "[auth]") {
  const auto algorithm = GENERATE(Algorithm::md5, Algorithm::sha256);
  const auto changed = [&](auto change) {
    auto given = example(algorithm);
    change(given);
    return auth::proves(given, request, secrets);
  };
  CHECK_FALSE(changed([](auto& given) { given.nonce += "x"; }));
  CHECK_FALSE(changed([](auto& given) { given.cnonce += "x"; }));
  CHECK_FALSE(changed([](auto& given) { given.nc = "00000002"; }));
  CHECK_FALSE(changed([](auto& given) { given.uri = "/dir/other.html"; }));
  CHECK_FALSE(changed([](auto& given) { given.response[0] = '0'; }));
  CHECK_FALSE(
      auth::proves(example(algorithm), {.method = "PUT", .target = request.target}, secrets));
  CHECK_FALSE(auth::proves(example(algorithm), {.method = "GET", .target = "/other"}, secrets));
}

TEST_CASE("digest auth: without a secret for the algorithm nothing is proved", "[auth]") {
  auto less = secrets;
  less.sha256.clear();
  CHECK(auth::proves(example(Algorithm::md5), request, less));
  CHECK_FALSE(auth::proves(example(Algorithm::sha256), request, less));
  CHECK_FALSE(auth::proves(example(Algorithm::md5), request, {}));
}

TEST_CASE("digest auth: the uri is the target, or the path and query of one", "[auth]") {
  auto [uri, target, same] = GENERATE(table<const char*, const char*, bool>({
      {"h:443", "h:443", true},
      {"http://h/a?b", "http://h/a?b", true},
      {"/a?b", "http://h/a?b", true},
      {"/", "http://h/", true},
      {"/", "http://h", true},
      {"/?b", "http://h?b", true},
      {"?b", "http://h?b", true},
      {"/http://x/", "http://h/http://x/", true},
      {"*", "*", true},
      {"", "http://h", false},
      {"/b", "http://h", false},
      {"/a", "http://h/a?b", false},
      {"/a?b", "http://h/a", false},
      {"h", "h:443", false},
      {"h:443", "g:443", false},
      {"http://g/a", "http://h/a", false},
      {"/", "/http://h/", false},
      {"/x", "/a://b/x", false},
  }));
  CAPTURE(uri, target);
  CHECK(auth::means_target(uri, target) == same);
}

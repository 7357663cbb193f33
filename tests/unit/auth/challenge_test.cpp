// SPDX-License-Identifier: Apache-2.0
#include "auth/challenge.hpp"

#include <catch2/catch.hpp>

using namespace culvert;
using auth::Accounts;
using auth::Offers;
using auth::Users;

namespace {

Offers offered(const auth::Settings& settings, const auth::ByName<auth::DigestSecrets>& digests) {
  return auth::offers_of(settings,
                         Users({.passwords = {}, .digests = digests, .tokens = {}, .groups = {}}));
}

}  // namespace

TEST_CASE("challenge: one line each, the strongest first", "[auth]") {
  const auto lines =
      auth::challenges({.digest_sha256 = true, .digest_md5 = true, .bearer = true, .basic = true},
                       "culvert", "n0nce", false);
  CHECK(lines == std::vector<std::string>{
                     "Digest realm=\"culvert\", qop=\"auth\", algorithm=SHA-256, nonce=\"n0nce\"",
                     "Digest realm=\"culvert\", qop=\"auth\", algorithm=MD5, nonce=\"n0nce\"",
                     "Bearer realm=\"culvert\"",
                     "Basic realm=\"culvert\", charset=\"UTF-8\"",
                 });
  CHECK(auth::challenges({}, "culvert", "n0nce", false).empty());
}

TEST_CASE("challenge: stale is said, and only to Digest", "[auth]") {
  const auto lines =
      auth::challenges({.digest_md5 = true, .basic = true}, "a \"b\"", "n0nce", true);
  CHECK(lines ==
        std::vector<std::string>{
            R"(Digest realm="a \"b\"", qop="auth", algorithm=MD5, nonce="n0nce", stale=true)",
            R"(Basic realm="a \"b\"", charset="UTF-8")",
        });
}

TEST_CASE("challenge: what is offered is what the files hold", "[auth]") {
  CHECK_FALSE(offered({}, {}).basic);
  CHECK(offered({.htpasswd = "p"}, {}).basic);
  CHECK_FALSE(offered({.htpasswd = "p"}, {}).bearer);
  CHECK_FALSE(offered({.htpasswd = "p"}, {}).digest_md5);
  CHECK(offered({.tokens = "t"}, {}).bearer);
  CHECK(offered({.tokens = "t"}, {}).basic);  // a token in place of the password
  CHECK_FALSE(offered({.htdigest = "d"}, {}).basic);
}

TEST_CASE("challenge: an algorithm that some user cannot answer is not offered", "[auth]") {
  const auth::DigestSecrets both{.md5 = "m", .sha256 = "s"};
  const auth::DigestSecrets md5{.md5 = "m", .sha256 = ""};
  const auth::DigestSecrets sha256{.md5 = "", .sha256 = "s"};
  const auto for_users = [](const auth::ByName<auth::DigestSecrets>& digests) {
    const auto made = offered({.htdigest = "d"}, digests);
    return std::string(made.digest_sha256 ? "sha256 " : "") + (made.digest_md5 ? "md5" : "");
  };
  CHECK(for_users({}) == "sha256 md5");
  CHECK(for_users({{"a", both}}) == "sha256 md5");
  CHECK(for_users({{"a", both}, {"b", md5}}) == "md5");
  CHECK(for_users({{"a", both}, {"b", sha256}}) == "sha256 ");
  CHECK(for_users({{"a", md5}, {"b", sha256}}) == "sha256 md5");
}

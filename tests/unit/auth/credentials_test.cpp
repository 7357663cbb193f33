// SPDX-License-Identifier: Apache-2.0
#include "auth/credentials.hpp"

#include <catch2/catch.hpp>

using namespace culvert;
using auth::Basic;
using auth::Bearer;
using auth::Digest;
using auth::Missing;

namespace {

/// A Digest value with one parameter changed, or with "" left out.
std::string digest_with(const std::string& name, const std::string& value) {
  std::string made = "Digest ";
  for (const auto& [key, usual] : std::initializer_list<std::pair<std::string, std::string>>{
           {"username", "\"alice\""},
           {"realm", "\"culvert\""},
           {"nonce", "\"abc\""},
           {"uri", "\"h:443\""},
           {"response", '"' + std::string(64, 'a') + '"'},
           {"algorithm", "SHA-256"},
           {"cnonce", "\"def\""},
           {"qop", "auth"},
           {"nc", "0000000a"}}) {
    const auto& said = key == name ? value : usual;
    if (!said.empty()) made += key + "=" + said + ", ";
  }
  return made;
}

Missing missing_in(std::string_view value) {
  const auto read = auth::read_credentials(value);
  REQUIRE_FALSE(read);
  return read.error();
}

}  // namespace

TEST_CASE("credentials: Basic is read", "[auth]") {
  auto [value, user, password] = GENERATE(table<const char*, const char*, const char*>({
      {"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"},  // RFC 7617 §2
      {"basic   QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"},
      {"Basic dGVzdDoxMjPCow==", "test", "123\xc2\xa3"},  // RFC 7617 §2.1
      {"Basic YTpiOmM=", "a", "b:c"},                     // a password may hold colons
      {"Basic Og==", "", ""},
      {"Basic OnQwa2Vu", "", "t0ken"},
      {"Basic YTqj", "a", "\xa3"},  // a password in Latin-1, which its hash may be of
  }));
  CAPTURE(value);
  const auto read = auth::read_credentials(value);
  REQUIRE(read);
  REQUIRE(std::holds_alternative<Basic>(*read));
  CHECK(std::get<Basic>(*read).user == user);
  CHECK(std::get<Basic>(*read).password == password);
}

TEST_CASE("credentials: a bearer token is read", "[auth]") {
  const auto read = auth::read_credentials("Bearer abc.DEF-1_2~3+4/5==");
  REQUIRE(read);
  CHECK(std::get<Bearer>(*read).token == "abc.DEF-1_2~3+4/5==");
}

TEST_CASE("credentials: what curl sends as Digest is read", "[auth]") {
  const auto read = auth::read_credentials(
      "Digest username=\"Mufasa\",realm=\"http-auth@example.org\","
      "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\",uri=\"/dir/index.html\","
      "cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\",nc=0000001A,algorithm=SHA-256,"
      "response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\",qop=auth,"
      "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\", userhash=false");
  REQUIRE(read);
  const auto& digest = std::get<Digest>(*read);
  CHECK(digest.username == "Mufasa");
  CHECK(digest.realm == "http-auth@example.org");
  CHECK(digest.nonce == "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v");
  CHECK(digest.uri == "/dir/index.html");
  CHECK(digest.response == "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
  CHECK(digest.algorithm == auth::Algorithm::sha256);
  CHECK(digest.cnonce == "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ");
  CHECK(digest.nc == "0000001A");
  CHECK(digest.count == 26);
  CHECK(digest.opaque == "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS");
}

TEST_CASE("credentials: Digest is read in its other spellings", "[auth]") {
  CHECK(auth::read_credentials(digest_with("", "")));
  CHECK(auth::read_credentials(digest_with("qop", "\"auth\"")));
  CHECK(auth::read_credentials(digest_with("algorithm", "\"sha-256\"")));
  CHECK(auth::read_credentials(digest_with("nc", "\"0000000a\"")));
  CHECK(auth::read_credentials("digest ,, " + digest_with("", "").substr(7)));
  const auto escaped = auth::read_credentials(digest_with("username", R"("CORP\\alice \"a\"")"));
  REQUIRE(escaped);
  CHECK(std::get<Digest>(*escaped).username == R"(CORP\alice "a")");
}

TEST_CASE("credentials: without an algorithm Digest is MD5", "[auth]") {
  std::string value = digest_with("algorithm", "");
  CHECK(missing_in(value) == Missing::malformed);  // 64 digits are too many for MD5
  value.replace(value.find(std::string(64, 'a')), 64, std::string(32, 'a'));
  const auto read = auth::read_credentials(value);
  REQUIRE(read);
  CHECK(std::get<Digest>(*read).algorithm == auth::Algorithm::md5);
}

TEST_CASE("credentials: a user name that is not ASCII may come as username*", "[auth]") {
  const auto with = [](const std::string& name) {
    return digest_with("username", "") + "username*=" + name;
  };
  const auto read = auth::read_credentials(with("UTF-8''J%C3%A4s%c3%b8n%20Doe"));
  REQUIRE(read);
  CHECK(std::get<Digest>(*read).username == "J\xc3\xa4s\xc3\xb8n Doe");
  for (const auto* bad : {"UTF-8''J%C", "UTF-8''J%zz", "ISO-8859-1''J", "UTF-8'J", "UTF-8''%E9",
                          "UTF-8''a%00", "UTF-8''%+1"}) {
    CAPTURE(bad);
    CHECK(missing_in(with(bad)) == Missing::malformed);
  }
  CHECK(missing_in(digest_with("", "") + "username*=UTF-8''a") == Missing::malformed);
}

TEST_CASE("credentials: what cannot be read in one way only is malformed", "[auth]") {
  auto value = GENERATE("", "Basic", "Basic ", "Basic QWxhZGRpbg==",  // no colon
                        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ", "Basic YTpi YTpi", "Basic YTpi,",
                        "Basic YQA6Yg==",  // NUL in the user
                        "Basic YTpiCg==",  // LF in the password
                        "Basic 6TpiYg==",  // a user in Latin-1
                        "Basic\tYTpi", "Bearer", "Bearer ", "Bearer =", "Bearer a b", "Bearer a=b",
                        "Bearer \"a\"", "Digest", "Digest ", "Negotiate YII=", "NTLM TlRMTVNTUAAB");
  CAPTURE(value);
  CHECK(missing_in(value) == Missing::malformed);
}

TEST_CASE("credentials: a Digest with a part missing or odd is malformed", "[auth]") {
  auto [name, value] = GENERATE(table<const char*, const char*>({
      {"username", ""},
      {"realm", ""},
      {"nonce", ""},
      {"nonce", "\"\""},
      {"uri", ""},
      {"response", ""},
      {"response", "\"abc\""},
      {"response", "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\""},
      {"algorithm", "SHA-256-sess"},
      {"algorithm", "SHA-512-256"},
      {"cnonce", ""},
      {"qop", ""},
      {"qop", "auth-int"},
      {"nc", ""},
      {"nc", "1"},
      {"nc", "000000001"},
      {"nc", "0000000g"},
      {"nc", "-0000001"},
      {"username", "\"a\x01\""},
      {"username", "\"alice"},
      {"username", "\"alice\"x"},
      {"username", "al ice"},
      {"username", "\"a\", username=\"b\""},
      {"username", "\"a\", USERNAME=\"b\""},
      {"username", "\"a\", userhash=true"},
  }));
  CAPTURE(name, value);
  CHECK(missing_in(digest_with(name, value)) == Missing::malformed);
}

TEST_CASE("credentials: a request has one Proxy-Authorization or none", "[auth]") {
  http1::Fields fields;
  fields.add({.name = "Authorization", .value = "Basic YTpi"});  // for the origin
  CHECK(auth::read_credentials(fields).error() == Missing::none);
  fields.add({.name = "proxy-authorization", .value = "Basic YTpi"});
  CHECK(auth::read_credentials(fields));
  fields.add({.name = "Proxy-Authorization", .value = "Basic YTpi"});
  CHECK(auth::read_credentials(fields).error() == Missing::malformed);
}

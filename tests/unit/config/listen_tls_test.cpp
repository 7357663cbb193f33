// SPDX-License-Identifier: Apache-2.0
#include "config/listen_tls.hpp"

#include <algorithm>

#include "support/folder.hpp"
#include "unit/config/reading.hpp"

using namespace culvert;
using namespace culvert::config;
using Texts = std::vector<std::string>;
using About = ListenTlsFinding::About;

namespace {

std::string listener(const std::string& rest, const std::string& address = "127.0.0.1:1") {
  return "[[listen]]\naddress = \"" + address + "\"\n" + rest;
}

ListenTls read_tls(const std::string& keys) {
  const auto config = read_toml(listener("tls = { " + keys + " }"));
  REQUIRE(config.listen[0].tls);
  return *config.listen[0].tls;
}

}  // namespace

TEST_CASE("listen tls: it has defaults, and takes one certificate or several", "[config]") {
  CHECK_FALSE(read_toml(listener("")).listen[0].tls);
  const auto one = read_tls("certificate = \"/a.pem\"");
  CHECK(one.certificates == Texts{"/a.pem"});
  CHECK(one.keys == Texts{""});
  CHECK(one.client_ca.empty());
  CHECK_FALSE(one.only_13);
  CHECK(one.alpn == Texts{"h2", "http/1.1"});

  const auto all = read_tls(
      "certificate = [\"/a.pem\", \"/b.pem\"], key = [\"/a.key\", \"/b.key\"], client_ca = "
      "\"/ca.pem\", client_certificate = \"optional\", client_user = \"email\", min_version = "
      "\"1.3\", alpn = [\"http/1.1\"]");
  CHECK(all.certificates == Texts{"/a.pem", "/b.pem"});
  CHECK(all.keys == Texts{"/a.key", "/b.key"});
  CHECK(all.client_ca == "/ca.pem");
  CHECK_FALSE(all.client_must);
  CHECK(all.client_user == CertificateName::email);
  CHECK(all.only_13);
  CHECK(all.alpn == Texts{"http/1.1"});
}

TEST_CASE("listen tls: paths are relative to the file that names them", "[config]") {
  const auto loaded =
      parse(listener("tls = { certificate = \"a.pem\" }"), "/etc/culvert/c.toml", {});
  REQUIRE(loaded.config);
  CHECK(loaded.config->listen[0].tls->certificates == Texts{"/etc/culvert/a.pem"});
}

TEST_CASE("listen tls: what is wrong with it is told", "[config]") {
  auto [rest, mistake] = GENERATE(table<const char*, const char*>({
      {"tls = true",
       "3:7: listen[1].tls: wants a table such as { certificate = \"proxy.pem\", key = "
       "\"proxy.key\" }, not true"},
      {"tls = {}", "3:7: listen[1].tls.certificate: is missing; write the path of a PEM file"},
      {"tls = { certificate = 1 }",
       "3:23: listen[1].tls.certificate: wants the path of a PEM file, not 1"},
      {"tls = { certificate = [] }",
       "3:23: listen[1].tls.certificate: is an empty list; name a file"},
      {"tls = { certificate = [\"a\", \"\"] }",
       "3:29: listen[1].tls.certificate: wants the path of a PEM file, not \"\""},
      {"tls = { certificate = [\"a\", \"b\"], key = \"c\" }",
       "3:41: listen[1].tls.key: names 1 file(s) for 2 certificate(s); list as many, in the same "
       "order, or leave it out where each certificate's file holds its key"},
      {"tls = { certificate = \"a\", client_user = \"cn\" }",
       "3:42: listen[1].tls.client_user: is of clients' certificates, and client_ca asks for none"},
      {"tls = { certificate = \"a\", client_ca = \"b\", client_user = \"name\" }",
       "3:59: listen[1].tls.client_user: wants \"cn\", \"dns\", \"email\" or \"uri\", not "
       "\"name\""},
      {"tls = { certificate = \"a\", min_version = 1.2 }",
       "3:42: listen[1].tls.min_version: wants \"1.2\" or \"1.3\", not a number with a "
       "fraction"},
      {"tls = { certificate = \"a\", min_version = \"1.1\" }",
       "3:42: listen[1].tls.min_version: wants \"1.2\" or \"1.3\", not \"1.1\""},
      {"tls = { certificate = \"a\", alpn = [\"h3\"] }",
       "3:36: listen[1].tls.alpn: wants \"h2\" or \"http/1.1\", not \"h3\""},
      {"tls = { certificat = \"a\", certificate = \"a\" }",
       "3:9: listen[1].tls.certificat: unknown key; did you mean \"certificate\"?"},
      {"tls = { certificate = \"a\" }\nh2c = true",
       "4:7: listen[1].h2c: is for listeners without tls, where alpn says what is spoken; leave it "
       "out"},
      {"h2c = 1", "3:7: listen[1].h2c: wants true or false, not 1"},
  }));
  CAPTURE(rest);
  CHECK(mistakes_in(listener(rest)) == Texts{std::string("c.toml:") + mistake});
}

TEST_CASE("listen tls: what its files lack is told where they are named", "[config]") {
  const std::string toml = listener(
      "tls = { certificate = [\"/a\", \"/b\"], key = [\"/c\", \"/d\"],  client_ca = \"/e\" }");
  const auto loaded = parse(toml, "c.toml", {}, {}, [](const ListenTls& tls) {
    CHECK(tls.certificates.size() == 2);
    return std::vector<ListenTlsFinding>{
        {.about = About::certificate, .number = 1, .what = "is odd", .warning = true},
        {.about = About::key, .number = 1, .what = "is wrong"},
        {.about = About::client_ca, .what = "is empty"}};
  });
  CHECK_FALSE(loaded.config);
  REQUIRE(loaded.mistakes.size() == 2);
  CHECK(loaded.mistakes[0].text() == "c.toml:3:50: listen[1].tls.key: /d is wrong");
  CHECK(loaded.mistakes[1].text() == "c.toml:3:70: listen[1].tls.client_ca: /e is empty");
  REQUIRE(loaded.warnings.size() == 1);
  CHECK(loaded.warnings[0].text() == "c.toml:3:30: listen[1].tls.certificate: /b is odd");
}

TEST_CASE("listen tls: its files are watched, each once", "[config]") {
  const auto config =
      read_toml(listener("tls = { certificate = [\"/a\", \"/b\"], key = [\"/c\", \"/a\"] }") +
                "\n[[listen]]\naddress = \"127.0.0.1:2\"\ntls = { certificate = \"/a\", client_ca "
                "= \"/e\" }");
  Texts paths;
  for (const auto& file : config.watched_files) paths.push_back(file.path);
  CHECK(paths == Texts{"/a", "/b", "/c", "/e"});
}

TEST_CASE("listen tls: one that lets in only whom it knows is open to nobody", "[config]") {
  const std::string rule =
      "\n[[rule]]\nname = \"r\"\naction = \"allow\"\nhosts = [\"a.example\"]\n";
  const auto with = [&](const std::string& keys) {
    return mistakes_in(listener("tls = { certificate = \"a\"" + keys + " }", "192.0.2.1:1") + rule)
        .size();
  };
  CHECK(with("") == 1);
  CHECK(with(", client_ca = \"b\"") == 0);
  CHECK(with(", client_ca = \"b\", client_certificate = \"optional\"") == 1);
}

TEST_CASE("listen tls: where certificates are asked for, rules may speak of users", "[config]") {
  const std::string rule = "\n[[rule]]\nname = \"r\"\naction = \"allow\"\nusers = [\"alice\"]\n";
  CHECK(mistakes_in(listener("") + rule).size() == 1);
  const auto loaded =
      parse(listener("tls = { certificate = \"a\", client_ca = \"b\" }") + rule, "c.toml", {});
  CHECK(loaded.mistakes.empty());
  CHECK(loaded.warnings.empty());
}

TEST_CASE("listen tls: whoever replaces the listeners hears that their tls is gone", "[config]") {
  const auto loaded = parse(listener("tls = { certificate = \"a\" }"), "c.toml",
                            {{.key = "listen", .value = "127.0.0.1:9", .origin = "--listen"}});
  REQUIRE(loaded.warnings.size() == 1);
  CHECK(loaded.warnings[0].text() == "--listen: replaces listen[1], and with it its tls");
}

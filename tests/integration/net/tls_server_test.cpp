// SPDX-License-Identifier: Apache-2.0
#include "net/tls_server.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

#include "support/folder.hpp"
#include "support/tls_certificate.hpp"

using namespace culvert;
using test::make_identity;
using test::pem_of;
using About = ListenTlsFinding::About;

namespace {

/// What is found about these settings; empty when there is nothing. A server is made exactly when
/// nothing is worse than a warning.
std::vector<ListenTlsFinding> found(ListenTls settings) {
  settings.keys.resize(settings.certificates.size());
  std::vector<ListenTlsFinding> findings;
  const auto made = net::TlsServer::make(settings, net::new_ticket_secret(), findings);
  CHECK((made != nullptr) == std::ranges::all_of(findings, &ListenTlsFinding::warning));
  return findings;
}

void check_found(const ListenTls& settings, About about, const std::string& what) {
  const auto findings = found(settings);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].about == about);
  CHECK(findings[0].what == what);
}

}  // namespace

TEST_CASE("tls server: what is wrong with its files is told", "[tls]") {
  const test::Folder folder;
  const auto own = make_identity({});
  const auto other = make_identity({});
  const auto certificate = folder.write("own.pem", pem_of(own.certificate.get()));
  const auto key = folder.write("own.key", pem_of(own.key.get()));
  CHECK(found({.certificates = {certificate}, .keys = {key}}).empty());

  const auto other_key = folder.write("other.key", pem_of(other.key.get()));
  check_found({.certificates = {certificate}, .keys = {other_key}}, About::key,
              "holds a key that is not the certificate's");
  check_found({.certificates = {certificate}, .keys = {certificate}}, About::key,
              "holds no key in PEM form");
  const auto locked = folder.write("locked.key", pem_of(own.key.get(), "secret"));
  check_found({.certificates = {certificate}, .keys = {locked}}, About::key,
              "holds an encrypted key; store it without a passphrase");
  check_found({.certificates = {certificate}, .keys = {folder.path("none")}}, About::key,
              "cannot be read: No such file or directory");
  check_found({.certificates = {certificate}}, About::certificate,
              "holds no key in PEM form; name the key's file as `key`");
  check_found({.certificates = {key}, .keys = {key}}, About::certificate,
              "holds no certificate in PEM form");
  check_found({.certificates = {"/dev/zero"}, .keys = {key}}, About::certificate, "is not a file");
  check_found({.certificates = {folder.path("none")}, .keys = {key}}, About::certificate,
              "cannot be read: No such file or directory");
  check_found({.certificates = {certificate}, .keys = {key}, .client_ca = key}, About::client_ca,
              "holds no certificate in PEM form");
}

TEST_CASE("tls server: a certificate that has expired is a warning", "[tls]") {
  const test::Folder folder;
  const auto own = make_identity({.expired = true});
  const auto both = folder.write("own.pem", pem_of(own.certificate.get()) + pem_of(own.key.get()));
  const auto findings = found({.certificates = {both}});
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].warning);
  CHECK(findings[0].what == "has expired");
}

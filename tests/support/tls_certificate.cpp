// SPDX-License-Identifier: Apache-2.0
#include "support/tls_certificate.hpp"

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <culvert/address.hpp>

namespace culvert::test {
namespace {

constexpr long day = 24L * 60 * 60;

void must(bool done, const char* what) {
  if (!done) throw std::runtime_error(what);
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX about{};
  X509V3_set_ctx_nodb(&about);
  X509V3_set_ctx(&about, certificate, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Releases<X509_EXTENSION_free>> made(
      X509V3_EXT_conf_nid(nullptr, &about, kind, value.c_str()));
  must(made && X509_add_ext(certificate, made.get(), -1) == 1, "X509_add_ext");
}

/// "DNS:origin.test,IP:127.0.0.1"
std::string alternative_names(const std::vector<std::string>& hosts,
                              const std::vector<std::string>& others) {
  std::string made;
  for (const auto& other : others) made += (made.empty() ? "" : ",") + other;
  for (const auto& host : hosts) {
    made += (made.empty() ? "" : ",");
    made += (Address::parse(host) ? "IP:" : "DNS:") + host;
  }
  return made;
}

Identity unsigned_identity(const std::string& subject, long from, long until) {
  static long serial = 1;
  Identity made{.key = Key(EVP_EC_gen("P-256")), .certificate = X509Certificate(X509_new())};
  auto* certificate = made.certificate.get();
  must(made.key && certificate != nullptr, "EVP_EC_gen");
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate), from);
  X509_gmtime_adj(X509_getm_notAfter(certificate), until);
  const auto* name = reinterpret_cast<const unsigned char*>(subject.c_str());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8, name, -1, -1,
                             0);
  X509_set_pubkey(certificate, made.key.get());
  return made;
}

void sign(Identity& identity, const Identity& by) {
  X509_set_issuer_name(identity.certificate.get(), X509_get_subject_name(by.certificate.get()));
  must(X509_sign(identity.certificate.get(), by.key.get(), EVP_sha256()) != 0, "X509_sign");
}

std::string text_in(BIO* memory) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(memory, &data);
  return {data, static_cast<std::size_t>(size)};
}

class Authority {
 public:
  Authority() : identity_(unsigned_identity("culvert test authority", -day, day)) {
    add_extension(identity_.certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
    sign(identity_, identity_);
    const int file = mkstemp(path_.data());
    must(file >= 0, "mkstemp");
    auto* out = fdopen(file, "w");
    PEM_write_X509(out, identity_.certificate.get());
    must(std::fclose(out) == 0, "fclose");
  }
  ~Authority() { std::filesystem::remove(path_); }
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  const Identity& identity() const { return identity_; }
  const std::string& path() const { return path_; }

 private:
  Identity identity_;
  std::string path_ = (std::filesystem::temp_directory_path() / "culvert-test-ca-XXXXXX").string();
};

const Authority& authority() {
  static const Authority made;
  return made;
}

}  // namespace

Identity make_identity(const Shown& shown) {
  auto made = unsigned_identity(shown.subject, -2 * day, shown.expired ? -day : day);
  if (!shown.hosts.empty() || !shown.others.empty()) {
    add_extension(made.certificate.get(), NID_subject_alt_name,
                  alternative_names(shown.hosts, shown.others));
  }
  sign(made, shown.self_signed ? made : authority().identity());
  return made;
}

std::string pem_of(const X509* certificate) {
  const std::unique_ptr<BIO, Releases<BIO_free_all>> out(BIO_new(BIO_s_mem()));
  must(PEM_write_bio_X509(out.get(), certificate) == 1, "PEM_write_bio_X509");
  return text_in(out.get());
}

std::string pem_of(EVP_PKEY* key, const char* passphrase) {
  const std::unique_ptr<BIO, Releases<BIO_free_all>> out(BIO_new(BIO_s_mem()));
  const auto* cipher = passphrase == nullptr ? nullptr : EVP_aes_128_cbc();
  must(PEM_write_bio_PKCS8PrivateKey(
           out.get(), key, cipher, passphrase,
           passphrase == nullptr ? 0 : static_cast<int>(strlen(passphrase)), nullptr, nullptr) == 1,
       "PEM_write_bio_PKCS8PrivateKey");
  return text_in(out.get());
}

const std::string& ca_file() {
  return authority().path();
}

}  // namespace culvert::test

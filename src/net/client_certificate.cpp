// SPDX-License-Identifier: Apache-2.0
#include "net/client_certificate.hpp"

#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "net/tls_files.hpp"

namespace culvert::net {
namespace {

std::string text_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::string common_name(const X509* certificate) {
  const auto* subject = X509_get_subject_name(certificate);
  int last = -1;
  for (int at = -1; (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0;) last = at;
  if (last < 0) return {};
  unsigned char* utf8 = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last)));
  if (size < 0) return {};
  std::string made(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size));
  OPENSSL_free(utf8);
  return made;
}

std::string alternative_name(const X509* certificate, int kind) {
  const std::unique_ptr<GENERAL_NAMES, Frees<GENERAL_NAMES_free>> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int type = 0;
    const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type);
    if (type == kind) return text_of(static_cast<const ASN1_STRING*>(value));
  }
  return {};
}

void free_chain(STACK_OF(X509) * chain) {
  sk_X509_pop_free(chain, X509_free);
}

}  // namespace

struct ClientCertificate::Held {
  std::unique_ptr<X509, Frees<X509_free>> own;
  std::unique_ptr<STACK_OF(X509), Frees<free_chain>> between;  // null: none are known
};

ClientCertificate::ClientCertificate(std::shared_ptr<const Held> held, std::string verified_by)
    : held_(std::move(held)), verified_by_(std::move(verified_by)) {}

std::shared_ptr<const ClientCertificate> ClientCertificate::of(SSL* connection,
                                                               std::string verified_by) {
  auto held = std::make_shared<Held>();
  held->own.reset(SSL_get1_peer_certificate(connection));
  if (!held->own || SSL_get_verify_result(connection) != X509_V_OK) return nullptr;
  if (auto* chain = SSL_get_peer_cert_chain(connection)) {
    held->between.reset(X509_chain_up_ref(chain));
  }
  return std::shared_ptr<const ClientCertificate>(
      new ClientCertificate(std::move(held), std::move(verified_by)));
}

bool ClientCertificate::has_expired() const {
  return X509_cmp_current_time(X509_get0_notAfter(held_->own.get())) < 0;
}

bool ClientCertificate::verifies_by(X509_STORE* authorities) const {
  const std::unique_ptr<X509_STORE_CTX, Frees<X509_STORE_CTX_free>> check(X509_STORE_CTX_new());
  const bool good =
      check &&
      X509_STORE_CTX_init(check.get(), authorities, held_->own.get(), held_->between.get()) == 1 &&
      X509_STORE_CTX_set_default(check.get(), "ssl_client") == 1 &&
      X509_verify_cert(check.get()) == 1;
  ERR_clear_error();
  return good;
}

std::string ClientCertificate::name(CertificateName which) const {
  switch (which) {
    case CertificateName::common_name: return common_name(held_->own.get());
    case CertificateName::dns: return alternative_name(held_->own.get(), GEN_DNS);
    case CertificateName::email: return alternative_name(held_->own.get(), GEN_EMAIL);
    case CertificateName::uri: return alternative_name(held_->own.get(), GEN_URI);
  }
  return {};
}

}  // namespace culvert::net

// SPDX-License-Identifier: Apache-2.0
#include "support/tls_guest.hpp"

#include <array>
#include <stdexcept>

#include <openssl/x509v3.h>

namespace culvert::test {
namespace {

std::string offer_of(const std::vector<std::string>& names) {
  std::string made;
  for (const auto& name : names) made += static_cast<char>(name.size()) + name;
  return made;
}

std::unique_ptr<SSL, Releases<SSL_free>> prepared(const Guest& guest) {
  const std::unique_ptr<SSL_CTX, Releases<SSL_CTX_free>> context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_max_proto_version(context.get(), guest.newest);
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (guest.suites_12 != nullptr) SSL_CTX_set_cipher_list(context.get(), guest.suites_12);
  if (guest.identity != nullptr) {
    SSL_CTX_use_certificate(context.get(), guest.identity->certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), guest.identity->key.get());
  }
  std::unique_ptr<SSL, Releases<SSL_free>> made(SSL_new(context.get()));
  if (!guest.server_name.empty()) {
    SSL_set_tlsext_host_name(made.get(), guest.server_name.c_str());
  }
  const auto offer = offer_of(guest.alpn);
  SSL_set_alpn_protos(made.get(), reinterpret_cast<const unsigned char*>(offer.data()),
                      static_cast<unsigned>(offer.size()));
  // A copy: a connection that ends without a close_notify spoils its session (SSL_free(3)).
  if (guest.session != nullptr) {
    SSL_set_session(made.get(), SslSession(SSL_SESSION_dup(guest.session)).get());
  }
  return made;
}

}  // namespace

TlsPeer Guest::connect(const Proxy& proxy) const {
  return {proxy.connect(), prepared(*this)};
}

std::string Guest::failure(const Proxy& proxy) const {
  try {
    auto made = connect(proxy);
    made.read_exactly(1);
  } catch (const std::runtime_error& failed) {
    return failed.what();
  }
  throw std::runtime_error("the handshake did not fail");
}

std::string shown_to(const TlsPeer& guest) {
  const std::unique_ptr<X509, Releases<X509_free>> shown(SSL_get1_peer_certificate(guest.native()));
  std::array<char, 256> name{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(shown.get()), NID_commonName, name.data(),
                            static_cast<int>(name.size()));
  return name.data();
}

SslSession session_of(const TlsPeer& guest) {
  return SslSession(SSL_get1_session(guest.native()));
}

bool resumed(const TlsPeer& guest) {
  return SSL_session_reused(guest.native()) == 1;
}

}  // namespace culvert::test

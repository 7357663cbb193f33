// SPDX-License-Identifier: Apache-2.0
#include "net/tls_server.hpp"

#include <algorithm>
#include <new>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include "base/ascii.hpp"
#include "net/shown_certificate.hpp"
#include "net/tls_files.hpp"

namespace culvert::net {
namespace {

constexpr const char* suites_12 = "ECDHE+AESGCM:ECDHE+CHACHA20";

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw std::bad_alloc();
  }
  return {reinterpret_cast<const char*>(digest.data()), size};
}

/// All that a store trusts, as one text.
std::string contents_of(X509_STORE* store) {
  std::string made;
  const auto* held = X509_STORE_get0_objects(store);
  for (int i = 0; i < sk_X509_OBJECT_num(held); ++i) {
    const auto* certificate = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(held, i));
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (certificate == nullptr) continue;  // a revocation list
    X509_digest(certificate, EVP_sha256(), digest.data(), &size);
    made.append(reinterpret_cast<const char*>(digest.data()), size);
  }
  return made;
}

/// Name, HMAC key and AES key of the tickets (SSL_CTX_set_tlsext_ticket_keys(3)).
std::string ticket_keys(const TicketSecret& secret, const std::string& purpose) {
  constexpr std::size_t wanted = 80;
  std::string made;
  while (made.size() < wanted) {
    const auto input = purpose + made;
    std::array<unsigned char, EVP_MAX_MD_SIZE> block{};
    unsigned size = 0;
    if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
             reinterpret_cast<const unsigned char*>(input.data()), input.size(), block.data(),
             &size) == nullptr) {
      throw std::bad_alloc();
    }
    made.append(reinterpret_cast<const char*>(block.data()), size);
  }
  made.resize(wanted);
  return made;
}

std::string as_alpn(const std::vector<std::string>& names) {
  std::string made;
  for (const auto& name : names) made += static_cast<char>(name.size()) + name;
  return made;
}

bool is_fatal(const ListenTlsFinding& finding) {
  return !finding.warning;
}

void must(bool done) {
  if (!done) throw std::bad_alloc();  // nothing else can be wrong
}

SslContext new_context(const ListenTls& settings) {
  SslContext made(SSL_CTX_new(TLS_server_method()));
  must(made != nullptr);
  auto* context = made.get();
  set_modes(context);
  if (settings.only_13) SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  must(SSL_CTX_set_cipher_list(context, suites_12) == 1);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets alone
  return made;
}

}  // namespace

TicketSecret new_ticket_secret() {
  TicketSecret made;
  must(RAND_bytes(made.data(), static_cast<int>(made.size())) == 1);
  return made;
}

struct TlsServer::Contexts {
  std::vector<SslContext> all;  // one for each certificate, in their order
};

TlsServer::TlsServer(const ListenTls& settings)
    : contexts_(std::make_unique<Contexts>()),
      alpn_(as_alpn(settings.alpn)),
      client_user_(settings.client_user) {}

TlsServer::~TlsServer() = default;

std::shared_ptr<const TlsServer> TlsServer::make(const ListenTls& settings,
                                                 const TicketSecret& secret,
                                                 std::vector<ListenTlsFinding>& findings) {
  const std::shared_ptr<TlsServer> made(new TlsServer(settings));
  for (std::size_t i = 0; i < settings.certificates.size(); ++i) {
    auto context = new_context(settings);
    read_certificate(context.get(), settings, i, findings);
    made->contexts_->all.push_back(std::move(context));
  }
  made->ask_clients(settings, findings);
  if (std::ranges::any_of(findings, is_fatal)) return nullptr;
  made->share(secret);
  return made;
}

/// Whether clients must show a certificate, and by whom it is to be signed.
void TlsServer::ask_clients(const ListenTls& settings, std::vector<ListenTlsFinding>& findings) {
  asks_ = !settings.client_ca.empty();
  if (!asks_) return;
  auto* first = native();
  auto mistake = trust_file(first, settings.client_ca);
  if (!mistake.empty()) {
    findings.push_back({.about = ListenTlsFinding::About::client_ca, .what = std::move(mistake)});
    return;
  }
  auto* store = SSL_CTX_get_cert_store(first);
  authorities_ = contents_of(store) + (settings.client_must ? "must" : "may");
  const auto* held = X509_STORE_get0_objects(store);
  for (const auto& context : contexts_->all) {
    if (context.get() != first) SSL_CTX_set1_cert_store(context.get(), store);
    const int must_show = settings.client_must ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | must_show, nullptr);
    for (int i = 0; i < sk_X509_OBJECT_num(held); ++i) {
      auto* certificate = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(held, i));
      if (certificate != nullptr) SSL_CTX_add_client_CA(context.get(), certificate);
    }
  }
}

/// What is the same for all certificates. Sessions are for those alone who ask the same of clients:
/// what one resumes is not verified again.
void TlsServer::share(const TicketSecret& secret) {
  authorities_ = sha256(authorities_);
  auto keys = ticket_keys(secret, authorities_);
  for (const auto& one : contexts_->all) {
    auto* context = one.get();
    note_names(context);
    SSL_CTX_set_tlsext_servername_callback(context, choose_certificate);
    SSL_CTX_set_tlsext_servername_arg(context, this);
    if (!alpn_.empty()) SSL_CTX_set_alpn_select_cb(context, choose_protocol, this);
    must(SSL_CTX_set_tlsext_ticket_keys(context, keys.data(), static_cast<long>(keys.size())) == 1);
    must(SSL_CTX_set_session_id_context(context,
                                        reinterpret_cast<const unsigned char*>(authorities_.data()),
                                        static_cast<unsigned>(authorities_.size())) == 1);
  }
}

void TlsServer::note_names(SSL_CTX* context) {
  for (auto& name : host_names(SSL_CTX_get0_certificate(context))) {
    const bool wildcard = name.starts_with("*.");
    (wildcard ? wildcards_ : hosts_).emplace(wildcard ? name.substr(1) : name, context);
  }
}

SSL_CTX* TlsServer::native() const {
  return contexts_->all.front().get();
}

SSL_CTX* TlsServer::context_for(std::string_view host) const {
  std::string name(host);
  std::ranges::transform(name, name.begin(), lower);
  if (name.ends_with('.')) name.pop_back();
  if (const auto exact = hosts_.find(name); exact != hosts_.end()) return exact->second;
  const auto rest = name.substr(std::min(name.find('.'), name.size()));
  const auto wild = wildcards_.find(rest);
  return wild == wildcards_.end() ? native() : wild->second;
}

/// A name that no certificate is for is no failure (RFC 6066 §3): the client will see.
int TlsServer::choose_certificate(SSL* connection, int* /*alert*/, void* server) {
  const char* name = SSL_get_servername(connection, TLSEXT_NAMETYPE_host_name);
  if (name == nullptr) return SSL_TLSEXT_ERR_NOACK;
  SSL_set_SSL_CTX(connection, static_cast<const TlsServer*>(server)->context_for(name));
  return SSL_TLSEXT_ERR_OK;
}

/// Ours is the order. Who offers none of ours hears no_application_protocol (RFC 7301 §3.2).
int TlsServer::choose_protocol(SSL* /*connection*/, const unsigned char** chosen,
                               unsigned char* size, const unsigned char* offered,
                               unsigned offered_size, void* server) {
  const auto& ours = static_cast<const TlsServer*>(server)->alpn_;
  unsigned char* found = nullptr;
  const int how =
      SSL_select_next_proto(&found, size, reinterpret_cast<const unsigned char*>(ours.data()),
                            static_cast<unsigned>(ours.size()), offered, offered_size);
  *chosen = found;
  return how == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

std::shared_ptr<const ClientCertificate> TlsServer::certificate_of(SSL* connection) const {
  return asks_ ? ClientCertificate::of(connection, authorities_) : nullptr;
}

std::string TlsServer::user_of(const ClientCertificate& certificate) const {
  if (!asks_) return {};
  const bool trusted = certificate.verified_by() == authorities_ ||
                       certificate.verifies_by(SSL_CTX_get_cert_store(native()));
  return trusted ? certificate.name(client_user_) : std::string();
}

}  // namespace culvert::net

// SPDX-License-Identifier: Apache-2.0
#include "support/tls_origin.hpp"

#include <array>
#include <atomic>
#include <cstdio>
#include <stdexcept>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace culvert::test {
namespace {

void must(bool worked, const char* what) {
  if (worked) return;
  std::array<char, 200> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  throw std::runtime_error(std::string(what) + ": " + text.data());
}

void add_extension(X509* to, X509* issuer, int which, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
  auto* extension = X509V3_EXT_conf_nid(nullptr, &context, which, value.c_str());
  must(extension != nullptr, "extension");
  X509_add_ext(to, extension, -1);
  X509_EXTENSION_free(extension);
}

/// A certificate, signed by `issuer` or by itself.
Identity make(const std::string& name, const Certificate& what, const Identity* issuer) {
  static std::atomic<long> serial = 1;
  Identity made{.certificate = Owned<X509>(X509_new()),
                .key = Owned<EVP_PKEY>(EVP_EC_gen("P-256"))};
  auto* certificate = made.certificate.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  const auto seconds = [](auto time) { return std::chrono::seconds(time).count(); };
  X509_gmtime_adj(X509_getm_notBefore(certificate), seconds(what.begins));
  X509_gmtime_adj(X509_getm_notAfter(certificate), seconds(what.ends));
  X509_set_pubkey(certificate, made.key.get());
  auto* subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.data()),
                             static_cast<int>(name.size()), -1, 0);
  auto* signer = issuer == nullptr ? certificate : issuer->certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(signer));
  if (!what.names.empty()) add_extension(certificate, signer, NID_subject_alt_name, what.names);
  if (what.names.empty()) add_extension(certificate, signer, NID_basic_constraints, "CA:TRUE");
  must(X509_sign(certificate, (issuer == nullptr ? made : *issuer).key.get(), EVP_sha256()) > 0,
       "sign");
  return made;
}

int choose_http11(SSL* /*tls*/, const unsigned char** out, unsigned char* out_size,
                  const unsigned char* in, unsigned in_size, void* /*unused*/) {
  static constexpr std::array<unsigned char, 9> known = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  auto* chosen = const_cast<unsigned char**>(out);
  const int result =
      SSL_select_next_proto(chosen, out_size, known.data(), known.size(), in, in_size);
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

Authority509::Authority509()
    : own_(make("Test Authority", {.names = ""}, nullptr)),
      file_(std::filesystem::temp_directory_path() /
            ("culvert-ca-" + std::to_string(getpid()) + "-" +
             std::to_string(ASN1_INTEGER_get(X509_get_serialNumber(own_.certificate.get()))))) {
  std::FILE* out = std::fopen(file_.c_str(), "we");
  must(out != nullptr && PEM_write_X509(out, own_.certificate.get()) == 1, "write");
  std::fclose(out);
}

Authority509::~Authority509() {
  std::filesystem::remove(file_);
}

Identity Authority509::issue(const Certificate& what) const {
  return make("leaf", what, &own_);
}

Identity Authority509::self_signed(const Certificate& what) {
  return make("itself", what, nullptr);
}

TlsPeer::TlsPeer(Peer peer, SSL_CTX* context) : peer_(std::move(peer)), tls_(SSL_new(context)) {
  const timeval patience{.tv_sec = Peer::patience.count(), .tv_usec = 0};
  setsockopt(peer_.number(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(peer_.number(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  SSL_set_fd(tls_.get(), peer_.number());
  must(SSL_accept(tls_.get()) == 1, "handshake");
}

void TlsPeer::send(std::string_view bytes) {
  must(SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size())) ==
           static_cast<int>(bytes.size()),
       "send");
}

bool TlsPeer::read_more() {
  std::array<char, 16384> buffer{};
  const int got = SSL_read(tls_.get(), buffer.data(), static_cast<int>(buffer.size()));
  if (got > 0) held_.append(buffer.data(), static_cast<std::size_t>(got));
  if (got <= 0) {
    must(SSL_get_error(tls_.get(), got) == SSL_ERROR_ZERO_RETURN,
         ("read; so far: " + held_).c_str());
  }
  return got > 0;
}

std::string TlsPeer::read_until(std::string_view mark) {
  while (!held_.contains(mark)) must(read_more(), "end before the mark");
  const auto size = held_.find(mark) + mark.size();
  auto out = held_.substr(0, size);
  held_.erase(0, size);
  return out;
}

std::string TlsPeer::read_exactly(std::size_t bytes) {
  while (held_.size() < bytes) must(read_more(), "end before so many bytes");
  auto out = held_.substr(0, bytes);
  held_.erase(0, bytes);
  return out;
}

std::string TlsPeer::read_to_end() {
  while (read_more()) {
  }
  return std::move(held_);
}

bool TlsPeer::ends_here() {
  try {
    return read_to_end().empty();
  } catch (const std::runtime_error&) {
    return held_.empty();
  }
}

void TlsPeer::finish() {
  SSL_shutdown(tls_.get());
  peer_.finish();
}

void TlsPeer::cut() {
  peer_.finish();
}

void TlsPeer::reset() {
  peer_.reset();
}

std::string TlsPeer::server_name() const {
  const char* name = SSL_get_servername(tls_.get(), TLSEXT_NAMETYPE_host_name);
  return name == nullptr ? "" : name;
}

std::string TlsPeer::alpn() const {
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(tls_.get(), &chosen, &size);
  return {reinterpret_cast<const char*>(chosen), size};
}

bool TlsPeer::silent_for(std::chrono::milliseconds time) {
  return held_.empty() && SSL_pending(tls_.get()) == 0 && peer_.silent_for(time);
}

TlsOrigin::TlsOrigin(Identity identity, int newest_version)
    : context_(SSL_CTX_new(TLS_server_method())) {
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
  SSL_CTX_set_security_level(context_.get(), 0);  // so that old versions can be tried
  SSL_CTX_set_max_proto_version(context_.get(), newest_version);
  SSL_CTX_use_certificate(context_.get(), identity.certificate.get());
  must(SSL_CTX_use_PrivateKey(context_.get(), identity.key.get()) == 1, "key");
  SSL_CTX_set_alpn_select_cb(context_.get(), choose_http11, nullptr);
}

TlsPeer TlsOrigin::accept() {
  return {plain.accept(), context_.get()};
}

}  // namespace culvert::test

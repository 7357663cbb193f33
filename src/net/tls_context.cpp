// SPDX-License-Identifier: Apache-2.0
#include "net/tls_context.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace culvert::net {
namespace {

/// True when the system's certificates can be found one by one, by links that are named after whose
/// they are ("4042bcee.0").
bool has_links(const char* directory) {
  std::error_code none;
  const std::filesystem::directory_iterator entries(directory, none);
  return std::ranges::any_of(entries,
                             [](const auto& entry) { return entry.path().extension() == ".0"; });
}

/// Reading the whole store takes 40 ms and some megabytes (measured), so it is read only where it
/// cannot be looked up, or where the user names a file (openssl-env(7)).
bool trust_system(SSL_CTX* context) {
  const char* named = std::getenv(X509_get_default_cert_dir_env());
  const bool look_up = std::getenv(X509_get_default_cert_file_env()) == nullptr &&
                       has_links(named == nullptr ? X509_get_default_cert_dir() : named);
  return (look_up ? SSL_CTX_set_default_verify_dir(context)
                  : SSL_CTX_set_default_verify_paths(context)) == 1;
}

/// False for what is there and no file: a device may have no end.
bool is_file(const std::string& path) {
  std::error_code none;
  return !std::filesystem::exists(path, none) || std::filesystem::is_regular_file(path, none);
}

/// Why a file of certificates was not taken, right after OpenSSL did not take it.
std::string file_mistake() {
  const auto error = ERR_peek_error();
  if (ERR_SYSTEM_ERROR(error)) {
    return "cannot be read: " + std::system_category().message(ERR_GET_REASON(error));
  }
  if (ERR_GET_LIB(error) == ERR_LIB_X509 &&
      ERR_GET_REASON(error) == X509_R_NO_CERTIFICATE_OR_CRL_FOUND) {
    return "holds no certificate in PEM form";
  }
  const char* text = ERR_reason_error_string(error);
  return std::string("holds a certificate that cannot be read: ") + (text == nullptr ? "" : text);
}

/// What is wrong with the certificates to trust; "" if nothing is.
std::string trust(SSL_CTX* context, const std::string& ca_file) {
  ERR_clear_error();
  if (ca_file.empty()) return trust_system(context) ? "" : "the system's store cannot be used";
  if (!is_file(ca_file)) return "is not a file";
  return SSL_CTX_load_verify_file(context, ca_file.c_str()) == 1 ? "" : file_mistake();
}

void set_modes(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  // An idle connection keeps no buffer, and a write that must wait may come again from elsewhere.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
}

}  // namespace

void TlsContext::Free::operator()(SSL_CTX* context) const {
  SSL_CTX_free(context);
}

std::expected<std::shared_ptr<const TlsContext>, std::string> TlsContext::for_origins(
    const std::string& ca_file) {
  std::shared_ptr<const TlsContext> made(new TlsContext(SSL_CTX_new(TLS_client_method())));
  auto* context = made->native();
  if (context == nullptr) return std::unexpected("OpenSSL cannot be set up");
  set_modes(context);
  auto mistake = trust(context, ca_file);
  ERR_clear_error();
  if (!mistake.empty()) return std::unexpected(std::move(mistake));
  return made;
}

}  // namespace culvert::net

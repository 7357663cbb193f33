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

#include "net/tls_files.hpp"

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

/// What is wrong with the certificates to trust; "" if nothing is.
std::string trust(SSL_CTX* context, const std::string& ca_file) {
  if (!ca_file.empty()) return trust_file(context, ca_file);
  return trust_system(context) ? "" : "the system's store cannot be used";
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
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  auto mistake = trust(context, ca_file);
  ERR_clear_error();
  if (!mistake.empty()) return std::unexpected(std::move(mistake));
  return made;
}

}  // namespace culvert::net

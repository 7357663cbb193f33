// SPDX-License-Identifier: Apache-2.0
#include "net/shown_certificate.hpp"

#include <algorithm>
#include <memory>
#include <system_error>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/ascii.hpp"
#include "net/tls_files.hpp"

namespace culvert::net {
namespace {

using About = ListenTlsFinding::About;

/// Nobody sits at a terminal to type a passphrase.
int refuse_passphrase(char* /*into*/, int /*room*/, int /*writing*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

bool is_mismatch(unsigned long error) {
  if (ERR_GET_LIB(error) != ERR_LIB_X509) return false;
  const int reason = ERR_GET_REASON(error);
  return reason == X509_R_KEY_VALUES_MISMATCH || reason == X509_R_KEY_TYPE_MISMATCH;
}

/// Why a key was not taken, right after OpenSSL did not take it.
std::string key_mistake(bool asked_passphrase) {
  if (asked_passphrase) return "holds an encrypted key; store it without a passphrase";
  const auto error = ERR_peek_error();
  if (ERR_SYSTEM_ERROR(error)) {
    return "cannot be read: " + std::system_category().message(ERR_GET_REASON(error));
  }
  if (is_mismatch(error)) return "holds a key that is not the certificate's";
  return "holds no key in PEM form";
}

std::string read_key(SSL_CTX* context, const std::string& path) {
  if (!is_file(path)) return "is not a file";
  bool asked = false;
  SSL_CTX_set_default_passwd_cb(context, refuse_passphrase);
  SSL_CTX_set_default_passwd_cb_userdata(context, &asked);
  ERR_clear_error();
  const int taken = SSL_CTX_use_PrivateKey_file(context, path.c_str(), SSL_FILETYPE_PEM);
  SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
  if (taken != 1) return key_mistake(asked);
  // Of another kind than the certificate's it is taken, and goes with none.
  return SSL_CTX_check_private_key(context) == 1 ? "" : "holds a key that is not the certificate's";
}

std::string read_chain(SSL_CTX* context, const std::string& path) {
  if (!is_file(path)) return "is not a file";
  ERR_clear_error();
  return SSL_CTX_use_certificate_chain_file(context, path.c_str()) == 1 ? "" : file_mistake();
}

std::string oddity_of(const X509* certificate) {
  if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0) return "has expired";
  if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0) return "is not valid yet";
  return {};
}

}  // namespace

void read_certificate(SSL_CTX* context, const ListenTls& settings, std::size_t number,
                      std::vector<ListenTlsFinding>& findings) {
  const auto add = [&](About about, std::string what, bool warning = false) {
    findings.push_back(
        {.about = about, .number = number, .what = std::move(what), .warning = warning});
  };
  const auto& chain = settings.certificates[number];
  if (auto mistake = read_chain(context, chain); !mistake.empty()) {
    return add(About::certificate, std::move(mistake));
  }
  auto odd = oddity_of(SSL_CTX_get0_certificate(context));
  if (!odd.empty()) add(About::certificate, std::move(odd), true);

  const auto& key = settings.keys[number];
  auto mistake = read_key(context, key.empty() ? chain : key);
  ERR_clear_error();
  if (mistake.empty()) return;
  if (!key.empty()) return add(About::key, std::move(mistake));
  add(About::certificate, mistake + "; name the key's file as `key`");
}

std::vector<std::string> host_names(const X509* certificate) {
  const std::unique_ptr<GENERAL_NAMES, Frees<GENERAL_NAMES_free>> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> made;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int type = 0;
    const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type);
    if (type != GEN_DNS) continue;
    const auto* text = static_cast<const ASN1_STRING*>(value);
    made.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                      static_cast<std::size_t>(ASN1_STRING_length(text)));
    std::ranges::transform(made.back(), made.back().begin(), lower);
  }
  return made;
}

}  // namespace culvert::net

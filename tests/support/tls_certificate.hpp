// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <openssl/ssl.h>

/// Certificates made for one run of a test program, by an authority that is made with it.
namespace culvert::test {

/// What a certificate says.
struct Shown {
  /// Names ("*.origin.test", too) and addresses, all as subjectAltName.
  std::vector<std::string> hosts{"origin.test", "127.0.0.1", "::1"};
  bool expired = false;
  bool self_signed = false;      ///< else the test authority signs it
  std::string subject = "test";  ///< the common name
  /// More of subjectAltName, as OpenSSL writes it: "email:a@b.test", "URI:urn:x".
  std::vector<std::string> others = {};
};

template <auto release>
struct Releases {
  template <class T>
  void operator()(T* held) const {
    release(held);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Releases<EVP_PKEY_free>>;
using X509Certificate = std::unique_ptr<X509, Releases<X509_free>>;

struct Identity {
  Key key;
  X509Certificate certificate;
};

Identity make_identity(const Shown& shown);

/// As PEM.
std::string pem_of(const X509* certificate);
std::string pem_of(EVP_PKEY* key, const char* passphrase = nullptr);

/// The test authority's certificate, a PEM file that lasts as long as the program.
const std::string& ca_file();

}  // namespace culvert::test

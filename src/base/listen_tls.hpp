// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace culvert {

/// What of a client's certificate says who it is.
enum class CertificateName : std::uint8_t {
  common_name,  ///< the subject's CN; of several the last, the most specific
  dns,          ///< the first name of that kind in subjectAltName (RFC 5280 §4.2.1.6)
  email,
  uri,
};

/// TLS on a listener, as it is configured.
struct ListenTls {
  /// PEM, each with the certificates between it and its authority behind it. The first is shown to
  /// whoever asks for none of the others' names.
  std::vector<std::string> certificates;
  std::vector<std::string> keys = {};  ///< of each certificate; "": it is in the certificate's file
  std::string client_ca = {};          ///< PEM; empty: clients are asked for no certificate
  bool client_must = true;             ///< with client_ca: who has none is not let in
  CertificateName client_user = CertificateName::common_name;
  bool only_13 = false;                ///< else 1.2 will do
  std::vector<std::string> alpn = {};  ///< the best first: "h2", "http/1.1"
};

/// Something about one of its files.
struct ListenTlsFinding {
  enum class About : std::uint8_t { certificate, key, client_ca };
  About about;
  std::size_t number = 0;  ///< of the certificate or key, from 0
  std::string what;        ///< for people, to stand behind the file's name
  bool warning = false;    ///< it can be used all the same
};

/// The file that a finding is about.
inline const std::string& file_of(const ListenTls& settings, const ListenTlsFinding& finding) {
  switch (finding.about) {
    case ListenTlsFinding::About::certificate: return settings.certificates[finding.number];
    case ListenTlsFinding::About::key: return settings.keys[finding.number];
    case ListenTlsFinding::About::client_ca: break;
  }
  return settings.client_ca;
}

}  // namespace culvert

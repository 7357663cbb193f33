// SPDX-License-Identifier: Apache-2.0
#include "net/tls.hpp"

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include <catch2/catch.hpp>

using culvert::net::TlsContext;

namespace {

/// A file with this text, for as long as it lives.
class File {
 public:
  explicit File(const std::string& text) { std::ofstream(path_) << text; }
  ~File() { std::filesystem::remove(path_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_ =
      (std::filesystem::temp_directory_path() / ("culvert-tls-test-" + std::to_string(getpid())))
          .string();
};

}  // namespace

TEST_CASE("tls: without a file the system's trust store holds", "[tls]") {
  CHECK(TlsContext::for_origins(""));
}

TEST_CASE("tls: a file that holds no certificate is told apart from one that is damaged", "[tls]") {
  auto [text, mistake] = GENERATE(table<std::string, std::string>({
      {"", "holds no certificate in PEM form"},
      {"hello\n", "holds no certificate in PEM form"},
      {"-----BEGIN CERTIFICATE-----\n", "holds a certificate that cannot be read: bad end line"},
      {"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
       "holds a certificate that cannot be read: bad base64 decode"},
      {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
       "holds a certificate that cannot be read: wrong tag"},
      {"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
       "holds no certificate in PEM form"},
  }));
  CAPTURE(text);
  const File file(text);
  const auto made = TlsContext::for_origins(file.path());
  REQUIRE_FALSE(made);
  CHECK(made.error() == mistake);
}

TEST_CASE("tls: a file that cannot be read says why", "[tls]") {
  const auto absent = TlsContext::for_origins("/nonexistent/ca.pem");
  REQUIRE_FALSE(absent);
  CHECK(absent.error() == "cannot be read: No such file or directory");
  const auto folder = TlsContext::for_origins("/");
  REQUIRE_FALSE(folder);
  CHECK(folder.error() == "is not a file");
  const auto endless = TlsContext::for_origins("/dev/zero");
  REQUIRE_FALSE(endless);
  CHECK(endless.error() == "is not a file");
}

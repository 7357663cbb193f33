// SPDX-License-Identifier: Apache-2.0
#include "config/endpoint.hpp"

#include "unit/config/reading.hpp"

using namespace culvert::config;

TEST_CASE("endpoint: an address to listen on is read", "[config]") {
  const auto* text = GENERATE("127.0.0.1:3128", "[::1]:3128", "0.0.0.0:1", "[::]:65535",
                              "127.0.0.1:0", "[2001:db8::1]:80");
  CAPTURE(text);
  const auto read = read_listen_address(text_value(text));
  REQUIRE(read);
  CHECK(read->text() == text);
}

TEST_CASE("endpoint: what cannot be listened on is told what to write", "[config]") {
  auto [text, why] = GENERATE(table<const char*, const char*>({
      {"unix:/run/culvert.sock",
       "Unix sockets are not supported; write an address and port such as \"127.0.0.1:3128\""},
      {"127.0.0.1", "the port is missing; write \"127.0.0.1:3128\""},
      {"::1", "the port is missing; write \"[::1]:3128\""},
      {"[::1]", "the port is missing; write \"[::1]:3128\""},
      {"127.0.0.1:", "\"\" is no port; write 1 to 65535"},
      {"127.0.0.1:65536", "\"65536\" is no port; write 1 to 65535"},
      {"127.0.0.1:http", "\"http\" is no port; write 1 to 65535"},
      {"127.0.0.1:-1", "\"-1\" is no port; write 1 to 65535"},
      {":8080",
       "write the address, too: \"127.0.0.1:8080\", or \"[::]:8080\" for every address of this "
       "machine"},
      {"*:80",
       "write the address, too: \"127.0.0.1:80\", or \"[::]:80\" for every address of this "
       "machine"},
      {"localhost:80",
       "\"localhost\" is no IP address; write one such as \"127.0.0.1:80\" or \"[::1]:80\""},
      {"3128", "\"3128\" is no IP address; write one such as \"127.0.0.1:3128\" or \"[::1]:3128\""},
      {"127.1:80",
       "\"127.1\" is no IP address; write one such as \"127.0.0.1:80\" or \"[::1]:80\""},
      {"[::1:80",
       "\"[::1:80\" is no IP address; write one such as \"127.0.0.1:3128\" or \"[::1]:3128\""},
  }));
  CAPTURE(text);
  const auto read = read_listen_address(text_value(text));
  REQUIRE_FALSE(read);
  CHECK(read.error() == why);
}

TEST_CASE("endpoint: a name server listens on port 53 unless told otherwise", "[config]") {
  auto [text, full] = GENERATE(table<const char*, const char*>({
      {"192.0.2.53", "192.0.2.53:53"},
      {"127.0.0.1:5353", "127.0.0.1:5353"},
      {"::1", "[::1]:53"},
      {"[::1]", "[::1]:53"},
      {"[::1]:5353", "[::1]:5353"},
  }));
  CAPTURE(text);
  const auto read = read_server(text_value(text));
  REQUIRE(read);
  CHECK(read->text() == full);
}

TEST_CASE("endpoint: what is no name server is refused", "[config]") {
  const auto* text = GENERATE("", "dns.example", "127.0.0.1:0", "127.0.0.1:", "127.0.0.1:99999",
                              "[::1", "[::1]x", "[::1]:x", "1.1.1.1,8.8.8.8");
  CAPTURE(text);
  CHECK_FALSE(read_server(text_value(text)));
  CHECK_FALSE(read_server(number_value(53)));
}

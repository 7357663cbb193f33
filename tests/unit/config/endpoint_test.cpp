// SPDX-License-Identifier: Apache-2.0
#include "config/endpoint.hpp"

#include "unit/config/reading.hpp"

using namespace culvert::config;

TEST_CASE("endpoint: an address to listen on is read", "[config]") {
  const auto* text = GENERATE("127.0.0.1:3128", "[::1]:3128", "0.0.0.0:1", "[::]:65535",
                              "127.0.0.1:0", "[2001:db8::1]:80", "unix:/run/culvert.sock",
                              "unix:./c", "unix:run/c", "unix:/with space:80");
  CAPTURE(text);
  const auto read = read_listen_address(text_value(text));
  REQUIRE(read);
  CHECK(read->text() == text);
}

TEST_CASE("endpoint: what cannot be listened on is told what to write", "[config]") {
  auto [text, why] = GENERATE(table<const char*, const char*>({
      {"unix:", "write the socket's path, too: \"unix:/run/culvert.sock\""},
      {"unix:@culvert",
       "a socket without a file could be used by anyone on this machine; write a path such as "
       "\"unix:/run/culvert.sock\""},
      {"unix:c.sock",
       "\"c.sock\" has no slash; write a path such as \"unix:/run/culvert.sock\" or "
       "\"unix:./culvert.sock\""},
      {"unix:/run/", "\"/run/\" is a directory; write the path of a file"},
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

TEST_CASE("endpoint: a Unix socket's path has 107 bytes at most, and no zero byte", "[config]") {
  const auto path = [](std::size_t bytes) { return "unix:/" + std::string(bytes - 1, 'x'); };
  CHECK(read_listen_address(text_value(path(107))));
  const auto longer = read_listen_address(text_value(path(108)));
  REQUIRE_FALSE(longer);
  CHECK(longer.error() == "the path of a Unix socket has at most 107 bytes, and this one has 108");
  CHECK_FALSE(read_listen_address(text_value(std::string("unix:/run/a\0b", 13))));
}

TEST_CASE("endpoint: a socket's mode is octal", "[config]") {
  auto [text, mode] = GENERATE(table<const char*, std::uint32_t>({
      {"0660", 0660},
      {"660", 0660},
      {"0777", 0777},
      {"0002", 02},
      {"00000200", 0200},
  }));
  CAPTURE(text);
  CHECK(read_socket_mode(text_value(text)) == mode);
}

TEST_CASE("endpoint: what is no mode of a socket is refused", "[config]") {
  const auto* text = GENERATE("", "rw", "0680", "01777", "-660", " 660", "0660 ", "0o660", "0000",
                              "0444", "0555", "77777777777777777777");
  CAPTURE(text);
  CHECK_FALSE(read_socket_mode(text_value(text)));
  CHECK_FALSE(read_socket_mode(number_value(660)));
  CHECK(read_socket_mode(text_value("0440")).error().contains("lets nobody connect"));
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

// SPDX-License-Identifier: Apache-2.0
#include <culvert/http1/hop.hpp>

#include "unit/http1/heads.hpp"

using namespace culvert::http1;

TEST_CASE("connection: a request says whether its connection goes on", "[http1]") {
  auto [version, fields, keeps] = GENERATE(table<const char*, const char*, bool>({
      {"HTTP/1.1", "A: b", true},
      {"HTTP/1.1", "Connection: close", false},
      {"HTTP/1.1", "Connection: x, Close", false},
      {"HTTP/1.1", "Connection: keep-alive\r\nConnection: close", false},
      {"HTTP/1.1", "Proxy-Connection: close", false},
      {"HTTP/1.1", "Connection: keep-alive\r\nProxy-Connection: close", false},
      {"HTTP/1.1", "Connection: closed", true},
      {"HTTP/1.0", "A: b", false},
      {"HTTP/1.0", "Connection: Keep-Alive", false},
      {"HTTP/1.0", "Proxy-Connection: keep-alive", false},
      {"HTTP/1.0", "Connection: keep-alive, close", false},
  }));
  CAPTURE(version, fields);
  const std::string text = lines({"GET / " + std::string(version), fields});
  CHECK(keeps_alive(request(text)) == keeps);
}

TEST_CASE("connection: a response says whether its connection goes on", "[http1]") {
  auto [version, fields, keeps] = GENERATE(table<const char*, const char*, bool>({
      {"HTTP/1.1", "A: b", true},
      {"HTTP/1.1", "Connection: close", false},
      {"HTTP/1.1", "Proxy-Connection: close", true},  // no origin speaks of a proxy's connection
      {"HTTP/1.0", "A: b", false},
      {"HTTP/1.0", "Connection: keep-alive", true},
      {"HTTP/1.0", "Connection: keep-alive, close", false},
  }));
  CAPTURE(version, fields);
  const std::string text = lines({std::string(version) + " 200 OK", fields});
  CHECK(keeps_alive(response(text)) == keeps);
}

TEST_CASE("connection: a request that was here before is known by its Via", "[http1]") {
  auto [fields, here] = GENERATE(table<const char*, bool>({
      {"A: b", false},
      {"Via: 1.1 culvert", true},
      {"via: 1.0 CULVERT", true},
      {"Via: HTTP/1.1  culvert (a comment)", true},
      {"Via: 1.1 a, 1.1\tculvert , 1.0 b", true},
      {"Via: 1.1 a\r\nVia: 1.1 culvert", true},
      {"Via: 1.1 culvert2", false},
      {"Via: 1.1 a (culvert)", false},
      {"Via: culvert", false},
      {"Via: culvert 1.1", false},
      {"Via:", false},
      {"Via: ,,", false},
  }));
  CAPTURE(fields);
  const std::string text = lines({"GET / HTTP/1.1", fields});
  CHECK(passed_through(request(text), "culvert") == here);
}

// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <string>

#include <catch2/catch.hpp>
#include <culvert/error.hpp>
#include <culvert/policy/rule.hpp>

using namespace culvert;
using namespace culvert::policy;

namespace {

std::string objection_to(const char* pattern, std::optional<std::string_view> origin) {
  WebSockets rule;
  rule.origins = {parse_origin(pattern).value()};
  return objection(rule, {.path = "/", .origin = origin, .protocols = {}}).value_or("fine");
}

}  // namespace

TEST_CASE("origin: a page's origin fits what a rule lists", "[policy]") {
  auto [pattern, origin, fits] = GENERATE(table<const char*, const char*, bool>({
      {"https://app.example.com", "https://app.example.com", true},
      {"https://app.example.com", "https://app.example.com:443", true},
      {"https://app.example.com:443", "https://app.example.com", true},
      {"HTTPS://App.Example.com.", "https://app.example.com", true},
      {"https://app.example.com", "HTTPS://APP.example.com", true},
      {"http://app.example.com", "http://app.example.com:80", true},
      {"https://*.example.com:8443", "https://a.b.example.com:8443", true},
      {"*.example.com", "http://a.example.com:8080", true},
      {"app.example.com", "https://app.example.com", true},
      {"app.example.com:443", "https://app.example.com", true},
      {"app.example.com:443", "http://app.example.com:443", true},
      {"https://b\u00fccher.example", "https://xn--bcher-kva.example", true},
      {"http://[::1]:8080", "http://[::1]:8080", true},
      {"http://127.0.0.1", "http://127.0.0.1", true},
      {"https://*", "https://any.test", true},
      {"*", "moz-extension://0f1e-2d3c", true},
      {"moz-extension://0f1e-2d3c", "moz-extension://0f1e-2d3c", true},
      {"null", "null", true},
      {"https://app.example.com", "http://app.example.com", false},
      {"https://app.example.com", "https://app.example.com:8443", false},
      {"https://app.example.com", "https://app.example.com.evil.test", false},
      {"https://app.example.com", "https://evil.test/https://app.example.com", false},
      {"https://app.example.com", "https://app.example.com@evil.test", false},
      {"https://app.example.com", "https://app.example.com/", false},
      {"https://app.example.com", "https://app.example.com https://evil.test", false},
      {"https://app.example.com", "https://app.example.com, https://evil.test", false},
      {"https://app.example.com", "https://app.example.com:", false},
      {"https://app.example.com", "https://app.example.com:0", false},
      {"https://app.example.com", "app.example.com", false},
      {"https://app.example.com", "null", false},
      {"https://app.example.com", "", false},
      {"https://*.example.com", "https://example.com", false},
      {"https://*.example.com", "https://evilexample.com", false},
      {"https://*.example.com:8443", "https://a.example.com", false},
      {"*.example.com", "a.example.com", false},
      {"*.example.com", "://a.example.com", false},
      {"app.example.com:443", "http://app.example.com", false},
      {"*", "null", false},
      {"*", "none", false},
      {"null", "https://null", false},
      {"null", "none", false},
      {"none", "none", false},  // a field that says "none" is none of a handshake without it
      {"none", "null", false},
  }));
  CAPTURE(pattern, origin);
  const auto said = objection_to(pattern, origin);
  CHECK(said == (fits ? "fine" : "origin \"" + std::string(origin) + "\""));
}

TEST_CASE("origin: a handshake without one is for \"none\" alone", "[policy]") {
  CHECK(objection_to("none", std::nullopt) == "fine");
  for (const auto* pattern : {"null", "*", "https://app.example.com"}) {
    CHECK(objection_to(pattern, std::nullopt) == "no origin");
  }
}

TEST_CASE("origin: one spelling of each entry", "[policy]") {
  auto [pattern, text] = GENERATE(table<const char*, const char*>({
      {"HTTPS://App.Example.COM.", "https://app.example.com"},
      {"https://a.test:443", "https://a.test"},
      {"wss://a.test:443", "wss://a.test"},
      {"http://a.test:443", "http://a.test:443"},
      {"a.test:443", "a.test:443"},
      {"*.B\u00dccher.example", "*.xn--bcher-kva.example"},
      {"http://[2001:DB8::1]", "http://[2001:db8::1]"},
      {"http://0x7f.1", "http://127.0.0.1"},
      {"null", "null"},
      {"none", "none"},
  }));
  CAPTURE(pattern);
  CHECK(parse_origin(pattern)->text == text);
}

TEST_CASE("origin: what is no entry is refused", "[policy]") {
  auto [pattern, why] = GENERATE(table<const char*, Errc>({
      {"", Errc::bad_host},
      {"https://", Errc::bad_host},
      {"://a.test", Errc::bad_host},
      {"1https://a.test", Errc::bad_host},
      {"https://a.test/", Errc::bad_host},
      {"https://a.test/chat", Errc::bad_host},
      {"10.0.0.0/8", Errc::bad_host},
      {"https://user@a.test", Errc::bad_host},
      {"https://a.*.test", Errc::bad_host},
      {"https://a test", Errc::bad_host},
      {"::1", Errc::bad_host},
      {"https://[::1", Errc::bad_host},
      {"https://a.test:", Errc::bad_port},
      {"https://a.test:0", Errc::bad_port},
      {"https://a.test:65536", Errc::bad_port},
      {"a.test:*", Errc::bad_port},
  }));
  CAPTURE(pattern);
  const auto read = parse_origin(pattern);
  REQUIRE_FALSE(read);
  CHECK(read.error() == why);
}

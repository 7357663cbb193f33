// SPDX-License-Identifier: Apache-2.0
#include <culvert/error.hpp>
#include <culvert/http1/target.hpp>

#include "unit/http1/heads.hpp"

using namespace culvert;
using namespace culvert::http1;
using Form = Target::Form;

namespace {

/// The target of `METHOD target HTTP/1.1` with these field lines.
Result<Target> target_of(std::string_view line, std::initializer_list<std::string_view> fields) {
  std::string text(line);
  text += "\r\n";
  for (const auto field : fields) text.append(field).append("\r\n");
  text += "\r\n";
  auto target = read_target(request(text));
  if (target) target->path = {};  // it looked into `text`
  return target;
}

std::string authority_of(const Result<Target>& target) {
  REQUIRE(target);
  return target->authority ? target->authority->text() : "none";
}

}  // namespace

TEST_CASE("target: CONNECT names host and port", "[http1]") {
  auto [line, host, authority] = GENERATE(table<const char*, const char*, const char*>({
      {"CONNECT example.com:443 HTTP/1.1", "Host: example.com:443", "example.com:443"},
      {"CONNECT example.com:443 HTTP/1.1", "Host: example.com", "example.com:443"},
      {"CONNECT example.com:443 HTTP/1.1", "host: EXAMPLE.com.", "example.com:443"},
      {"CONNECT example.com:80 HTTP/1.1", "Host: example.com:", "example.com:80"},
      {"CONNECT [2001:db8::1]:8443 HTTP/1.1", "Host: [2001:DB8:0::1]", "[2001:db8::1]:8443"},
      {"CONNECT 0x7f.1:443 HTTP/1.1", "Host: 127.0.0.1", "127.0.0.1:443"},
      {"CONNECT h:443 HTTP/1.0", "X: no Host", "h:443"},
      {"CONNECT h:443 HTTP/1.0", "Host: h", "h:443"},
      {"CONNECT h:443 HTTP/1.1", "Host: h\r\nContent-Length: 0", "h:443"},
  }));
  CAPTURE(line, host);
  const auto target = target_of(line, {host});
  CHECK(authority_of(target) == authority);
  CHECK(target->form == Form::authority);
}

TEST_CASE("target: a CONNECT with anything but one authority is refused", "[http1]") {
  auto [target, why] = GENERATE(table<const char*, std::error_code>({
      {"h", Errc::bad_authority},      {"h:", Errc::bad_port},
      {"h:0", Errc::bad_port},         {"h:65536", Errc::bad_port},
      {"h:+443", Errc::bad_port},      {"h:-1", Errc::bad_port},
      {"h:443/", Errc::bad_port},      {"h:443?q", Errc::bad_port},
      {":443", Errc::bad_host},        {"h/x:443", Errc::bad_host},
      {"::1:443", Errc::bad_host},     {"[::1]", Errc::bad_authority},
      {"h:443,i:443", Errc::bad_host}, {"u@h:443", Flaw::bad_target},
      {"u:p@h:443", Flaw::bad_target}, {"h:443#f", Flaw::bad_target},
      {"*", Errc::bad_authority},      {"/", Errc::bad_authority},
      {"http://h/", Errc::bad_port},   {"http://h:443", Errc::bad_host},
  }));
  CAPTURE(target);
  CHECK(error_of(target_of("CONNECT " + std::string(target) + " HTTP/1.1", {"Host: h"})) == why);
}

TEST_CASE("target: the Host of a CONNECT must be its target", "[http1]") {
  auto [host, why] = GENERATE(table<const char*, Flaw>({
      {"Host: other", Flaw::other_host},
      {"Host: h:80", Flaw::other_host},
      {"Host: other:443", Flaw::other_host},
      {"Host:", Flaw::bad_host},
      {"Host: h, h", Flaw::bad_host},
      {"Host: u@h", Flaw::bad_host},
      {"Host: h\r\nhost: h", Flaw::repeated_host},
      {"X: y", Flaw::missing_host},
  }));
  CAPTURE(host);
  CHECK(error_of(target_of("CONNECT h:443 HTTP/1.1", {host})) == why);
}

TEST_CASE("target: a CONNECT cannot announce a body", "[http1]") {
  auto [field, why] = GENERATE(table<const char*, Flaw>({
      {"Content-Length: 1", Flaw::body_on_connect},
      {"Transfer-Encoding: chunked", Flaw::body_on_connect},
      {"Content-Length: x", Flaw::bad_content_length},
      {"Transfer-Encoding: gzip", Flaw::bad_transfer_encoding},
  }));
  CAPTURE(field);
  CHECK(error_of(target_of("CONNECT h:443 HTTP/1.1", {"Host: h", field})) == why);
}

TEST_CASE("target: a TRACE cannot announce a body", "[http1]") {
  const auto* target = GENERATE("http://h/", "/");
  auto [field, why] = GENERATE(table<const char*, std::error_code>({
      {"Content-Length: 1", Flaw::body_on_trace},
      {"Transfer-Encoding: chunked", Flaw::body_on_trace},
      {"Content-Length: x", Flaw::bad_content_length},
      {"Content-Length: 0", {}},
      {"A: b", {}},
  }));
  CAPTURE(target, field);
  const auto line = "TRACE " + std::string(target) + " HTTP/1.1";
  CHECK(error_of(target_of(line, {"Host: h", field})) == why);
}

TEST_CASE("target: absolute-form is taken apart", "[http1]") {
  auto [text, scheme, authority, path] =
      GENERATE(table<const char*, Scheme, const char*, const char*>({
          {"http://example.com/", Scheme::http, "example.com:80", "/"},
          {"http://example.com", Scheme::http, "example.com:80", ""},
          {"http://example.com?q", Scheme::http, "example.com:80", "?q"},
          {"HTTP://Example.COM:8080/A?b=c:d@e/", Scheme::http, "example.com:8080", "/A?b=c:d@e/"},
          {"https://h/x", Scheme::https, "h:443", "/x"},
          {"ws://h:8001/a", Scheme::ws, "h:8001", "/a"},
          {"ws://h/a", Scheme::ws, "h:80", "/a"},
          {"wss://h/a", Scheme::wss, "h:443", "/a"},
          {"http://[::1]:81//x://y", Scheme::http, "[::1]:81", "//x://y"},
          {"http://h:/x", Scheme::http, "h:80", "/x"},
      }));
  CAPTURE(text);
  const std::string message = lines({"GET " + std::string(text) + " HTTP/1.1", "Host: other"});
  const auto target = read_target(request(message));
  CHECK(authority_of(target) == authority);
  CHECK(target->form == Form::absolute);
  CHECK(target->scheme == scheme);
  CHECK(target->path == path);
}

TEST_CASE("target: an absolute-form that hides something is refused", "[http1]") {
  auto [target, why] = GENERATE(table<const char*, std::error_code>({
      {"http://u@h/", Flaw::bad_target},
      {"http://u:p@h/", Flaw::bad_target},
      {"http://good\\@evil/", Flaw::bad_target},
      {"http://good\\evil/", Errc::bad_host},
      {"http://h/#f", Flaw::bad_target},
      {"http://h#@evil/", Flaw::bad_target},
      {"http://", Flaw::bad_target},
      {"http:///x", Flaw::bad_target},
      {"http://?q", Flaw::bad_target},
      {"http:/h/x", Flaw::bad_target},
      {"http:h", Flaw::bad_target},
      {"h:443", Flaw::bad_target},  // authority-form is for CONNECT
      {"h", Flaw::bad_target},
      {"://h/", Flaw::bad_target},
      {"1http://h/", Flaw::bad_target},
      {"?x=http://h/", Flaw::bad_target},
      {"*", Flaw::bad_target},
      {"**", Flaw::bad_target},
      {"ftp://h/", Errc::scheme_unsupported},
      {"file:///etc/passwd", Errc::scheme_unsupported},
      {"http+unix://h/", Errc::scheme_unsupported},
      {"mailto:a", Errc::scheme_unsupported},
      {"urn:isbn:096139210x", Errc::scheme_unsupported},
      {"data:text/plain,80", Errc::scheme_unsupported},
      {"javascript:x", Errc::scheme_unsupported},
      {"file:/etc/passwd", Errc::scheme_unsupported},
      {"1urn:x", Flaw::bad_target},
      {"u%72n:x", Flaw::bad_target},
      {"ws:h/x", Flaw::bad_target},  // our scheme, but not its shape
      {"WSS:/h/x", Flaw::bad_target},
      {"https:443", Flaw::bad_target},
      {"h:443/x", Flaw::bad_target},
      {"h:443?x", Flaw::bad_target},
      {"h:", Flaw::bad_target},
      {"h:80/http://i/", Flaw::bad_target},
      {"http://h:0/", Errc::bad_port},
      {"http://h:99999/", Errc::bad_port},
      {"http://h:80:80/", Errc::bad_host},
      {"http://h%2eexample/", Errc::bad_host},
      {"http://[::1/", Errc::bad_host},
  }));
  CAPTURE(target);
  CHECK(error_of(target_of("GET " + std::string(target) + " HTTP/1.1", {"Host: h"})) == why);
}

TEST_CASE("target: origin-form and asterisk are meant for the proxy itself", "[http1]") {
  const std::string pac = lines({"GET /proxy.pac?x HTTP/1.1", "Host: 127.0.0.1:3128"});
  CHECK(read_target(request(pac))->form == Form::origin);
  CHECK(read_target(request(pac))->path == "/proxy.pac?x");
  CHECK_FALSE(read_target(request(pac))->authority);
  CHECK(target_of("OPTIONS * HTTP/1.1", {"Host: h"})->form == Form::asterisk);
  CHECK(target_of("GET / HTTP/1.0", {})->form == Form::origin);
  CHECK(error_of(target_of("GET /#f HTTP/1.1", {"Host: h"})) == Flaw::bad_target);
}

TEST_CASE("target: methods have a case", "[http1]") {
  CHECK(error_of(target_of("connect h:443 HTTP/1.1", {"Host: h"})) == Flaw::bad_target);
  CHECK(error_of(target_of("options * HTTP/1.1", {"Host: h"})) == Flaw::bad_target);
}

TEST_CASE("target: Host must be there, once, and a host", "[http1]") {
  auto [line, fields, why] = GENERATE(table<const char*, const char*, std::error_code>({
      {"GET http://h/ HTTP/1.1", "X: y", Flaw::missing_host},
      {"GET http://h/ HTTP/1.0", "X: y", {}},
      {"GET http://h/ HTTP/1.1", "Host: h\r\nHost: h", Flaw::repeated_host},
      {"GET http://h/ HTTP/1.0", "Host: h\r\nHost: i", Flaw::repeated_host},
      {"GET http://h/ HTTP/1.1", "Host:", {}},
      {"GET http://h/ HTTP/1.1", "Host: a b", Flaw::bad_host},
      {"GET http://h/ HTTP/1.1", "Host: http://h/", Flaw::bad_host},
      {"GET http://h/ HTTP/1.1", "Host: h/x", Flaw::bad_host},
      {"GET / HTTP/1.1", "Host:", Flaw::bad_host},
      {"GET / HTTP/1.1", "Host: a@b", Flaw::bad_host},
      {"GET / HTTP/1.1", "X: y", Flaw::missing_host},
      {"GET / HTTP/1.0", "X: y", {}},
      {"OPTIONS * HTTP/1.1", "Host:", Flaw::bad_host},
      // any spelling of a host that is one, and no other
      {"GET http://h/ HTTP/1.1", "HOST:h:80", {}},
      {"GET http://h/ HTTP/1.1", "host: \t h.\t", {}},
      {"GET http://h/ HTTP/1.1", "Host: [::1]:80", {}},
      {"GET http://h/ HTTP/1.1", "Host: ::1", Flaw::bad_host},
      {"GET http://h/ HTTP/1.1", "Host: h:0", Flaw::bad_host},
      {"GET http://h/ HTTP/1.1", "Host: h:x", Flaw::bad_host},
      {"GET http://h/ HTTP/1.1", "Host: h%2f", Flaw::bad_host},
      {"GET http://h/ HTTP/1.1", "Host: h,i", Flaw::bad_host},
      {"GET http://h/ HTTP/1.1", "Host: \xc3\xb6", Flaw::bad_host},
      {"GET http://h/ HTTP/1.1", "Host: *", Flaw::bad_host},
  }));
  CAPTURE(line, fields);
  CHECK(error_of(target_of(line, {fields})) == why);
}

// SPDX-License-Identifier: Apache-2.0
#include "http2/request_fields.hpp"

#include "unit/http2/speaking.hpp"

using namespace culvert;
using namespace culvert::http2;
using http1::error_of;
using http1::Flaw;

namespace {

const FieldSection get = {
    {":method", "GET"}, {":scheme", "http"}, {":authority", "h.test"}, {":path", "/"}};
const FieldSection connect = {{":method", "CONNECT"}, {":authority", "h.test:443"}};
const FieldSection extended = {{":method", "CONNECT"},
                               {":protocol", "websocket"},
                               {":scheme", "https"},
                               {":authority", "h.test"},
                               {":path", "/chat"}};

/// `section` with this value in place of the field's own.
FieldSection changed(FieldSection section, std::string_view name, std::string value) {
  for (auto& field : section) {
    if (field.name == name) field.value = value;
  }
  return section;
}

FieldSection without(FieldSection section, std::string_view name) {
  std::erase_if(section, [name](const Field& field) { return field.name == name; });
  return section;
}

}  // namespace

TEST_CASE("request fields: the three kinds of request are told apart", "[http2]") {
  CHECK(read_request(get)->kind == RequestFields::Kind::ordinary);
  CHECK(read_request(connect)->kind == RequestFields::Kind::connect);
  CHECK(read_request(extended)->kind == RequestFields::Kind::websocket);
  CHECK(read_request(changed(extended, ":protocol", "WebSocket")));
}

TEST_CASE(
    "request fields: pseudo-header fields are there, once, known and in front (RFC 9113 §8.3)",
    "[http2]") {
  auto section = GENERATE(values<FieldSection>({
      {},
      without(get, ":method"),
      without(get, ":scheme"),
      without(get, ":path"),
      with(get, {{":path", "/"}}),
      with(get, {{":status", "200"}}),
      with(get, {{":", ""}}),
      with(get, {{":Path", "/"}}),
      with(without(get, ":path"), {{"a", "b"}, {":path", "/"}}),
      // RFC 9113 §8.5
      without(connect, ":authority"),
      with(without(connect, ":authority"), {{"host", "h.test:443"}}),
      with(connect, {{":path", "/"}}),
      with(connect, {{":scheme", "https"}}),
      // RFC 8441 §4
      without(extended, ":scheme"),
      without(extended, ":path"),
      without(extended, ":authority"),
      changed(extended, ":method", "GET"),
      with(get, {{":protocol", "websocket"}}),
  }));
  CHECK(error_of(read_request(section)) == Flaw::bad_pseudo_field);
}

TEST_CASE("request fields: parts that HTTP/1 would read otherwise are refused", "[http2]") {
  auto [name, value, flaw] = GENERATE(table<const char*, const char*, Flaw>({
      {":method", "", Flaw::bad_method},
      {":method", "GET /", Flaw::bad_method},
      {":method", "G\r\nET", Flaw::bad_method},
      {":scheme", "", Flaw::bad_target},
      {":scheme", "http://evil.test/", Flaw::bad_target},
      {":scheme", "1http", Flaw::bad_target},
      {":authority", "", Flaw::bad_target},
      {":authority", "user@h.test", Flaw::bad_target},
      {":authority", "h.test/x", Flaw::bad_target},
      {":authority", "h.test?x", Flaw::bad_target},
      {":authority", "h.test#x", Flaw::bad_target},
      {":authority", "h.test\\x", Flaw::bad_target},
      {":authority", "h test", Flaw::bad_target},
      {":authority", "h\xc3\xa9.test", Flaw::bad_target},
      {":authority", "h.test\r\nX: y", Flaw::bad_target},
      {":path", "", Flaw::bad_target},
      {":path", "x", Flaw::bad_target},
      {":path", "*", Flaw::bad_target},  // of OPTIONS alone
      {":path", "/a b", Flaw::bad_target},
      {":path", "/a#b", Flaw::bad_target},
      {":path", "/\r\nX: y", Flaw::bad_target},
      {":path", "/\x7f", Flaw::bad_target},
      {":path", "http://h.test/", Flaw::bad_target},
  }));
  CAPTURE(name, value);
  CHECK(error_of(read_request(changed(get, name, value))) == flaw);
}

TEST_CASE("request fields: ordinary fields are sound (RFC 9113 §8.2)", "[http2]") {
  auto [name, value, flaw] = GENERATE(table<std::string, std::string, Flaw>({
      {"", "x", Flaw::bad_field_name},
      {"Upper", "x", Flaw::bad_field_name},
      {"a b", "x", Flaw::bad_field_name},
      {"a:b", "x", Flaw::bad_field_name},
      {"a\r\nb", "x", Flaw::bad_field_name},
      {"caf\xc3\xa9", "x", Flaw::bad_field_name},
      {"a", "x\r\nb: c", Flaw::bad_field_value},
      {"a", "x\n", Flaw::bad_field_value},
      {"a", std::string("x\0y", 3), Flaw::bad_field_value},
      {"a", "\x01", Flaw::bad_field_value},
      {"a", " x", Flaw::bad_field_value},
      {"a", "x\t", Flaw::bad_field_value},
      {"a", " ", Flaw::bad_field_value},
      // RFC 9113 §8.2.2
      {"connection", "close", Flaw::connection_field},
      {"proxy-connection", "keep-alive", Flaw::connection_field},
      {"keep-alive", "timeout=5", Flaw::connection_field},
      {"transfer-encoding", "chunked", Flaw::connection_field},
      {"upgrade", "websocket", Flaw::connection_field},
      {"te", "gzip", Flaw::connection_field},
      {"te", "trailers, deflate", Flaw::connection_field},
  }));
  CAPTURE(name, value);
  CHECK(error_of(read_request(with(get, {{name, value}}))) == flaw);
}

TEST_CASE("request fields: what HTTP/1 can hold is taken", "[http2]") {
  for (const auto& field : FieldSection{
           {"a", ""}, {"a", "x\ty"}, {"a", "caf\xc3\xa9"}, {"te", "Trailers"}, {"!#$", "x"}}) {
    CAPTURE(field.name, field.value);
    CHECK(read_request(with(get, {field})));
  }
}

TEST_CASE("request fields: Host says what :authority says, or stands in for it (RFC 9113 §8.3.1)",
          "[http2]") {
  auto [authority, host, same] = GENERATE(table<std::string, std::string, bool>({
      {"h.test", "h.test", true},
      {"h.test", "H.TEST", true},
      {"h.test", "h.test:80", true},
      {"h.test:80", "h.test", true},
      {"h.test", "other.test", false},
      {"h.test", "h.test:81", false},
      {"h.test", "", false},
      {"h.test:81", "h.test:80", false},
  }));
  CAPTURE(authority, host);
  const auto section = with(changed(get, ":authority", authority), {{"host", host}});
  const auto read = read_request(section);
  CHECK(read.has_value() == same);
  if (!same) CHECK(error_of(read) == Flaw::other_host);
}

TEST_CASE("request fields: without :authority there must be one Host", "[http2]") {
  const auto bare = without(get, ":authority");
  const auto section = with(bare, {{"host", "h.test"}});
  CHECK(read_request(section)->authority == "h.test");
  CHECK(error_of(read_request(bare)) == Flaw::missing_host);
  CHECK(error_of(read_request(with(bare, {{"host", ""}}))) == Flaw::bad_target);
  CHECK(error_of(read_request(with(get, {{"host", "h.test"}, {"host", "h.test"}}))) ==
        Flaw::repeated_host);
}

TEST_CASE("request fields: the Host of a CONNECT may leave the port out", "[http2]") {
  CHECK(read_request(with(connect, {{"host", "h.test"}})));
  CHECK(read_request(with(connect, {{"host", "h.test:443"}})));
  CHECK(error_of(read_request(with(connect, {{"host", "h.test:444"}}))) == Flaw::other_host);
}

TEST_CASE("request fields: extended CONNECT is for WebSockets", "[http2]") {
  for (const auto* protocol : {"connect-udp", "webtransport", "", "websocket2"}) {
    CHECK(error_of(read_request(changed(extended, ":protocol", protocol))) ==
          Errc::protocol_not_supported);
  }
}

// SPDX-License-Identifier: Apache-2.0
#include "app/sighting.hpp"

#include <catch2/catch.hpp>

#include "observe/access_record.hpp"
#include "unit/app/access_lines.hpp"

using namespace culvert;
using app::LeftOut;
using app::read_sighting;
using app::Sighting;
using policy::Scheme;
using policy::Speech;
using test::Json;
using test::request_line;
using test::tunnel_line;

namespace {

Sighting sighting(const std::string& line) {
  CAPTURE(line);
  const auto read = read_sighting(line);
  REQUIRE(read);
  REQUIRE(std::holds_alternative<Sighting>(*read));
  return std::get<Sighting>(*read);
}

std::string left_out(const std::string& line) {
  CAPTURE(line);
  const auto read = read_sighting(line);
  REQUIRE(read);
  REQUIRE(std::holds_alternative<LeftOut>(*read));
  return std::get<LeftOut>(*read).why;
}

}  // namespace

TEST_CASE("sighting: what a tunnel's line tells is read", "[sighting]") {
  const auto seen = sighting(tunnel_line("chat.example.com", {{"client", "10.1.2.3:999"},
                                                              {"user", "alice"},
                                                              {"tunnel", "tls"},
                                                              {"sni", "cdn.example.com"}}));
  CHECK(seen.event == Sighting::Event::close);
  CHECK(seen.target.text() == "chat.example.com:443");
  CHECK(seen.scheme == Scheme::connect);
  CHECK(seen.method == "CONNECT");
  CHECK(seen.speech == Speech::tls);
  CHECK(seen.server_name == "cdn.example.com");
  CHECK(seen.resolved.value().text() == "93.184.215.14");
  CHECK(seen.client.value().text() == "10.1.2.3");
  CHECK(seen.user == "alice");
  CHECK(seen.when.has_value());
  CHECK(!seen.denied);
}

TEST_CASE("sighting: whom a tunnel was for is told by HTTP in it, too", "[sighting]") {
  auto [speech, text] = GENERATE(table<observe::Speech, Speech>({
      {observe::Speech::tls, Speech::tls},
      {observe::Speech::http, Speech::http},
      {observe::Speech::websocket, Speech::websocket},
  }));
  observe::AccessRecord record;
  record.kind = observe::Kind::connect;
  record.port = 80;
  record.host = "front.example.org";
  record.speech = speech;
  record.note_server_name("behind.example.net");
  const auto seen = sighting(observe::json_line(record, observe::Event::open, {}));
  CHECK(seen.speech == text);
  CHECK(seen.server_name == "behind.example.net");
}

TEST_CASE("sighting: a line as the log writes it is read", "[sighting]") {
  observe::AccessRecord record;
  record.client = Endpoint{.address = Address::v4(0x0a000001), .port = 5};
  record.kind = observe::Kind::websocket;
  record.allowed = true;
  record.port = 8080;
  record.status = 101;
  record.method = "GET";
  record.host = "[2001:db8::1]";
  record.rule = "chat";
  const auto seen = sighting(observe::json_line(record, observe::Event::open, {}));
  CHECK(seen.event == Sighting::Event::open);
  CHECK(seen.target.text() == "[2001:db8::1]:8080");
  CHECK(seen.scheme == Scheme::ws);
  CHECK(!seen.resolved);
}

TEST_CASE("sighting: the scheme is the hop's, and a tunnel's is told by its method", "[sighting]") {
  auto [more, scheme] = GENERATE(table<Json, Scheme>({
      {{{"kind", "hop"}, {"scheme", "http"}, {"port", 443}}, Scheme::http},
      {{{"kind", "hop"}, {"scheme", "https"}, {"port", 80}}, Scheme::https},
      {{{"kind", "ws"}, {"scheme", "ws"}}, Scheme::ws},
      {{{"kind", "ws"}, {"scheme", "wss"}}, Scheme::wss},
      {{{"kind", "none"}, {"method", "GET"}}, Scheme::http},
      {{{"kind", "none"}, {"method", "CONNECT"}}, Scheme::connect},
  }));
  CAPTURE(more.dump());
  CHECK(sighting(request_line("a.example", more)).scheme == scheme);
}

TEST_CASE("sighting: a peer on a Unix socket has no address", "[sighting]") {
  CHECK(!sighting(tunnel_line("a.example", {{"client", "unix:1000"}})).client);
}

TEST_CASE("sighting: a denial is one, unless report mode let it pass", "[sighting]") {
  const Json denial{{"verdict", "deny"}, {"status", 403}, {"error", "http_request_denied"}};
  CHECK(sighting(request_line("a.example", denial)).denied);
  const auto passed =
      sighting(request_line("a.example", {{"verdict", "deny"}, {"would_deny", "default"}}));
  CHECK(!passed.denied);
  CHECK(passed.would_deny == "default");
}

TEST_CASE("sighting: what failed for reasons of its own is left out", "[sighting]") {
  auto [more, why] = GENERATE(table<Json, std::string>({
      {{{"status", 502}, {"error", "dns_error"}}, "dns_error"},
      {{{"status", 502}, {"error", "connection_refused"}}, "connection_refused"},
      {{{"status", 400}, {"error", "http_request_error"}, {"host", ""}}, "http_request_error"},
      {{{"status", 407}, {"verdict", "deny"}}, "asked who they are (407)"},
      {{{"kind", "own"}}, "answered by the proxy itself"},
      {{{"host", ""}}, "without a target"},
  }));
  CHECK(left_out(request_line("a.example", more)) == why);
}

TEST_CASE("sighting: an answer of the origin is no failure, whatever its status", "[sighting]") {
  CHECK(sighting(request_line("a.example", {{"status", 404}})).target.port.number() == 80);
  const Json cut{{"status", 502}, {"error", "connection_terminated"}};
  CHECK(sighting(request_line("a.example", cut)).target.port.number() == 80);
}

TEST_CASE("sighting: a line that is none of ours is nothing", "[sighting]") {
  auto line = GENERATE(as<std::string>(), "", "{}", "[]", "GET / HTTP/1.1", "{\"event\":\"open\"",
                       "{\"event\":7}", "{\"event\":\"open\",\"host\":\"a b\",\"port\":1}",
                       "{\"event\":\"open\",\"host\":\"a.example\",\"port\":0}",
                       "{\"event\":\"open\",\"host\":\"a.example\",\"port\":-1}",
                       "{\"event\":\"open\",\"host\":\"a.example\",\"port\":\"80\"}");
  CAPTURE(line);
  CHECK(!read_sighting(line));
}

// SPDX-License-Identifier: Apache-2.0
#include "observe/access_record.hpp"

#include <regex>

#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>

using namespace culvert;
using namespace culvert::observe;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::steady_clock::time_point begun{};

Endpoint endpoint(const char* address, std::uint16_t port) {
  return {.address = *Address::parse(address), .port = port};
}

AccessRecord tunnel() {
  AccessRecord record;
  record.id = 0x1f;
  record.client = endpoint("192.0.2.1", 50000);
  record.listener = std::make_shared<const ListenPlace>(endpoint("::1", 3128));
  record.kind = Kind::connect;
  record.allowed = true;
  record.port = 443;
  record.status = 200;
  record.method = "CONNECT";
  record.host = "chat.example.com";
  record.rule = "chat";
  record.resolved = *Address::parse("198.51.100.7");
  record.bytes_up = 5'000'000'000;
  record.bytes_down = 7;
  record.begun = begun;
  record.dns = PhaseTime(1.25F);
  record.connect = PhaseTime(0);
  return record;
}

nlohmann::ordered_json line_of(const AccessRecord& record, Event event) {
  const auto text = json_line(record, event, begun + 1500ms);
  REQUIRE(text.ends_with("}\n"));
  REQUIRE(text.find('\n') == text.size() - 1);
  return nlohmann::ordered_json::parse(text);
}

}  // namespace

TEST_CASE("access record: a tunnel's end tells all that is known", "[access_record]") {
  auto record = tunnel();
  record.closer = "origin";
  record.error = "connection_terminated";
  auto line = line_of(record, Event::close);
  CHECK(std::regex_match(line["ts"].get<std::string>(),
                         std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)")));
  line.erase("ts");
  CHECK(line.dump() ==
        R"({"id":"000000000000001f","event":"close","client":"192.0.2.1:50000",)"
        R"("listener":"[::1]:3128","proto":"h1","kind":"connect","method":"CONNECT",)"
        R"("host":"chat.example.com","port":443,"resolved":"198.51.100.7","rule":"chat",)"
        R"("verdict":"allow","status":200,"error":"connection_terminated","dns_ms":1.25,)"
        R"("connect_ms":0.0,"bytes_up":5000000000,"bytes_down":7,"dur_ms":1500.0,)"
        R"("closer":"origin"})");
}

TEST_CASE("access record: a tunnel's beginning counts nothing yet", "[access_record]") {
  const auto line = line_of(tunnel(), Event::open);
  CHECK(line["event"] == "open");
  for (const char* name : {"bytes_up", "bytes_down", "dur_ms", "closer"}) {
    CHECK(!line.contains(name));
  }
}

TEST_CASE("access record: what is not known is left out", "[access_record]") {
  const auto line = line_of({}, Event::request);
  for (const char* name : {"method", "host", "port", "resolved", "rule", "verdict", "status",
                           "error", "dns_ms", "connect_ms", "first_byte_ms", "closer"}) {
    CAPTURE(name);
    CHECK(!line.contains(name));
  }
  CHECK(line["kind"] == "none");
}

TEST_CASE("access record: each kind and verdict has its word", "[access_record]") {
  AccessRecord record;
  record.rule = "default";
  CHECK(line_of(record, Event::request)["verdict"] == "deny");
  record.kind = Kind::websocket;
  CHECK(line_of(record, Event::request)["kind"] == "ws");
  record.kind = Kind::hop;
  CHECK(line_of(record, Event::request)["kind"] == "hop");
}

TEST_CASE("access record: what was asked for by a URL has its scheme", "[access_record]") {
  auto [kind, secured, scheme] = GENERATE(table<Kind, bool, const char*>({
      {Kind::hop, false, "http"},
      {Kind::hop, true, "https"},
      {Kind::websocket, false, "ws"},
      {Kind::websocket, true, "wss"},
  }));
  AccessRecord record;
  record.kind = kind;
  record.secured = secured;
  CHECK(line_of(record, Event::request)["scheme"] == scheme);
  record.kind = Kind::connect;
  CHECK(!line_of(record, Event::request).contains("scheme"));
}

TEST_CASE("access record: what a client sent stays inside its string", "[access_record]") {
  auto record = tunnel();
  record.method = "G\"\\\n\x01\xff";
  CHECK(line_of(record, Event::request)["method"] == "G\"\\\n\x01\xef\xbf\xbd");
}

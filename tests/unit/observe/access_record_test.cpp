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

nlohmann::ordered_json line_of(const AccessRecord& record, Event event, const Live& live = {}) {
  const auto text = json_line(record, event, begun + 1500ms, live);
  REQUIRE(text.ends_with("}\n"));
  REQUIRE(text.find('\n') == text.size() - 1);
  return nlohmann::ordered_json::parse(text);
}

/// A WebSocket on which much has happened.
websocket::Facts busy() {
  using websocket::Kind;
  using websocket::Side;
  websocket::Facts facts;
  auto& up = facts.of(Side::client);
  up[Kind::text] = {.frames = 2, .bytes = 10};
  up[Kind::pong] = {.frames = 3, .bytes = 12};
  up.text_messages = 2;
  up.largest_message = 7;
  up.last = begun + 1250ms;
  auto& down = facts.of(Side::origin);
  down[Kind::binary] = {.frames = 1, .bytes = 5'000'000'000};
  down[Kind::continuation] = {.frames = 1, .bytes = 1};
  down[Kind::close] = {.frames = 1, .bytes = 2};
  down.binary_messages = 1;
  down.largest_message = 5'000'000'001;
  down.last = begun + 1500ms;
  facts.round_trips[index_of(Side::client)].add(400us);
  facts.round_trips[index_of(Side::client)].add(1'700us);
  facts.round_trips[index_of(Side::client)].add(3s);
  facts.pings[index_of(Side::client)] = 4;
  facts.subprotocol = "chat.v2";
  facts.extensions = "permessage-deflate";
  facts.closed_by = websocket::Facts::Closer::origin;
  facts.close_code = 1001;
  return facts;
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

TEST_CASE("access record: it says where the origin was spoken to by HTTP/2", "[access_record]") {
  AccessRecord record;
  record.kind = Kind::hop;
  CHECK(!line_of(record, Event::request).contains("origin_proto"));
  record.origin_http2 = true;
  const auto line = line_of(record, Event::request);
  CHECK(line["origin_proto"] == "h2");
  CHECK(line["proto"] == "h1");  // that is how the request came
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

TEST_CASE("access record: what the handshake of a WebSocket agreed on is in both lines",
          "[access_record]") {
  const auto event = GENERATE(Event::open, Event::close);
  auto facts = busy();
  auto line = line_of(tunnel(), event, {.websocket = &facts});
  CHECK(line["subprotocol"] == "chat.v2");
  CHECK(line["extensions"] == "permessage-deflate");
  facts.subprotocol.clear();
  facts.extensions.clear();
  line = line_of(tunnel(), event, {.websocket = &facts});
  CHECK(!line.contains("subprotocol"));
  CHECK(!line.contains("extensions"));
}

TEST_CASE("access record: a WebSocket's end tells what passed", "[access_record]") {
  const auto facts = busy();
  const auto line = line_of(tunnel(), Event::close, {.websocket = &facts});
  CHECK(line["websocket"].dump() ==
        R"({"up":{"text":{"frames":2,"bytes":10},"pong":{"frames":3,"bytes":12},)"
        R"("messages":{"text":2,"binary":0,"largest":7},"silent_ms":250.0},)"
        R"("down":{"binary":{"frames":1,"bytes":5000000000},)"
        R"("continuation":{"frames":1,"bytes":1},"close":{"frames":1,"bytes":2},)"
        R"("messages":{"text":0,"binary":1,"largest":5000000001},"silent_ms":0.0},)"
        R"("ping":{"client":{"last_ms":3000.0,"min_ms":0.4,"max_ms":3000.0,"count":3,)"
        R"("histogram":{"0.5":1,"2.5":1,"more":1},"sent":4}},)"
        R"("close":{"code":1001,"by":"origin"}})");
}

TEST_CASE("access record: a WebSocket's beginning tells nothing that passes", "[access_record]") {
  const auto facts = busy();
  const auto line = line_of(tunnel(), Event::open, {.websocket = &facts});
  CHECK(!line.contains("websocket"));
  CHECK(!line.contains("heartbeat"));
}

TEST_CASE("access record: a WebSocket that said nothing was only silent", "[access_record]") {
  const websocket::Facts facts;
  const auto line = line_of(tunnel(), Event::close, {.websocket = &facts});
  CHECK(line["websocket"].dump() == R"({"up":{"silent_ms":1500.0},"down":{"silent_ms":1500.0}})");
}

TEST_CASE("access record: each who may have closed a WebSocket has a word", "[access_record]") {
  using Closer = websocket::Facts::Closer;
  auto [closer, text] = GENERATE(table<Closer, const char*>(
      {{Closer::client, "client"}, {Closer::origin, "origin"}, {Closer::proxy, "proxy"}}));
  websocket::Facts facts;
  facts.closed_by = closer;
  facts.close_code = 1005;
  const auto close = line_of(tunnel(), Event::close, {.websocket = &facts})["websocket"]["close"];
  CHECK(close.dump() == R"({"code":1005,"by":")" + std::string(text) + R"("})");
}

TEST_CASE("access record: a Ping of our own that nobody answered is told", "[access_record]") {
  websocket::Facts facts;
  facts.pings[index_of(websocket::Side::origin)] = 1;
  const auto line = line_of(tunnel(), Event::close, {.websocket = &facts});
  CHECK(line["websocket"]["ping"].dump() == R"({"origin":{"sent":1}})");
}

TEST_CASE("access record: a heartbeat was seen, or inferred", "[access_record]") {
  using websocket::Kind;
  websocket::Facts facts;
  auto line = line_of(tunnel(), Event::close, {.websocket = &facts});
  CHECK(!line.contains("heartbeat"));
  SECTION("seen: whichever frame of it there was") {
    const auto side = GENERATE(websocket::Side::client, websocket::Side::origin);
    facts.of(side)[GENERATE(Kind::ping, Kind::pong)].frames = 1;
    line = line_of(tunnel(), Event::close, {.websocket = &facts});
    CHECK(line["heartbeat"] == "seen");
    CHECK(!line.contains("heartbeat_ms"));
  }
  SECTION("inferred, in a tunnel that nobody looks into") {
    line = line_of(tunnel(), Event::close, {.inferred_heartbeat = 25s});
    CHECK(line["heartbeat"] == "inferred");
    CHECK(line["heartbeat_ms"] == 25'000);
    CHECK(!line.contains("websocket"));
  }
}

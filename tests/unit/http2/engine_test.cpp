// SPDX-License-Identifier: Apache-2.0
#include "http2/engine.hpp"

#include "unit/http2/engines.hpp"

using namespace culvert;
using namespace culvert::http2;

namespace {

constexpr std::size_t first_window = 64UL * 1024;

/// The one stream of a server.
Ear& only(Pair& pair) {
  REQUIRE(pair.server.ears.size() == 1);
  return *pair.server.ears.front();
}

/// A client's stream, and the server's end of it.
struct Opened {
  Ear& client;
  Ear& server;
};
Opened open(Pair& pair, const FieldSection& head, bool last = false) {
  auto& client = pair.client.ask(head, last);
  pair.talk();
  auto& server = *pair.server.ears.back();
  server.said();
  return {client, server};
}

}  // namespace

TEST_CASE("engine: a request and its answer", "[engine]") {
  Pair pair;
  auto& client = pair.client.ask(get, true);
  pair.talk();
  auto& server = only(pair);
  CHECK(server.said() == "head :method=GET :scheme=http :authority=h.test :path=/ .");
  CHECK(server.id() == client.id());

  pair.server.engine.head(server, {{":status", "103"}, {"link", "</a>"}}, false);
  pair.server.engine.head(server, ok, false);
  pair.server.engine.write(server, "hel");
  pair.server.engine.write(server, "lo");
  pair.server.engine.end(server, {});
  pair.talk();
  CHECK(client.said() == "head :status=103 link=</a>; head :status=200; \"hello\"; end; closed");
  CHECK(server.said() == "closed");
  CHECK(pair.server.engine.streams() == 0);
  CHECK(pair.client.engine.streams() == 0);
}

TEST_CASE("engine: an answer without a body ends with its head", "[engine]") {
  Pair pair;
  const auto [client, server] = open(pair, get, true);
  pair.server.engine.head(server, {{":status", "204"}}, true);
  pair.talk();
  CHECK(client.said() == "head :status=204 .; closed");
  CHECK(server.said() == "closed");
}

TEST_CASE("engine: trailers stand behind all data, both ways", "[engine]") {
  Pair pair;
  const auto [client, server] = open(pair, post);
  pair.client.engine.write(client, std::string(3 * first_window, 'x'));
  pair.client.engine.end(client, {{"a", "1"}});
  pair.talk();
  CHECK(server.said() == "196608 B; end a=1");
  pair.server.engine.head(server, ok, false);
  pair.server.engine.end(server, {{"b", "2"}});
  pair.talk();
  CHECK(client.said() == "head :status=200; end b=2; closed");
  CHECK(server.said() == "closed");
}

TEST_CASE("engine: each direction of a tunnel ends by itself", "[engine]") {
  Pair pair;
  const auto [client, server] = open(pair, connect);
  pair.server.engine.head(server, ok, false);
  pair.client.engine.end(client, {});
  pair.talk();
  CHECK(server.said() == "end");
  pair.server.engine.write(server, "still");
  pair.talk();
  CHECK(client.said() == "head :status=200; \"still\"");
  pair.server.engine.end(server, {});
  pair.talk();
  CHECK(client.said() == "end; closed");
  CHECK(server.said() == "closed");
}

TEST_CASE("engine: a reset ends a stream at both ends, and no other", "[engine]") {
  Pair pair;
  const auto [client, server] = open(pair, connect);
  const auto [other, other_there] = open(pair, connect);
  SECTION("of the client") {
    pair.client.engine.reset(client, cancel);
    pair.talk();
    CHECK(server.said() == "reset CANCEL; closed");
    CHECK(client.said() == "reset CANCEL; closed");
  }
  SECTION("of the server, which loses what it had to say") {
    pair.server.engine.head(server, ok, false);
    pair.server.engine.write(server, std::string(2 * first_window, 'x'));
    pair.server.engine.reset(server, connect_error);
    pair.talk();
    CHECK(client.said().ends_with("reset CONNECT_ERROR; closed"));
    CHECK(server.said() == "reset CONNECT_ERROR; closed");
    CHECK(server.unsent() == 0);
  }
  SECTION("of both at once") {
    pair.client.engine.reset(client, cancel);
    pair.server.engine.reset(server, connect_error);
    pair.talk();
    CHECK(client.closed == 1);
    CHECK(server.closed == 1);
  }
  pair.client.engine.write(other, "on");
  pair.talk();
  CHECK(other_there.said() == "\"on\"");
  CHECK(pair.server.engine.streams() == 1);
}

TEST_CASE("engine: what came before a reset was received", "[engine]") {
  // As node's http2 answers early: END_STREAM, and at once RST_STREAM NO_ERROR.
  Pair pair;
  const auto [client, server] = open(pair, post);
  pair.server.engine.head(server, ok, false);
  pair.server.engine.write(server, "early");
  pair.server.engine.end_all(server);
  pair.talk();
  CHECK(client.said() == "head :status=200; \"early\"; end; reset NO_ERROR; closed");
  CHECK(server.said() == "reset NO_ERROR; closed");
}

TEST_CASE("engine: end_all after the other's end is a plain end", "[engine]") {
  Pair pair;
  const auto [client, server] = open(pair, get, true);
  pair.server.engine.head(server, ok, false);
  pair.server.engine.end_all(server);
  pair.talk();
  CHECK(client.said() == "head :status=200; end; closed");
  CHECK(server.said() == "closed");
}

TEST_CASE("engine: end_all behind an end that has gone is a reset", "[engine]") {
  Pair pair;
  const auto [client, server] = open(pair, post);
  pair.server.engine.head(server, ok, true);
  pair.talk();
  CHECK(client.said() == "head :status=200 .");
  pair.server.engine.end_all(server);
  pair.talk();
  CHECK(client.said() == "reset NO_ERROR; closed");
}

TEST_CASE("engine: an output that is full loses and repeats nothing", "[engine]") {
  Pair pair;
  const auto [client, server] = open(pair, connect);
  pair.server.engine.head(server, ok, false);
  // A few bytes at a time, and more is written whenever something has gone: also between the last
  // frame of what was known and its sending.
  std::string expected;
  for (int i = 0; i < 200; ++i) {
    const std::string piece(static_cast<std::size_t>(i * 37), static_cast<char>('a' + i % 26));
    expected += piece;
    pair.server.engine.write(server, piece);
    pair.talk(1 + static_cast<std::size_t>(i) % 13);
  }
  pair.server.engine.end(server, {{"t", "1"}});
  pair.talk(1);
  CHECK(client.came == expected.size());
  CHECK(client.said().ends_with("end t=1"));
}

TEST_CASE("engine: what is written while a frame waits for its sending goes after it", "[engine]") {
  Pair pair;
  const auto [client, server] = open(pair, connect);
  pair.server.engine.head(server, ok, false);
  pair.talk();
  client.said();

  const auto behind = GENERATE(0, 1, 2, 3, 4);
  pair.server.engine.write(server, "first");
  pair.server.engine.ping();
  auto out = pair.server.output(1);  // the ping; the frame with "first" is made, and does not fit
  switch (behind) {
    case 0: pair.server.engine.write(server, " second"); break;
    case 1: pair.server.engine.end(server, {}); break;
    case 2: pair.server.engine.end(server, {{"t", "1"}}); break;
    case 3: pair.server.engine.reset(server, cancel); break;
    case 4: pair.server.engine.end_all(server); break;
    default: break;
  }
  out += pair.server.output();
  REQUIRE(pair.client.engine.receive(out));
  pair.talk();
  static constexpr const char* expected[] = {"\"first second\"", "\"first\"; end",
                                             "\"first\"; end t=1", "reset CANCEL; closed",
                                             "\"first\"; end; reset NO_ERROR; closed"};
  const auto said = client.said();
  CHECK((said == expected[behind] || (behind == 3 && said == "\"first\"; reset CANCEL; closed")));
}

TEST_CASE("engine: a stream may be gone while its frame waits for its sending", "[engine]") {
  Pair pair;
  auto& client = pair.client.ask(connect, false);
  pair.talk();
  auto& server = only(pair);
  pair.server.engine.head(server, ok, false);
  pair.talk();
  pair.server.engine.write(server, "first");
  pair.server.engine.ping();
  auto out = pair.server.output(1);
  pair.client.engine.reset(client, cancel);
  REQUIRE(pair.server.engine.receive(pair.client.output()));
  CHECK(server.closed == 1);
  pair.server.ears.clear();  // nobody may know it any more
  out += pair.server.output();
  REQUIRE(pair.client.engine.receive(out));
}

TEST_CASE("engine: a client may write, end and reset before its head has gone", "[engine]") {
  Pair pair;
  auto& client = pair.client.ask(post, false);
  SECTION("write and end") {
    pair.client.engine.write(client, "hello");
    pair.client.engine.end(client, {{"t", "1"}});
    pair.talk();
    CHECK(only(pair).said() ==
          "head :method=POST :scheme=http :authority=h.test :path=/; \"hello\"; end t=1");
  }
  SECTION("end alone") {
    pair.client.engine.end(client, {});
    pair.talk();
    CHECK(only(pair).said().ends_with("; end"));
  }
  SECTION("reset: nobody hears of it") {
    pair.client.engine.write(client, "hello");
    pair.client.engine.reset(client, cancel);
    pair.talk();
    CHECK(pair.server.ears.empty());
    CHECK(client.closed == 1);
    CHECK(pair.client.engine.streams() == 0);
  }
}

TEST_CASE("engine: streams beyond the server's limit wait for their turn", "[engine]") {
  Settings two;
  two.max_streams = 2;
  Pair pair(two);
  pair.talk();
  CHECK(pair.client.engine.most_streams() == 2);
  for (int i = 0; i < 3; ++i) pair.client.engine.write(pair.client.ask(post, false), "x");
  pair.talk();
  CHECK(pair.server.ears.size() == 2);
  auto& first = *pair.server.ears.front();
  pair.server.engine.head(first, ok, true);
  pair.server.engine.end_all(first);
  pair.talk();
  REQUIRE(pair.server.ears.size() == 3);
  CHECK(pair.server.ears.back()->said().ends_with("; \"x\""));
}

TEST_CASE("engine: streams that were not begun before a GOAWAY fail, once", "[engine]") {
  Settings two;
  two.max_streams = 2;
  Pair pair(two);
  pair.talk();
  for (int i = 0; i < 4; ++i) pair.client.engine.write(pair.client.ask(post, false), "x");
  pair.talk();
  pair.server.engine.refuse_new_streams();
  pair.talk();
  const auto& ears = pair.client.ears;
  CHECK(pair.client.goaways == std::vector<std::int32_t>{ears[1]->id()});
  // As soon as there would be room.
  for (int i = 0; i < 2; ++i) {
    pair.server.engine.head(*pair.server.ears[static_cast<std::size_t>(i)], ok, true);
    pair.server.engine.end_all(*pair.server.ears[static_cast<std::size_t>(i)]);
  }
  pair.talk();
  CHECK(ears[0]->said().starts_with("head :status=200 ."));
  for (int i = 2; i < 4; ++i) {
    CHECK(ears[static_cast<std::size_t>(i)]->said() == "reset REFUSED_STREAM; closed");
  }
  CHECK(pair.client.engine.streams() == 0);
  CHECK(pair.client.engine.done());
}

TEST_CASE("engine: an announced end takes what is on its way; a said one refuses it", "[engine]") {
  Pair pair;
  const auto [client, server] = open(pair, connect);
  pair.server.engine.announce_end();
  const auto notice = pair.server.output();
  auto& late = pair.client.ask(get, true);
  REQUIRE(pair.server.engine.receive(pair.client.output()));
  CHECK(pair.server.ears.size() == 2);
  pair.server.engine.head(*pair.server.ears.back(), ok, true);
  REQUIRE(pair.client.engine.receive(notice));
  pair.talk();
  CHECK(late.said() == "head :status=200 .; closed");

  pair.server.engine.refuse_new_streams();
  pair.talk();
  CHECK_FALSE(pair.server.engine.done());
  pair.client.engine.write(client, "goes on");
  pair.client.engine.end(client, {});
  pair.server.engine.head(server, ok, true);
  pair.talk();
  CHECK(server.said() == "\"goes on\"; end; closed");
  CHECK(pair.server.engine.done());
  CHECK(pair.server.engine.error() == no_error);
}

TEST_CASE("engine: a stream that nobody takes in is told so, and may be tried again", "[engine]") {
  Pair pair;
  pair.server.refuses = true;
  auto& client = pair.client.ask(post, false);
  pair.client.engine.write(client, "x");
  pair.talk();
  CHECK(client.said() == "reset REFUSED_STREAM; closed");
  pair.server.refuses = false;
  auto& again = pair.client.ask(get, true);
  pair.talk();
  pair.server.engine.head(only(pair), ok, true);
  pair.talk();
  CHECK(again.said() == "head :status=200 .; closed");
}

TEST_CASE("engine: who is not read sends no more than a window; others go on", "[engine]") {
  Pair pair;
  const auto [client, server] = open(pair, post);
  const auto [other, other_there] = open(pair, post);
  server.slow = true;
  constexpr std::size_t much = 1UL << 20;
  pair.client.engine.write(client, std::string(much, 'x'));
  pair.client.engine.write(other, std::string(much, 'y'));
  pair.talk();
  CHECK(server.came == first_window);
  CHECK(client.unsent() == much - first_window);
  CHECK(other_there.came == much);

  pair.server.engine.consume(server, first_window);
  pair.talk();
  CHECK(server.came == 2 * first_window);
}

TEST_CASE("engine: the streams that are not read do not hold up the connection", "[engine]") {
  Settings settings;
  settings.connection_window = 128 * 1024;
  Pair pair(settings);
  for (int i = 0; i < 8; ++i) {
    const auto [client, server] = open(pair, post);
    server.slow = true;
    pair.client.engine.write(client, std::string(1UL << 20, 'x'));
    pair.talk();
    CHECK(server.came == first_window);
  }
  const auto [client, server] = open(pair, post);
  pair.client.engine.write(client, std::string(1UL << 20, 'y'));
  pair.talk();
  CHECK(server.came == 1UL << 20);
}

namespace {

/// How much the client may send on this stream while nothing is read.
std::size_t window_of(Pair& pair, Ear& client, Ear& server) {
  server.slow = true;
  const auto before = server.came;
  pair.client.engine.write(client, std::string(32UL << 20, 'x'));
  pair.talk();
  return server.came - before;
}

/// Sends and reads so much.
void keep_up(Pair& pair, Ear& client, std::size_t bytes) {
  pair.client.engine.write(client, std::string(bytes, 'x'));
  pair.talk();
}

}  // namespace

TEST_CASE("engine: the window of who keeps up grows, to its limit", "[engine]") {
  Settings settings;
  settings.widest_window = 1024 * 1024;
  Pair pair(settings);
  const auto [client, server] = open(pair, post);
  keep_up(pair, client, 16UL << 20);
  CHECK(window_of(pair, client, server) <= settings.widest_window);
  CHECK(window_of(pair, client, server) == 0);
  CHECK(server.came > (16UL << 20) + settings.widest_window / 2 - 1);
}

TEST_CASE("engine: the window of who does not keep up stays", "[engine]") {
  Pair pair;
  const auto [client, server] = open(pair, post);
  server.slow = true;
  pair.client.engine.write(client, std::string(8UL << 20, 'x'));
  for (int i = 0; i < 100; ++i) {
    pair.talk();
    pair.server.engine.consume(server, first_window);
  }
  pair.talk();
  CHECK(server.came == 101 * first_window);
}

TEST_CASE("engine: a window that comes in one piece is kept up with as well", "[engine]") {
  // So it is with much in each round trip: all of a window is there before any of it is read.
  Pair pair;
  const auto [client, server] = open(pair, post);
  server.slow = true;
  pair.client.engine.write(client, std::string(4UL << 20, 'x'));
  std::size_t round = 0;
  for (int i = 0; i < 4; ++i) {
    const auto before = server.came;
    pair.talk();
    round = server.came - before;
    server.slow = false;  // all that came is used now
    pair.server.engine.consume(server, round);
    server.slow = true;
  }
  CHECK(round == 8 * first_window);
}

TEST_CASE("engine: all windows together grow to a limit, and an end gives back", "[engine]") {
  Settings settings;
  settings.most_widened = 1024 * 1024;
  Pair pair(settings);
  std::vector<Opened> streams;
  for (int i = 0; i < 8; ++i) streams.push_back(open(pair, post));
  for (const auto& stream : streams) keep_up(pair, stream.client, 4UL << 20);
  std::size_t all = 0;
  for (const auto& stream : streams) all += window_of(pair, stream.client, stream.server);
  CHECK(all <= 8 * first_window + settings.most_widened);
  CHECK(all > 8 * first_window);

  for (const auto& stream : streams) pair.client.engine.reset(stream.client, cancel);
  pair.talk();
  const auto [client, server] = open(pair, post);
  keep_up(pair, client, 4UL << 20);
  CHECK(window_of(pair, client, server) > 8 * first_window);
}

TEST_CASE("engine: extended CONNECT is offered, or not", "[engine]") {
  Settings settings;
  settings.extended_connect = GENERATE(true, false);
  Pair pair(settings);
  CHECK_FALSE(pair.client.engine.settled());
  pair.talk();
  CHECK(pair.client.engine.settled());
  CHECK(pair.client.engine.takes_extended_connect() == settings.extended_connect);
  pair.client.ask({{":method", "CONNECT"},
                   {":protocol", "websocket"},
                   {":scheme", "http"},
                   {":authority", "h.test"},
                   {":path", "/"}},
                  false);
  pair.talk();
  auto& server = only(pair);
  CHECK(server.said().starts_with("head ") == settings.extended_connect);
  CHECK(server.closed == (settings.extended_connect ? 0 : 1));
}

TEST_CASE("engine: a head that is too large is told in place of it", "[engine]") {
  Settings small;
  small.head_bytes = 1000;
  Pair pair(small);
  pair.talk();
  auto large = get;
  for (int i = 0; i < 30; ++i) large.push_back({"x" + std::to_string(i), "value"});
  const auto [client, server] = open(pair, get, true);
  pair.client.ask(large, true);
  pair.talk();
  auto& refused = *pair.server.ears.back();
  CHECK(refused.said() == "bad head: the head of the message is too large .");
  pair.server.engine.head(refused, {{":status", "431"}}, true);
  pair.server.engine.head(server, ok, true);
  pair.talk();
  CHECK(client.said() == "head :status=200 .; closed");
  CHECK(pair.client.ears.back()->said() == "head :status=431 .; closed");
}

TEST_CASE("engine: a large head is sent", "[engine]") {
  Settings wide;
  wide.head_bytes = 1024UL * 1024;
  Pair pair(wide, wide);
  const auto [client, server] = open(pair, get, true);
  const auto fields = GENERATE(6, 7, 11);
  auto head = ok;
  for (int i = 0; i < fields; ++i) head.push_back({"a", std::string(10'000, 'a')});
  pair.server.engine.head(server, head, true);
  pair.talk();
  CHECK(client.said().size() > static_cast<std::size_t>(fields) * 10'000);
  CHECK(server.closed == 1);
}

TEST_CASE("engine: a head that cannot be sent fails its stream", "[engine]") {
  // Nobody reads so much.
  Pair pair;
  const auto [client, server] = open(pair, get, true);
  pair.server.engine.head(server, {{":status", "200"}, {"a", std::string(4UL << 20, 'a')}}, true);
  pair.talk();
  CHECK(server.closed == 1);
  CHECK(client.closed == 1);
  CHECK(client.said() == "reset INTERNAL_ERROR; closed");
}

TEST_CASE("engine: fields that no section may have are not left out in silence", "[engine]") {
  using namespace test::h2;
  Spoken peer;
  const auto value = GENERATE(as<std::string>{}, "a\nb", std::string("a\0b", 3), "a\rb");
  peer.hears(frame(headers, end_headers | end_stream, 1,
                   block({{":method", "GET"},
                          {":scheme", "http"},
                          {":authority", "h.test"},
                          {":path", "/"},
                          {"x", value}})));
  REQUIRE(peer.server.ears.size() == 1);
  CHECK(peer.server.ears.front()->said().starts_with("bad head: "));
}

TEST_CASE("engine: a malformed head is an error of its stream alone", "[engine]") {
  using namespace test::h2;
  const auto bad = GENERATE(
      block({{":method", "GET"}}),                                                   // no path
      block({{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {"A", "b"}}),  // upper case
      block({{"a", "b"}, {":method", "GET"}, {":scheme", "http"}, {":path", "/"}}),
      block({{":method", "GET"}, {":method", "GET"}, {":scheme", "http"}, {":path", "/"}}),
      block({{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":status", "200"}}),
      block({{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {"connection", "close"}}),
      block({{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {"te", "gzip"}}), block({}));
  Spoken peer;
  CHECK(peer.hears(frame(headers, end_headers | end_stream, 1, bad))
            .starts_with("RST_STREAM 1 PROTOCOL_ERROR"));
  CHECK(peer.taken);
  REQUIRE(peer.server.ears.size() == 1);
  CHECK(peer.server.ears.front()->said() == "reset PROTOCOL_ERROR; closed");
  peer.hears(connect_frame(3, "h.test:1"));
  CHECK(peer.server.ears.back()->said() == "head :method=CONNECT :authority=h.test:1");
}

TEST_CASE("engine: trailers must end their stream, and have no pseudo-header", "[engine]") {
  using namespace test::h2;
  Spoken peer;
  peer.hears(frame(
      headers, end_headers, 1,
      block({{":method", "POST"}, {":scheme", "http"}, {":path", "/"}, {":authority", "h.test"}})));
  auto& ear = *peer.server.ears.front();
  ear.said();
  const auto trailers =
      GENERATE(frame(headers, end_headers, 1, block({{"a", "b"}})),
               frame(headers, end_headers | end_stream, 1, block({{":path", "/"}})));
  CHECK(peer.hears(trailers).starts_with("RST_STREAM 1 PROTOCOL_ERROR"));
  CHECK(ear.said() == "reset PROTOCOL_ERROR; closed");
}

TEST_CASE("engine: a broken connection says why, and its streams are still there", "[engine]") {
  using namespace test::h2;
  const auto [bytes, code] = GENERATE(table<std::string, const char*>({
      {frame(data, none, 0, "x"), "PROTOCOL_ERROR"},
      {frame(data, none, 3, "x"), "PROTOCOL_ERROR"},  // idle
      {frame(headers, end_headers, 2, connect_block("h:1")), "PROTOCOL_ERROR"},
      {frame(continuation, end_headers, 1, ""), "PROTOCOL_ERROR"},
      {frame(ping, none, 0, "short"), "FRAME_SIZE_ERROR"},
      {frame(ping, none, 1, "12345678"), "PROTOCOL_ERROR"},
      {frame(settings, none, 0, "12345"), "FRAME_SIZE_ERROR"},
      {frame(settings, none, 1, ""), "PROTOCOL_ERROR"},
      {settings_frame({{2, 2}}), "PROTOCOL_ERROR"},               // ENABLE_PUSH
      {settings_frame({{4, 0x80000000}}), "FLOW_CONTROL_ERROR"},  // INITIAL_WINDOW_SIZE
      {settings_frame({{5, 100}}), "PROTOCOL_ERROR"},             // MAX_FRAME_SIZE
      {window_frame(0, 0), "PROTOCOL_ERROR"},
      {window_frame(0, 0x7fffffff), "FLOW_CONTROL_ERROR"},
      {reset_frame(0, 8), "PROTOCOL_ERROR"},
      {reset_frame(5, 8), "PROTOCOL_ERROR"},  // idle
      {frame(headers, end_headers, 3, "\xff\xff\xff\xff\xff\xff"), "COMPRESSION_ERROR"},
      {frame(data, none, 1, std::string(16385, 'x')), "FRAME_SIZE_ERROR"},
      {frame(goaway, none, 1, "12345678"), "PROTOCOL_ERROR"},
      {frame(5, end_headers, 1, std::string("\0\0\0\2", 4)), "PROTOCOL_ERROR"},  // PUSH_PROMISE
  }));
  Spoken peer;
  peer.hears(connect_frame(1, "h.test:1"));
  CAPTURE(code);
  CHECK(peer.hears(bytes).ends_with(std::string("GOAWAY ") + code));
  CHECK(peer.server.engine.done());
  CHECK(std::string(name_of_code(peer.server.engine.error())) == code);
  CHECK(peer.server.ears.front()->closed == 0);
}

TEST_CASE("engine: the code of an end is known before it was sent", "[engine]") {
  Pair pair;
  pair.server.engine.terminate(enhance_your_calm);
  CHECK(pair.server.engine.error() == enhance_your_calm);
  pair.server.engine.terminate(no_error);
  CHECK(pair.server.engine.error() == enhance_your_calm);
  pair.talk();
  CHECK(pair.server.engine.error() == enhance_your_calm);
}

TEST_CASE("engine: a peer that reads nothing cannot pile up answers", "[engine]") {
  using namespace test::h2;
  // Each of these is to be answered, and nothing is sent: the peer's window is closed.
  const auto [what, kind] = GENERATE(table<std::string, int>({{"PING", 0},
                                                              {"SETTINGS", 1},
                                                              {"streams beyond the limit", 2},
                                                              {"windows that overflow", 3}}));
  CAPTURE(what);
  Spoken peer;
  std::uint32_t stream = 1;
  bool ended = false;
  for (int i = 0; i < 20'000 && !ended; ++i, stream += 2) {
    switch (kind) {
      case 0: ended = !peer.server.engine.receive(frame(ping, none, 0, "12345678")); break;
      case 1: ended = !peer.server.engine.receive(settings_frame()); break;
      case 2: ended = !peer.server.engine.receive(connect_frame(stream, "h:1")); break;
      case 3:
        ended = !peer.server.engine.receive(connect_frame(stream, "h:1") +
                                            window_frame(stream, 0x7fffffff));
        break;
      default: break;
    }
  }
  CHECK(ended);
  CHECK(peer.server.engine.error() == enhance_your_calm);
  CHECK(answers_in(peer.server.output()).ends_with("GOAWAY ENHANCE_YOUR_CALM"));
}

TEST_CASE("engine: CONTINUATION without end ends the connection", "[engine]") {
  using namespace test::h2;
  Spoken peer;
  std::string flood = frame(headers, none, 1, connect_block("h.test:1"));
  for (int i = 0; i < 10; ++i) flood += frame(continuation, none, 1, "");
  CHECK(peer.hears(flood).ends_with("GOAWAY ENHANCE_YOUR_CALM"));
  CHECK_FALSE(peer.taken);
}

TEST_CASE("engine: a stream that the peer spoils or resets is counted", "[engine]") {
  using namespace test::h2;
  const auto spoilt = GENERATE(reset_frame(1, 8),
                               frame(headers, end_headers | end_stream, 1, block({{":path", "/"}})),
                               window_frame(1, 0x7fffffff));
  Spoken peer;
  peer.hears(connect_frame(1, "h.test:1"));
  CHECK(peer.server.engine.take_spoilt() == 0);
  peer.hears(spoilt);
  CHECK(peer.server.engine.take_spoilt() == 1);
  CHECK(peer.server.engine.take_spoilt() == 0);
}

TEST_CASE("engine: streams that end here are not the peer's fault", "[engine]") {
  Pair pair;
  for (const auto code : {no_error, cancel, connect_error, internal_error}) {
    const auto [client, server] = open(pair, connect);
    pair.server.engine.reset(server, code);
    pair.talk();
  }
  CHECK(pair.server.engine.take_spoilt() == 0);
  pair.server.refuses = true;  // but this is: it opens too many
  pair.client.ask(connect, false);
  pair.talk();
  CHECK(pair.server.engine.take_spoilt() == 1);
}

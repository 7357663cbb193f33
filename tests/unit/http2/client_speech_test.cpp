// SPDX-License-Identifier: Apache-2.0
#include "http2/client_speech.hpp"

#include <culvert/http1/hop.hpp>
#include <culvert/http1/target.hpp>

#include "unit/http2/speaking.hpp"

using namespace culvert;
using namespace culvert::http2;
using http1::error_of;
using http1::Flaw;
using http1::lines;

namespace {

enum class Ended : std::uint8_t { no, yes };

const FieldSection connect = {{":method", "CONNECT"}, {":authority", "h.test:443"}};
const FieldSection websocket = {{":method", "CONNECT"},
                                {":protocol", "websocket"},
                                {":scheme", "https"},
                                {":authority", "h.test"},
                                {":path", "/chat?room=1"}};

FieldSection asked(std::string method, const FieldSection& more = {}, std::string path = "/") {
  return with({{":method", std::move(method)},
               {":scheme", "http"},
               {":authority", "h.test"},
               {":path", std::move(path)}},
              more);
}

/// A client that sent `request`, and what became of it.
struct Client {
  explicit Client(const FieldSection& request, Ended ended = Ended::yes,
                  const http1::HeadLimits& limits = {})
      : speech(limits), taken(speech.head(request, ended == Ended::yes, fresh_key, sent)) {}

  /// The frames that come of `text`, however it is split; and `finish` when the session says no
  /// more.
  std::string hears(std::string_view text) {
    Recorder recorder;
    written = speech.write(text, recorder);
    return recorder.said();
  }

  ClientSpeech speech;
  std::string sent;
  Result<void> taken;
  Result<void> written;
};

std::error_code refusal_of(const FieldSection& request, Ended ended = Ended::yes,
                           const http1::HeadLimits& limits = {}) {
  const Client client(request, ended, limits);
  CHECK(client.sent.empty());
  return error_of(client.taken);
}

}  // namespace

TEST_CASE("client speech: CONNECT is CONNECT, with what else was said", "[http2]") {
  const auto request = with(connect, {{"user-agent", "x"}, {"proxy-authorization", "Basic eA=="}});
  CHECK(Client(request, Ended::no).sent ==
        lines({"CONNECT h.test:443 HTTP/1.1", "Host: h.test:443", "user-agent: x",
               "proxy-authorization: Basic eA==", "Connection: close"}));
  CHECK(Client(connect, Ended::yes).taken);
}

TEST_CASE("client speech: a tunnel has no body to announce", "[http2]") {
  for (const auto* length : {"0", "5"}) {
    CHECK(refusal_of(with(connect, {{"content-length", length}})) == Flaw::body_on_connect);
    CHECK(refusal_of(with(websocket, {{"content-length", length}}), Ended::no) ==
          Flaw::body_on_connect);
  }
}

TEST_CASE("client speech: an extended CONNECT is a handshake with a key of our own", "[http2]") {
  const auto request = with(websocket, {{"sec-websocket-key", "bm90IG91cnM="},
                                        {"sec-websocket-accept", "x"},
                                        {"sec-websocket-protocol", "chat"},
                                        {"sec-websocket-extensions", "permessage-deflate"},
                                        {"origin", "https://h.test"},
                                        {"cookie", "a=b"},
                                        {"te", "trailers"}});
  const Client client(request, Ended::no);
  CHECK(client.sent ==
        lines({"GET https://h.test/chat?room=1 HTTP/1.1", "Host: h.test",
               "sec-websocket-protocol: chat", "sec-websocket-extensions: permessage-deflate",
               "origin: https://h.test", "cookie: a=b", "Upgrade: websocket",
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
               "Connection: Upgrade, close"}));
  CHECK(http1::read_upgrade(http1::request(client.sent)) == http1::Upgrade::websocket);
}

TEST_CASE("client speech: the version that a WebSocket client names is the one that is asked for",
          "[http2]") {
  const Client client(with(websocket, {{"sec-websocket-version", "8"}}), Ended::no);
  CHECK(http1::contains(client.sent, "sec-websocket-version: 8\r\n"));
  CHECK_FALSE(http1::contains(client.sent, "13"));
}

TEST_CASE("client speech: an extended CONNECT that has ended is none", "[http2]") {
  CHECK(refusal_of(websocket, Ended::yes) == Flaw::bad_upgrade);
}

TEST_CASE("client speech: an ordinary request is in absolute-form", "[http2]") {
  CHECK(Client(asked("GET", {{"accept", "*/*"}, {"host", "h.test"}}, "/a?b")).sent ==
        lines({"GET http://h.test/a?b HTTP/1.1", "Host: h.test", "accept: */*"}));
  CHECK(Client(asked("OPTIONS", {}, "*")).sent ==
        lines({"OPTIONS http://h.test HTTP/1.1", "Host: h.test"}));
  CHECK(Client(asked("GET", {{"te", "trailers"}})).sent ==
        lines({"GET http://h.test/ HTTP/1.1", "Host: h.test", "TE: trailers", "Connection: TE"}));
  CHECK(Client(asked("GET", {{"http2-settings", "x"}, {"expect", "100-continue"}})).sent ==
        lines({"GET http://h.test/ HTTP/1.1", "Host: h.test", "expect: 100-continue"}));
}

TEST_CASE("client speech: the crumbs of a cookie are one field again (RFC 9113 §8.2.3)",
          "[http2]") {
  const Client client(
      asked("GET", {{"cookie", "a=1"}, {"x", "y"}, {"cookie", ""}, {"cookie", "b=2; c=3"}}));
  CHECK(client.sent ==
        lines({"GET http://h.test/ HTTP/1.1", "Host: h.test", "x: y", "cookie: a=1; b=2; c=3"}));
}

TEST_CASE("client speech: how the body ends is said as HTTP/1 says it", "[http2]") {
  auto [method, length, ended, framing] =
      GENERATE(table<std::string, std::string, Ended, std::string>({
          {"GET", "", Ended::yes, ""},
          {"HEAD", "", Ended::yes, ""},
          {"DELETE", "", Ended::yes, ""},
          {"POST", "", Ended::yes, "Content-Length: 0\r\n"},
          {"PUT", "", Ended::yes, "Content-Length: 0\r\n"},
          {"PATCH", "", Ended::yes, "Content-Length: 0\r\n"},
          {"GET", "0", Ended::yes, "Content-Length: 0\r\n"},
          {"POST", "5", Ended::no, "Content-Length: 5\r\n"},
          {"GET", "5", Ended::no, "Content-Length: 5\r\n"},
          {"POST", "5, 5", Ended::no, "Content-Length: 5\r\n"},
          {"POST", "", Ended::no, "Transfer-Encoding: chunked\r\n"},
          {"GET", "", Ended::no, "Transfer-Encoding: chunked\r\n"},
      }));
  CAPTURE(method, length, framing);
  const auto more = length.empty() ? FieldSection{} : FieldSection{{"content-length", length}};
  CHECK(Client(asked(method, more), ended).sent ==
        method + " http://h.test/ HTTP/1.1\r\nHost: h.test\r\n" + framing + "\r\n");
}

TEST_CASE("client speech: a length that cannot be so is refused", "[http2]") {
  auto [length, ended] = GENERATE(table<std::string, Ended>({
      {"5", Ended::yes},
      {"x", Ended::no},
      {"", Ended::no},
      {"-1", Ended::no},
      {"5, 6", Ended::no},
      {"99999999999999999999", Ended::no},
  }));
  CAPTURE(length);
  CHECK(refusal_of(asked("POST", {{"content-length", length}}), ended) == Flaw::bad_content_length);
}

TEST_CASE("client speech: a body of unknown length is chunked, with its trailers", "[http2]") {
  Client client(asked("POST"), Ended::no);
  std::string body;
  CHECK(client.speech.data("hello", body));
  CHECK(client.speech.data("", body));
  CHECK(client.speech.data("0123456789abcdef", body));
  CHECK(client.speech.end({{"digest", "x"}}, body));
  CHECK(body == "5\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\ndigest: x\r\n\r\n");
  CHECK(client.speech.end({}, body));
  CHECK(error_of(client.speech.data("GET", body)) == Flaw::bad_content_length);
  CHECK(body.ends_with("\r\n0\r\ndigest: x\r\n\r\n"));
}

TEST_CASE("client speech: a body has as many bytes as were announced", "[http2]") {
  Client client(asked("POST", {{"content-length", "5"}}), Ended::no);
  std::string body;
  CHECK(client.speech.data("hel", body));
  CHECK(error_of(client.speech.end({}, body)) == Flaw::bad_content_length);
  CHECK(error_of(client.speech.data("lo!", body)) == Flaw::bad_content_length);
  CHECK(client.speech.data("lo", body));
  CHECK(client.speech.end({{"digest", "x"}}, body));  // has no place to go to
  CHECK(body == "hello");
}

TEST_CASE("client speech: where the head was all, nothing follows", "[http2]") {
  Client client(asked("GET"));
  CHECK(error_of(client.speech.data("GET", client.sent)) == Flaw::bad_content_length);
}

TEST_CASE("client speech: trailers that are none are refused", "[http2]") {
  for (const auto& field : FieldSection{
           {":path", "/"}, {"Upper", "x"}, {"a", "b\r\nc"}, {"transfer-encoding", "chunked"}}) {
    Client client(asked("POST"), Ended::no);
    std::string body;
    CHECK(error_of(client.speech.end({field}, body)) == Flaw::bad_trailer);
    CHECK(body.empty());
  }
}

TEST_CASE("client speech: a head has the limits of HTTP/1", "[http2]") {
  const http1::HeadLimits limits{.head_bytes = 200, .target_bytes = 50, .fields = 5};
  CHECK(refusal_of(asked("GET", {}, "/" + std::string(50, 'x')), Ended::yes, limits) ==
        Flaw::target_too_long);
  CHECK(refusal_of(asked("GET", {{"a", std::string(200, 'x')}}), Ended::yes, limits) ==
        Flaw::head_too_large);
  CHECK(refusal_of(asked("GET", FieldSection(5, {"a", "b"})), Ended::yes, limits) ==
        Flaw::too_many_fields);
  CHECK(Client(asked("GET", FieldSection(4, {"a", "b"})), Ended::yes, limits).taken);
  const Client crumbs(asked("GET", FieldSection(20, {"cookie", "b"})), Ended::yes, limits);
  CHECK(crumbs.taken);
}

TEST_CASE("client speech: a tunnel passes bytes as they are, and some before it stands",
          "[http2]") {
  Client client(connect, Ended::no);
  std::string data;
  CHECK(client.speech.data("early", data));
  CHECK_FALSE(client.speech.raw());
  CHECK(client.hears("HTTP/1.1 200 Connection established\r\nVia: 1.1 a\r\nContent-Length: 5\r\n"
                     "Connection: keep-alive\r\nProxy-Status: x\r\n\r\nhello") ==
        ":status=200 via=1.1 a proxy-status=x\n\"hello\"\n");
  CHECK(client.speech.raw());
  CHECK(client.hears("0\r\n\r\n") == "\"0\r\n\r\n\"\n");
  CHECK(client.speech.data("later", data));
  CHECK(client.speech.end({}, data));
  CHECK(data == "earlylater");
}

TEST_CASE("client speech: trailers behind a tunnel are malformed (RFC 9113 §8.5)", "[http2]") {
  Client client(connect, Ended::no);
  CHECK(error_of(client.speech.end({{"a", "b"}}, client.sent)) == Flaw::bad_trailer);
}

TEST_CASE("client speech: what was sent for a tunnel that is refused is no request", "[http2]") {
  Client client(connect, Ended::no);
  CHECK(client.hears("HTTP/1.1 403 No\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno") ==
        ":status=403 content-length=2\n\"no\"\nend\n");
  CHECK(client.speech.complete());
  CHECK_FALSE(client.speech.raw());
  std::string data;
  CHECK(client.speech.data("GET http://h.test/ HTTP/1.1\r\n\r\n", data));
  CHECK(client.speech.end({}, data));
  CHECK(data.empty());
}

TEST_CASE("client speech: a 101 is a 200 at once (RFC 8441 §5)", "[http2]") {
  Client client(websocket, Ended::no);
  CHECK(client.hears("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n") == ":status=103 link=x\n");
  CHECK(client.hears("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                     "Connection: Upgrade\r\nSec-WebSocket-Accept: x\r\n"
                     "Sec-WebSocket-Protocol: chat\r\n\r\n") ==
        ":status=200 sec-websocket-protocol=chat\n");
  CHECK(client.speech.raw());
}

TEST_CASE("client speech: a refused WebSocket keeps its status and body", "[http2]") {
  Client client(websocket, Ended::no);
  CHECK(client.hears("HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic\r\nTransfer-Encoding: chunked\r\n"
                     "\r\n2\r\nno\r\n0\r\n\r\n") ==
        ":status=401 www-authenticate=Basic\n\"no\"\nend\n");
  CHECK(client.speech.complete());
}

TEST_CASE("client speech: a success that is no 101 must not look like an open WebSocket",
          "[http2]") {
  Client client(websocket, Ended::no);
  const auto said = client.hears("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npa");
  CHECK(
      said.starts_with(":status=502 content-length=0 proxy-status=culvert; "
                       "error=http_upgrade_failed; "));
  CHECK(said.ends_with(" .\n"));
  CHECK(client.hears("ge").empty());
  CHECK(client.written);
  CHECK(client.speech.complete());
  CHECK_FALSE(client.speech.raw());
}

TEST_CASE("client speech: a 101 that nobody asked for is our bug", "[http2]") {
  for (const auto& request : {asked("GET"), connect}) {
    Client client(request);
    CHECK(client.hears("HTTP/1.1 101 Switching Protocols\r\n\r\n").empty());
    CHECK(error_of(client.written) == Errc::http_upgrade_failed);
  }
}

TEST_CASE("client speech: an answer becomes frames, however it is split", "[http2]") {
  auto [method, answer, frames] = GENERATE(table<std::string, std::string, std::string>({
      {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
       ":status=200 content-length=5\n\"hello\"\nend\n"},
      {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ":status=200 content-length=0 .\n"},
      {"GET", "HTTP/1.1 204 \r\n\r\n", ":status=204 .\n"},
      {"GET", "HTTP/1.1 304\r\nContent-Length: 9\r\n\r\n", ":status=304 content-length=9 .\n"},
      {"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", ":status=200 content-length=9 .\n"},
      {"HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", ":status=200 .\n"},
      {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       ":status=200\nend\n"},
      {"GET",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
       "3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nX-Sum: 1\r\nKeep-Alive: x\r\n\r\n",
       ":status=200 trailer=X-Sum\n\"hello\"\nend x-sum=1\n"},
      {"GET", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 \r\nLink: a\r\n\r\nHTTP/1.1 204 \r\n\r\n",
       ":status=100\n:status=103 link=a\n:status=204 .\n"},
      {"GET",
       "HTTP/1.1 426 No\r\nUpgrade: h\r\nConnection: Upgrade, close\r\nKeep-Alive: x\r\n"
       "Proxy-Connection: x\r\nSet-Cookie: a\r\nSET-COOKIE: b\r\nContent-Length: 0\r\n\r\n",
       ":status=426 set-cookie=a set-cookie=b content-length=0 .\n"},
  }));
  CAPTURE(method, answer);
  for (const std::size_t piece : {1U, 2U, 7U, 1000U}) {
    Client client(asked(method));
    Recorder recorder;
    CHECK_FALSE(client.speech.complete());
    CHECK(write_in_pieces(client.speech, answer, piece, recorder));
    CHECK(client.speech.complete());
    CHECK(client.speech.finish(recorder));
    CHECK(recorder.said() == frames);
  }
}

TEST_CASE("client speech: an answer may end with the session", "[http2]") {
  Client client(asked("GET"));
  Recorder recorder;
  CHECK(client.speech.write("HTTP/1.1 200 OK\r\n\r\nhel", recorder));
  CHECK(client.speech.write("lo", recorder));
  CHECK_FALSE(client.speech.complete());
  CHECK(client.speech.finish(recorder));
  CHECK(client.speech.finish(recorder));
  CHECK(client.speech.complete());
  CHECK(recorder.said() == ":status=200\n\"hello\"\nend\n");
}

TEST_CASE("client speech: an answer that was cut off is not complete", "[http2]") {
  for (const auto* answer :
       {"", "HTTP/1.1 200 O", "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"}) {
    CAPTURE(answer);
    Client client(asked("GET"));
    Recorder recorder;
    CHECK(client.speech.write(answer, recorder));
    CHECK_FALSE(client.speech.finish(recorder));
    CHECK_FALSE(http1::contains(recorder.said(), "end"));
  }
}

TEST_CASE("client speech: an answer that is none, or too long, is an error", "[http2]") {
  for (const auto* answer : {"hello\r\n\r\n", "HTTP/1.1 200 OK\n", "HTTP/1.1 204 \r\n\r\nx",
                             "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxy",
                             "HTTP/1.1 103 \r\nContent-Length: 1\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx",
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nx"}) {
    CAPTURE(answer);
    Client client(asked("GET"));
    client.hears(answer);
    CHECK_FALSE(client.written);
  }
}

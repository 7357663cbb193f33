// SPDX-License-Identifier: Apache-2.0
#include "http2/origin_speech.hpp"

#include <culvert/http1/hop.hpp>

#include "unit/http2/speaking.hpp"

using namespace culvert;
using namespace culvert::http2;
using http1::error_of;
using http1::Flaw;
using http1::lines;

namespace {

const std::string get = lines({"GET / HTTP/1.1", "Host: h.test"});
const std::string head_request = lines({"HEAD / HTTP/1.1", "Host: h.test"});
const std::string handshake =
    lines({"GET /chat HTTP/1.1", "Host: h.test", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
           "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: chat", "Content-Length: 0",
           "Origin: http://h.test", "Upgrade: websocket", "Connection: Upgrade"});

enum class Ended : std::uint8_t { no, yes };

/// An origin that was asked `request`.
struct Asked {
  explicit Asked(std::string_view request, const http1::HeadLimits& limits = {})
      : speech(limits, true), written(speech.write(request, frames)) {}

  /// What the exchange reads of this answer's head.
  std::string reads(const FieldSection& answer, Ended ended = Ended::yes) {
    std::string out;
    taken = speech.head(answer, ended == Ended::yes, out);
    return out;
  }

  Recorder frames;
  OriginSpeech speech;
  Result<void> written;
  Result<void> taken;
};

}  // namespace

TEST_CASE("origin speech: a request becomes frames, however it is split", "[http2]") {
  auto [request, frames] = GENERATE(table<std::string, std::string>({
      {lines({"GET /a?b HTTP/1.1", "Host: h.test:8443", "Accept: */*", "Cookie: a=1; b=2",
              "Via: 1.1 x", "Connection: close"}),
       ":method=GET :scheme=https :authority=h.test:8443 :path=/a?b accept=*/* cookie=a=1; b=2 "
       "via=1.1 x .\n"},
      {lines({"OPTIONS * HTTP/1.1", "Host: h.test"}),
       ":method=OPTIONS :scheme=https :authority=h.test :path=* .\n"},
      {lines({"GET / HTTP/1.1", "Host: h.test", "TE: trailers", "Connection: TE"}),
       ":method=GET :scheme=https :authority=h.test :path=/ te=trailers .\n"},
      {lines({"POST / HTTP/1.1", "Host: h.test", "Content-Length: 0"}),
       ":method=POST :scheme=https :authority=h.test :path=/ content-length=0 .\n"},
      {lines({"POST / HTTP/1.1", "Host: h.test", "Content-Length: 5"}) + "hello",
       ":method=POST :scheme=https :authority=h.test :path=/ content-length=5\n\"hello\"\nend\n"},
      {lines({"POST / HTTP/1.1", "Host: h.test", "Transfer-Encoding: chunked"}) +
           "5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n",
       ":method=POST :scheme=https :authority=h.test :path=/\n\"hello\"\nend x-sum=1\n"},
  }));
  CAPTURE(request);
  for (const std::size_t piece : {1U, 2U, 7U, 1000U}) {
    OriginSpeech speech({}, true);
    Recorder recorder;
    CHECK_FALSE(speech.request_complete());
    CHECK(write_in_pieces(speech, request, piece, recorder));
    CHECK(speech.request_complete());
    CHECK(speech.finish(recorder));
    CHECK(recorder.said() == frames);
  }
}

TEST_CASE("origin speech: an answer is complete with its last byte, where that can be told",
          "[http2]") {
  Asked asked(get);
  std::string out;
  CHECK_FALSE(asked.speech.answer_complete());
  asked.reads({{":status", "103"}}, Ended::no);
  CHECK_FALSE(asked.speech.answer_complete());

  SECTION("by its length") {
    asked.reads({{":status", "200"}, {"content-length", "2"}}, Ended::no);
    CHECK_FALSE(asked.speech.answer_complete());
    CHECK(asked.speech.data("o", out));
    CHECK_FALSE(asked.speech.answer_complete());
    CHECK(asked.speech.data("k", out));
    CHECK(asked.speech.answer_complete());
  }
  SECTION("else by the end of its stream") {
    asked.reads({{":status", "200"}}, Ended::no);
    CHECK(asked.speech.data("ok", out));
    CHECK_FALSE(asked.speech.answer_complete());
    CHECK(asked.speech.end({}, out));
    CHECK(asked.speech.answer_complete());
  }
  SECTION("or at once") {
    asked.reads({{":status", "204"}});
    CHECK(asked.speech.answer_complete());
  }
}

TEST_CASE("origin speech: without TLS the scheme is http", "[http2]") {
  OriginSpeech speech({}, false);
  Recorder recorder;
  CHECK(speech.write(get, recorder));
  CHECK(recorder.said() == ":method=GET :scheme=http :authority=h.test :path=/ .\n");
}

TEST_CASE("origin speech: a request that was cut off is not complete", "[http2]") {
  for (const auto* request :
       {"", "GET / HT", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nx"}) {
    OriginSpeech speech({}, true);
    Recorder recorder;
    CHECK(speech.write(request, recorder));
    CHECK_FALSE(speech.request_complete());
    CHECK_FALSE(speech.finish(recorder));
  }
}

TEST_CASE("origin speech: what no exchange writes is an error", "[http2]") {
  for (const auto* request :
       {"GET http://h.test/ HTTP/1.1\r\nHost: h.test\r\n\r\n",
        "CONNECT h.test:1 HTTP/1.1\r\nHost: h.test:1\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET / HTTP/1.1\r\nHost:\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h.test\r\n\r\nGET ", "\n"}) {
    CAPTURE(request);
    CHECK_FALSE(Asked(request).written);
  }
}

TEST_CASE("origin speech: an upgrade is an extended CONNECT without key (RFC 8441 §5)", "[http2]") {
  Asked asked(handshake);
  CHECK(asked.written);
  CHECK(asked.frames.said() ==
        ":method=CONNECT :protocol=websocket :scheme=https :authority=h.test :path=/chat "
        "sec-websocket-version=13 sec-websocket-protocol=chat origin=http://h.test\n");
  CHECK(asked.speech.request_complete());
  CHECK_FALSE(asked.speech.raw());
}

TEST_CASE("origin speech: its success is a 101 with the right accept value", "[http2]") {
  Asked asked(handshake);
  CHECK(asked.reads({{":status", "103"}, {"link", "x"}}, Ended::no) ==
        "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n");
  const auto answer = asked.reads({{":status", "200"},
                                   {"sec-websocket-protocol", "chat"},
                                   {"sec-websocket-accept", "wrong"},
                                   {"content-length", "5"}},
                                  Ended::no);
  CHECK(answer == lines({"HTTP/1.1 101 Switching Protocols", "sec-websocket-protocol: chat",
                         "Upgrade: websocket", "Connection: Upgrade",
                         "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="}));
  CHECK(http1::verify_upgrade(http1::response(answer), fresh_key));
  CHECK(asked.speech.raw());

  std::string bytes;
  CHECK(asked.speech.data("frame", bytes));
  CHECK(asked.speech.end({}, bytes));
  CHECK(bytes == "frame");
  Recorder later;
  CHECK(asked.speech.write("other", later));
  CHECK(asked.speech.finish(later));
  CHECK(later.said() == "\"other\"\nend\n");
}

TEST_CASE("origin speech: a refused upgrade is an ordinary answer", "[http2]") {
  Asked asked(handshake);
  CHECK(asked.reads({{":status", "403"}, {"content-length", "2"}}, Ended::no) ==
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\n");
  CHECK_FALSE(asked.speech.raw());
  Recorder later;
  CHECK_FALSE(asked.speech.write("frame", later));
  CHECK(asked.speech.finish(later));
  CHECK(asked.speech.finish(later));
  CHECK(later.said() == "end\n");
}

TEST_CASE("origin speech: nothing may follow an upgrade before it is answered", "[http2]") {
  CHECK_FALSE(Asked(handshake + "frame").written);
}

TEST_CASE("origin speech: how an answer's body ends is said as HTTP/1 says it", "[http2]") {
  auto [request, status, length, ended, answer] =
      GENERATE(table<std::string, std::string, std::string, Ended, std::string>({
          {get, "200", "5", Ended::no, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"},
          {get, "200", "5,5", Ended::no, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"},
          {get, "200", "", Ended::yes, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
          {get, "200", "0", Ended::yes, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
          {get, "299", "", Ended::no, "HTTP/1.1 299 \r\nTransfer-Encoding: chunked\r\n\r\n"},
          {get, "204", "", Ended::yes, "HTTP/1.1 204 No Content\r\n\r\n"},
          {get, "204", "", Ended::no, "HTTP/1.1 204 No Content\r\n\r\n"},
          {get, "304", "9", Ended::yes, "HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n"},
          {head_request, "200", "9", Ended::yes, "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n"},
          {head_request, "200", "", Ended::yes, "HTTP/1.1 200 OK\r\n\r\n"},
          {head_request, "200", "", Ended::no, "HTTP/1.1 200 OK\r\n\r\n"},
          {get, "100", "", Ended::no, "HTTP/1.1 100 Continue\r\n\r\n"},
      }));
  CAPTURE(request, status, length);
  FieldSection section{{":status", status}};
  if (!length.empty()) section.push_back({"content-length", length});
  CHECK(Asked(request).reads(section, ended) == answer);
}

TEST_CASE("origin speech: fields pass, those with the same name too", "[http2]") {
  CHECK(Asked(get).reads({{":status", "404"}, {"set-cookie", "a"}, {"set-cookie", "b"}}) ==
        lines({"HTTP/1.1 404 Not Found", "set-cookie: a", "set-cookie: b", "Content-Length: 0"}));
}

TEST_CASE("origin speech: the body of an answer has as many bytes as were announced", "[http2]") {
  Asked asked(get);
  auto out = asked.reads({{":status", "200"}, {"content-length", "5"}}, Ended::no);
  out.clear();
  CHECK(asked.speech.data("hel", out));
  CHECK(error_of(asked.speech.end({}, out)) == Flaw::bad_content_length);
  CHECK(error_of(asked.speech.data("lo!", out)) == Flaw::bad_content_length);
  CHECK(asked.speech.data("lo", out));
  CHECK(asked.speech.end({{"x", "y"}}, out));
  CHECK(out == "hello");
}

TEST_CASE("origin speech: an answer of unknown length is chunked, with its trailers", "[http2]") {
  Asked asked(get);
  asked.reads({{":status", "200"}}, Ended::no);
  std::string out;
  CHECK(asked.speech.data("hello", out));
  CHECK(asked.speech.end({{"x", "y"}}, out));
  CHECK(out == "5\r\nhello\r\n0\r\nx: y\r\n\r\n");
}

TEST_CASE("origin speech: an answer to HEAD has no data", "[http2]") {
  Asked asked(head_request);
  asked.reads({{":status", "200"}, {"content-length", "5"}}, Ended::no);
  std::string out;
  CHECK_FALSE(asked.speech.data("hello", out));
  CHECK(asked.speech.end({}, out));
  CHECK(out.empty());
}

TEST_CASE("origin speech: heads that are none are refused (RFC 9113 §8.3.2, §8.6)", "[http2]") {
  auto [section, ended, error] = GENERATE(table<FieldSection, Ended, std::error_code>({
      {{}, Ended::yes, Flaw::bad_pseudo_field},
      {{{"a", "b"}}, Ended::yes, Flaw::bad_pseudo_field},
      {{{"a", "b"}, {":status", "200"}}, Ended::yes, Flaw::bad_pseudo_field},
      {{{":status", "200"}, {":status", "200"}}, Ended::yes, Flaw::bad_pseudo_field},
      {{{":status", "200"}, {":path", "/"}}, Ended::yes, Flaw::bad_pseudo_field},
      {{{":status", ""}}, Ended::yes, Flaw::bad_status_line},
      {{{":status", "20"}}, Ended::yes, Flaw::bad_status_line},
      {{{":status", "2000"}}, Ended::yes, Flaw::bad_status_line},
      {{{":status", "2x0"}}, Ended::yes, Flaw::bad_status_line},
      {{{":status", "099"}}, Ended::yes, Flaw::bad_status_line},
      {{{":status", "600"}}, Ended::yes, Flaw::bad_status_line},
      {{{":status", "101"}}, Ended::no, Errc::http_protocol_error},
      {{{":status", "100"}}, Ended::yes, Errc::http_protocol_error},
      {{{":status", "200"}, {"A", "b"}}, Ended::yes, Flaw::bad_field_name},
      {{{":status", "200"}, {"a", "b\r\nc: d"}}, Ended::yes, Flaw::bad_field_value},
      {{{":status", "200"}, {"connection", "close"}}, Ended::yes, Flaw::connection_field},
      {{{":status", "200"}, {"transfer-encoding", "x"}}, Ended::yes, Flaw::connection_field},
      {{{":status", "200"}, {"content-length", "5"}}, Ended::yes, Flaw::bad_content_length},
      {{{":status", "200"}, {"content-length", "x"}}, Ended::no, Flaw::bad_content_length},
  }));
  Asked asked(get);
  CHECK(asked.reads(section, ended).empty());
  CHECK(error_of(asked.taken) == error);
}

TEST_CASE("origin speech: there is one answer", "[http2]") {
  Asked asked(get);
  asked.reads({{":status", "200"}}, Ended::no);
  CHECK(asked.reads({{":status", "200"}}).empty());
  CHECK(error_of(asked.taken) == Errc::http_protocol_error);
}

TEST_CASE("origin speech: an answer's head has the limits of HTTP/1", "[http2]") {
  const http1::HeadLimits limits{.head_bytes = 200, .target_bytes = 50, .fields = 5};
  Asked asked(get, limits);
  CHECK(asked.written);
  asked.reads({{":status", "200"}, {"a", std::string(200, 'x')}});
  CHECK(error_of(asked.taken) == Flaw::head_too_large);
  asked.reads(with({{":status", "200"}}, FieldSection(5, {"a", "b"})));
  CHECK(error_of(asked.taken) == Flaw::too_many_fields);
}

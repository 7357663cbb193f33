// SPDX-License-Identifier: Apache-2.0
// A stream is spoken as HTTP/1: whatever fields come, what is made of them is refused, or is
// exactly one message for our strict parsers, with one end of its body; and however HTTP/1 is
// split, the same frames come of it.
//
// The parts of an input are parted by lines of `--`: a field section, a line a field, the name up
// to a tab; its data, which is handed over in pieces of 5 bytes; its trailers; and HTTP/1. Where it
// begins with `.`, END_STREAM comes with the head.
#include <algorithm>

#include <culvert/error.hpp>
#include <culvert/http1/flaw.hpp>
#include <culvert/http1/hop.hpp>
#include <culvert/http1/target.hpp>

#include "fuzz/body.hpp"
#include "fuzz/oracle.hpp"
#include "http2/client_speech.hpp"
#include "http2/origin_speech.hpp"

using namespace culvert;
using namespace culvert::fuzz;
using namespace culvert::http2;
using http1::Flaw;

namespace {

constexpr std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==";

std::string_view next_part(std::string_view& rest, std::string_view separator) {
  const auto end = std::min(rest.find(separator), rest.size());
  const auto part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + separator.size(), rest.size()));
  return part;
}

FieldSection read_section(std::string_view lines) {
  FieldSection section;
  while (!lines.empty()) {
    auto value = next_part(lines, "\n");
    const auto name = next_part(value, "\t");
    section.push_back({std::string(name), std::string(value)});
  }
  return section;
}

/// What comes on a stream.
struct Came {
  FieldSection head;
  bool ended;
  std::string_view data;
  FieldSection trailers;
};

/// Its body as HTTP/1; false when it was refused.
template <class Speech>
bool take_body(Speech& speech, const Came& came, std::string& out) {
  if (came.ended) return true;
  for (auto left = came.data; !left.empty();
       left.remove_prefix(std::min<std::size_t>(5, left.size()))) {
    if (!speech.data(left.substr(0, 5), out)) return false;
  }
  return speech.end(came.trailers, out).has_value();
}

/// `text` is the body of a message, `taken` whole or refused in its middle: nothing stands behind
/// its end, and it ends if it was taken.
void check_body(const http1::Framing& framing, std::string_view text, const Came& came,
                bool taken) {
  const auto body = read_body(framing, text);
  must(!taken || body);
  if (!body) return;
  must(body->consumed == text.size());
  must(came.ended || came.data.starts_with(body->data));
  must(!taken || came.ended || body->data == came.data);
}

/// Nothing is wrong with a target but what only a reader of targets can know.
void check_target(const http1::RequestHead& head) {
  const auto target = http1::read_target(head);
  if (target) {
    must((target->form == http1::Target::Form::authority) == (head.method == "CONNECT"));
    must(target->form == http1::Target::Form::authority ||
         target->form == http1::Target::Form::absolute);
    return;
  }
  for (const auto why : {Errc::bad_authority, Errc::bad_host, Errc::bad_port}) {
    if (target.error() == why) return;
  }
  must(target.error() == Errc::scheme_unsupported || target.error() == Flaw::body_on_trace ||
       target.error() == Flaw::bad_host);
}

void check_request(const Came& came) {
  ClientSpeech speech({});
  std::string out;
  if (!speech.head(came.head, came.ended, key, out)) {
    must(out.empty());
    return;
  }
  must(http1::HeadScanner().scan(out) == out.size());
  const std::string text = out;
  const auto head = http1::parse_request(text);
  must(head.has_value());
  must(head->fields.begin()->name == "Host" && head->fields.count("Host") == 1);
  must_frame_once(head->fields);
  check_target(*head);

  const bool upgrades = http1::read_upgrade(*head) == http1::Upgrade::websocket;
  must(upgrades == (head->fields.count("Upgrade") > 0));
  const auto framing = http1::request_framing(*head);
  must(framing.has_value());
  const bool taken = take_body(speech, came, out);
  const auto body = std::string_view(out).substr(text.size());
  if (upgrades || head->method == "CONNECT") {
    must(came.ended || came.data.starts_with(body));
    must(!http1::keeps_alive(*head));
  } else {
    check_body(*framing, body, came, taken);
  }
}

/// Writes down what goes out, and holds it to the rules of a stream.
class Recorder final : public Outgoing {
 public:
  void head(const FieldSection& fields, bool last) override {
    must(!ended_ && data_.empty());
    must(!fields.empty() && fields.front().name.starts_with(':'));
    note(fields);
    said_ += last ? "H!" : "H";
    ended_ = last;
  }
  void data(std::string_view bytes) override {
    must(!ended_ && !bytes.empty());
    data_ += bytes;
  }
  void end(const FieldSection& trailers) override {
    must(!ended_);
    note(trailers);
    said_ += "E";
    ended_ = true;
  }

  bool ended() const { return ended_; }
  const FieldSection& first() const { return first_; }
  const std::string& body() const { return data_; }
  friend bool operator==(const Recorder& a, const Recorder& b) {
    return a.said_ == b.said_ && a.data_ == b.data_ && a.first_ == b.first_;
  }

 private:
  void note(const FieldSection& fields) {
    if (first_.empty()) first_ = fields;
    for (const auto& field : fields) {
      must(std::ranges::none_of(field.name, [](char c) { return c >= 'A' && c <= 'Z'; }));
      for (const auto* name : {"connection", "transfer-encoding", "keep-alive", "upgrade",
                               "proxy-connection", "http2-settings"}) {
        must(field.name != name);
      }
      must(field.name != "te" || field.value == "trailers");
      said_.append(field.name).append("=").append(field.value).append("\n");
    }
  }

  std::string said_;
  std::string data_;
  FieldSection first_;
  bool ended_ = false;
};

/// What a speech made of HTTP/1.
struct Written {
  Recorder frames = {};
  std::error_code error;
  bool complete = false;
  bool raw = false;
  friend bool operator==(const Written&, const Written&) = default;
};

bool is_complete(const ClientSpeech& speech) {
  return speech.complete();
}
bool is_complete(const OriginSpeech& speech) {
  return speech.request_complete();
}

template <class Speech>
Written write(Speech speech, std::string_view text, std::size_t piece) {
  Written written;
  while (!text.empty()) {
    const auto done = speech.write(text.substr(0, piece), written.frames);
    if (!done) {
      written.error = done.error();
      return written;
    }
    text.remove_prefix(std::min(piece, text.size()));
  }
  written.complete = is_complete(speech);
  written.raw = speech.raw();
  return written;
}

template <class Speech>
Written check_split(const Speech& speech, std::string_view text) {
  auto at_once = write(speech, text, std::max<std::size_t>(text.size(), 1));
  for (const std::size_t piece : {1U, 2U, 7U, 16U}) must(write(speech, text, piece) == at_once);
  must(!at_once.complete || at_once.frames.ended() ||
       at_once.frames.first().front().value == "CONNECT");
  return at_once;
}

/// What a session may write, for each kind of request.
void check_written_answer(std::string_view text) {
  const FieldSection get = {
      {":method", "GET"}, {":scheme", "http"}, {":authority", "h"}, {":path", "/"}};
  auto head = get;
  head[0].value = "HEAD";
  auto websocket = get;
  websocket[0].value = "CONNECT";
  websocket.push_back({":protocol", "websocket"});
  const FieldSection connect = {{":method", "CONNECT"}, {":authority", "h:1"}};
  for (const auto& request : {get, head, websocket, connect}) {
    ClientSpeech speech({});
    std::string sent;
    must(speech.head(request, false, key, sent).has_value());
    const auto written = check_split(speech, text);
    must(!written.raw || request.front().value == "CONNECT");
    must(!written.raw || written.frames.first().front().name == ":status");
  }
}

/// What an exchange may write; and an origin that speaks as we do reads what was meant.
void check_written_request(std::string_view text) {
  const auto written = check_split(OriginSpeech({}, false), text);
  if (!written.complete || written.error) return;
  ClientSpeech reader(wide);
  std::string out;
  const bool ended = written.frames.ended() && written.frames.body().empty();
  const auto read = reader.head(written.frames.first(), ended, key, out);
  if (read) must(http1::parse_request(out, wide).has_value());
}

/// An origin that was asked `request` answers.
void check_answer(const Came& came, std::string_view request) {
  OriginSpeech speech({}, true);
  Recorder frames;
  must(speech.write(request, frames).has_value());
  std::string out;
  if (!speech.head(came.head, came.ended, out)) {
    must(out.empty() && !speech.raw());
    return;
  }
  must(http1::HeadScanner().scan(out) == out.size());
  const std::string text = out;
  const auto head = http1::parse_response(text);
  must(head.has_value());
  must((head->status == 101) == speech.raw());
  if (speech.raw()) {
    must(http1::verify_upgrade(*head, key).has_value());
    return;
  }
  const auto framing = http1::response_framing(*head, request.starts_with("HEAD") ? "HEAD" : "GET");
  if (!framing) return;  // as the exchange refuses it, too
  must_frame_once(head->fields);
  if (head->status < 200) return;
  must(framing->kind != http1::Framing::Kind::until_close);
  const bool taken = take_body(speech, came, out);
  check_body(*framing, std::string_view(out).substr(text.size()), came, taken);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  auto rest = text_of(data, size);
  const bool ended = rest.starts_with('.');
  if (ended) rest.remove_prefix(1);
  const Came came{.head = read_section(next_part(rest, "\n--\n")),
                  .ended = ended,
                  .data = next_part(rest, "\n--\n"),
                  .trailers = read_section(next_part(rest, "\n--\n"))};
  check_request(came);
  check_answer(came, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  check_answer(came, "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
  check_answer(came,
               "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
  check_written_answer(rest);
  check_written_request(rest);
  return 0;
}

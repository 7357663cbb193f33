// SPDX-License-Identifier: Apache-2.0
// An HTTP/2 connection with a peer that does whatever the input says, and streams that do what the
// proxy's do: nothing crashes, each stream is told of its end once and of nothing behind it, no
// more comes on it than its window, and what is said to the peer is bounded by what it said.
//
// The first byte says whether the engine is a server or a client. Then the input is a script, a
// step a line of bytes: what to do, on which stream, and how much (see Script::step). Well-made
// frames get deep, and raw bytes go where nobody expects them.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fuzz/oracle.hpp"
#include "http2/client_speech.hpp"
#include "http2/engine.hpp"
#include "http2/frame_meter.hpp"
#include "http2/origin_speech.hpp"
#include "support/h2_frames.hpp"

using namespace culvert;
using namespace culvert::fuzz;
using namespace culvert::http2;
namespace h2 = culvert::test::h2;

namespace {

constexpr std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::size_t most_output = 1000;

const Settings settings{.max_streams = 4,
                        .head_bytes = 1000,
                        .stream_window = 200,
                        .widest_window = 1600,
                        .most_widened = 2000,
                        .connection_window = 70'000,
                        .continuations = 3};

/// As proxy::CarriedStream: HTTP/1 for who has it.
class Carried final : public Stream, Outgoing {
 public:
  using Speech = std::variant<ClientSpeech, OriginSpeech>;
  Carried(Engine& engine, Speech speech) : engine_(engine), speech_(std::move(speech)) {}

  void on_head(FieldSection fields, bool last) override {
    must(!closed_ && !ended_);
    ended_ = last;
    std::string out;
    const auto done =
        std::visit([&](auto& speech) { return take_head(speech, fields, last, out); }, speech_);
    if (!done) return on_bad_head(done.error(), last);
    in_ += out;
  }
  void on_bad_head(std::error_code /*why*/, bool last) override {
    must(!closed_);
    ended_ = last || ended_;
    reset(protocol_error);
  }
  void on_data(std::string_view bytes) override {
    must(!closed_ && !ended_ && !bytes.empty());
    unused_ += bytes.size();
    must(unused_ <= settings.widest_window);
    std::string out;
    const auto done = std::visit([&](auto& speech) { return speech.data(bytes, out); }, speech_);
    if (!done) return reset(protocol_error);
    in_ += out;
  }
  void on_end(FieldSection trailers) override {
    must(!closed_ && !ended_);
    ended_ = true;
    std::string out;
    const auto done = std::visit([&](auto& speech) { return speech.end(trailers, out); }, speech_);
    if (!done) reset(protocol_error);
  }
  void on_reset(std::uint32_t /*code*/) override {
    must(!closed_ && !failed_);
    failed_ = true;
  }
  void on_room() override { must(!closed_); }
  void on_closed() override {
    must(!closed_);
    closed_ = true;
  }
  bool keeps_up() const override { return in_.empty(); }

  /// Who has it reads all that came.
  void read() {
    in_.clear();
    const auto bytes = std::exchange(unused_, 0);
    if (!closed_) engine_.consume(*this, bytes);
  }
  void write(std::string_view http1) {
    if (closed_ || failed_ || resets_ || finished_ || unsent() > 1000) return;
    const auto done = std::visit([&](auto& speech) { return speech.write(http1, *this); }, speech_);
    if (!done) reset(internal_error);
  }
  void finish() {
    if (closed_ || failed_ || resets_ || std::exchange(finished_, true)) return;
    const bool whole = std::visit([&](auto& speech) { return speech.finish(*this); }, speech_);
    if (whole && id() != 0) engine_.end_all(*this);
    if (!whole) reset(cancel);
  }
  void reset(std::uint32_t code) {
    resets_ = true;
    if (!closed_) engine_.reset(*this, code);
  }
  bool closed() const { return closed_; }

 private:
  static Result<void> take_head(ClientSpeech& speech, const FieldSection& fields, bool last,
                                std::string& out) {
    return speech.head(fields, last, key, out);
  }
  static Result<void> take_head(OriginSpeech& speech, const FieldSection& fields, bool last,
                                std::string& out) {
    return speech.head(fields, last, out);
  }
  void head(const FieldSection& fields, bool last) override {
    if (id() != 0) return engine_.head(*this, fields, last);
    if (!engine_.open(*this, fields, last)) closed_ = true;
  }
  void data(std::string_view bytes) override {
    if (!closed_) engine_.write(*this, bytes);
  }
  void end(const FieldSection& trailers) override {
    if (!closed_) engine_.end(*this, trailers);
  }

  Engine& engine_;
  Speech speech_;
  std::string in_;
  std::size_t unused_ = 0;
  bool ended_ = false;
  bool failed_ = false;
  bool closed_ = false;
  bool finished_ = false;
  bool resets_ = false;
};

constexpr std::string_view answers[] = {
    "HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    "HTTP/1.1 103 Early Hints\r\n\r\n",
    "HTTP/1.1 403 Denied\r\nContent-Length: 2\r\n\r\nno",
    "5\r\nhello\r\n",
    "0\r\nx: y\r\n\r\n",
    "HTTP/1.1 204 No Content\r\n\r\n"};
constexpr std::string_view requests[] = {
    "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 300\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n",
    "5\r\nhello\r\n",
    "0\r\nx: y\r\n\r\n",
    "hello"};

/// What a peer may say in one HEADERS frame.
std::string block_number(unsigned which) {
  switch (which % 10) {
    case 0: return h2::connect_block("h.test:1");
    case 1:
      return h2::block(
          {{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "h"}});
    case 2:
      return h2::block({{":method", "POST"},
                        {":scheme", "http"},
                        {":path", "/"},
                        {":authority", "h"},
                        {"content-length", "30"}});
    case 3:
      return h2::block({{":method", "CONNECT"},
                        {":protocol", "websocket"},
                        {":scheme", "http"},
                        {":path", "/"},
                        {":authority", "h"}});
    case 4: return h2::block({{"x", "trailer"}});
    case 5: return h2::block({{":status", "200"}});
    case 6: return h2::block({{":status", "103"}});
    case 7: return h2::block({{":status", "200"}, {"content-length", "30"}});
    case 8: return h2::block({{":method", "GET"}, {"Bad", "x"}});
    default: break;
  }
  std::string large;
  for (int i = 0; i < 12; ++i) large += h2::block({{"x", std::string(100, 'v')}});
  return h2::connect_block("h.test:1") + large;
}

class Script final : Acceptor {
 public:
  Script(Role role, std::string_view input)
      : role_(role),
        input_(input),
        engine_(role, settings, *this),
        meter_({}, role == Role::server ? FrameMeter::Begins::with_preface
                                        : FrameMeter::Begins::with_frames) {}

  void play() {
    hear(std::string(role_ == Role::server ? h2::preface : "") + h2::settings_frame());
    while (!input_.empty() && sound_) step();
    drain();
    for (const auto& stream : streams_) stream->read();
  }

 private:
  Stream* on_stream() override {
    if (streams_.size() >= 200) return nullptr;
    return &add(ClientSpeech({}));
  }
  Carried& add(Carried::Speech speech) {
    return *streams_.emplace_back(std::make_unique<Carried>(engine_, std::move(speech)));
  }

  unsigned byte() {
    if (input_.empty()) return 0;
    const auto value = static_cast<unsigned char>(input_.front());
    input_.remove_prefix(1);
    return value;
  }
  std::string_view bytes(std::size_t count) {
    const auto taken = input_.substr(0, count);
    input_.remove_prefix(taken.size());
    return taken;
  }
  Carried* some() {
    const auto which = byte();
    return streams_.empty() ? nullptr : streams_[which % streams_.size()].get();
  }

  void hear(const std::string& what) {
    if (!sound_) return;
    heard_ += what.size();
    sound_ = meter_.saw(what, {}) && engine_.receive(what).has_value();
    // Who has not been sent anything was not asked to keep anything, either.
    must(engine_.streams() <= streams_.size());
    forget();
  }
  void forget() {
    std::erase_if(streams_, [](const auto& stream) { return stream->closed(); });
  }
  void say(std::size_t most) {
    std::string out;
    engine_.send(out, most);
    said_ += out.size();
    // Every frame that is answered has 9 bytes, and no answer of ours is larger than the bytes that
    // were written to it, a head of some hundred, and its frames' heads.
    must(out.size() <= most + 20'000);
    must(said_ <= 100 * heard_ + 2 * written_ + 10'000);
    meter_.gave(engine_.take_data_frames());
    forget();
  }
  void drain() {
    for (int i = 0; i < 100 && engine_.wants_to_send(); ++i) say(1UL << 20);
  }

  void step() {
    const auto what = byte();
    const auto id = 1 + 2 * (byte() % 8);
    const auto much = byte();
    const auto flags = static_cast<std::uint8_t>(much);
    switch (what % 20) {
      case 0:
        hear(h2::frame(h2::headers, static_cast<std::uint8_t>(h2::end_headers | (flags & 1U)), id,
                       block_number(much >> 1U)));
        break;
      case 1: hear(h2::frame(h2::data, flags & 1U, id, std::string(much, 'd'))); break;
      case 2: hear(h2::reset_frame(id, much)); break;
      case 3: hear(h2::window_frame(much % 2 == 0 ? 0 : id, much * 10)); break;
      case 4: hear(h2::settings_frame({{4, much * 50}})); break;
      case 5: hear(h2::settings_frame({{3, much % 8}, {8, much >> 7U}})); break;
      case 6: hear(h2::frame(h2::ping, flags & 1U, 0, "12345678")); break;
      case 7:
        hear(h2::frame(h2::goaway, 0, 0, h2::number(id, 4) + h2::number(much % 14, 4)));
        break;
      case 8: hear(h2::frame(h2::settings, h2::ack, 0)); break;
      case 9: hear(h2::frame(h2::headers, 0, id, block_number(much))); break;
      case 10: hear(h2::frame(h2::continuation, flags & 4U, id, block_number(4))); break;
      case 11: hear(h2::frame(static_cast<std::uint8_t>(id), flags, id, bytes(much % 16))); break;
      case 12: hear(std::string(bytes(much % 32))); break;
      case 13:
        if (auto* stream = some()) write(*stream, much);
        break;
      case 14:
        if (auto* stream = some()) stream->finish();
        break;
      case 15:
        if (auto* stream = some()) stream->read();
        break;
      case 16:
        if (auto* stream = some()) stream->reset(much % 14);
        break;
      case 17: say(much % 64); break;
      case 18: say(most_output); break;
      default: end(much); break;
    }
  }

  void write(Carried& stream, unsigned which) {
    const auto& texts = role_ == Role::server ? answers : requests;
    if (which >= 128) return put(stream, std::string(which, 'w'));
    put(stream, texts[which % 8]);
  }
  void put(Carried& stream, std::string_view text) {
    written_ += text.size() + 100;
    stream.write(text);
  }

  /// What is done on a connection as a whole; a client begins its streams here.
  void end(unsigned how) {
    if (role_ == Role::client && how >= 16 && streams_.size() < 200) {
      put(add(OriginSpeech({}, false)), requests[how % 5]);
      return forget();
    }
    switch (how) {
      case 0: engine_.announce_end(); break;
      case 1: engine_.refuse_new_streams(); break;
      case 2: engine_.terminate(enhance_your_calm); break;
      case 3: engine_.ping(); break;
      default: break;
    }
    written_ += 100;
  }

  Role role_;
  std::string_view input_;
  std::vector<std::unique_ptr<Carried>> streams_;
  Engine engine_;
  FrameMeter meter_;
  std::size_t heard_ = 0;
  std::size_t said_ = 0;
  std::size_t written_ = 0;
  bool sound_ = true;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  auto input = text_of(data, size);
  if (input.empty()) return 0;
  const auto role = input.front() == 'c' ? Role::client : Role::server;
  input.remove_prefix(1);
  Script(role, input).play();
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include "proxy/carried_stream.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <culvert/error.hpp>

#include "net/loop.hpp"
#include "proxy/carrier.hpp"
#include "proxy/fresh_key.hpp"
#include "proxy/worker.hpp"

namespace culvert::proxy {
namespace {

// Written, and not gone yet: of one stream. As much as a turn of a relay moves.
constexpr std::size_t most_unsent = 64UL * 1024;

std::error_code would_block() {
  return {EAGAIN, std::system_category()};
}

std::error_code was_reset() {
  return {ECONNRESET, std::system_category()};
}

/// Lets go of what was read, as soon as that is more than the rest: a buffer into which as much
/// comes as is read would never be empty.
void compact(std::string& buffer, std::size_t& read) {
  if (read <= buffer.size() / 2) return;
  buffer.erase(0, read);
  read = 0;
}

/// A buffer is there only while there is something in it.
void append(std::unique_ptr<std::string>& to, std::string_view bytes) {
  if (bytes.empty()) return;
  if (!to) to = std::make_unique<std::string>();
  to->append(bytes);
}

class StreamLayer final : public net::Layer {
 public:
  explicit StreamLayer(CarriedStream& stream) : stream_(stream) {}
  ~StreamLayer() override { stream_.release(); }
  Result<std::size_t> read(std::span<char> into) override { return stream_.read(into); }
  Result<std::size_t> write(std::string_view bytes) override { return stream_.write(bytes); }
  bool finish() override { return stream_.finish(); }
  bool quiet() override { return stream_.quiet(); }
  std::size_t unread() const override { return stream_.unread(); }
  int number() const override { return stream_.number(); }
  std::size_t unacknowledged() const override { return stream_.unsent(); }
  std::error_code pending_error() const override { return stream_.pending_error(); }
  void reset_on_close() override { stream_.reset_on_close(); }

 private:
  CarriedStream& stream_;
};

}  // namespace

CarriedStream::CarriedStream(Carrier& carrier, Speech speech)
    : carrier_(carrier),
      speech_(std::make_unique<Speech>(std::move(speech))),
      number_(carrier.worker().loop().take_number()) {}

CarriedStream::~CarriedStream() {
  carrier_.worker().loop().give_back_number(number_);
}

std::unique_ptr<net::Layer> CarriedStream::layer() {
  released_ = false;
  return std::make_unique<StreamLayer>(*this);
}

bool CarriedStream::raw() const {
  return !speech_ || std::visit([](const auto& speech) { return speech.raw(); }, *speech_);
}

/// A client that has its whole answer has nothing more to say that anybody would hear.
bool CarriedStream::answered() const {
  const auto* client = speech_ ? std::get_if<http2::ClientSpeech>(speech_.get()) : nullptr;
  return client != nullptr && client->complete();
}

/// To an origin: the request and its answer are complete, and all that is left is its word that the
/// stream is, too. That need not be hurried.
bool CarriedStream::exchanged() const {
  const auto* origin = speech_ ? std::get_if<http2::OriginSpeech>(speech_.get()) : nullptr;
  return origin != nullptr && origin->request_complete() && origin->answer_complete();
}

bool CarriedStream::at_end() const {
  return peer_ended_ || answered();
}

Result<std::size_t> CarriedStream::read(std::span<char> into) {
  if (!in_ && !take_body()) return fail(error_);
  if (in_) {
    const auto bytes = in_->copy(into.data(), into.size(), read_);
    read_ += bytes;
    const bool all = read_ == in_->size();
    if (all) in_.reset();
    if (all) read_ = 0;
    if (raw()) used(std::min(bytes, unused_));
    if (all && !body_) used(unused_);
    return bytes;
  }
  if (at_end()) return 0;
  return fail(failed_ ? error_ : would_block());
}

/// So many bytes of DATA are not here any more.
void CarriedStream::used(std::size_t bytes) {
  unused_ -= bytes;
  if (bytes == 0 || closed_) return;
  carrier_.engine().consume(*this, bytes);
  carrier_.see_to_soon();
}

Result<std::size_t> CarriedStream::write(std::string_view bytes) {
  if (failed_) return fail(error_);
  const auto room = most_unsent - std::min(unsent(), most_unsent);
  full_ = bytes.size() > room;  // as with a socket, who could not write all waits for a hint
  if (room == 0) return fail(would_block());
  const auto taken = std::min(bytes.size(), room);
  if (raw()) {
    carrier_.engine().write(*this, bytes.substr(0, taken));
    carrier_.see_to_soon();
    return taken;
  }
  const auto written = std::visit(
      [&](auto& speech) { return speech.write(bytes.substr(0, taken), *this); }, *speech_);
  if (!written) {
    carrier_.reset_soon(*this, http2::internal_error);
    broken(written.error());
    return fail(error_);
  }
  if (answered()) tell(net::readable | net::ended);
  if (raw()) {
    take_body();
    speech_.reset();
  }
  carrier_.see_to_soon();
  return taken;
}

bool CarriedStream::finish() {
  if (failed_ || closed_ || std::exchange(finished_, true)) return true;
  if (raw()) {
    carrier_.engine().end(*this, {});
  } else if (!std::visit([&](auto& speech) { return speech.finish(*this); }, *speech_)) {
    resets_ = true;
  }
  carrier_.see_to_soon();
  return true;
}

/// What was written goes on, unless somebody wants it to be known that it is not all.
void CarriedStream::release() {
  released_ = true;
  in_.reset();
  body_.reset();
  if (id() == 0) closed_ = true;  // nothing was ever said on it
  if (!closed_ && !failed_ && !exchanged()) {
    const bool to_origin = speech_ && std::holds_alternative<http2::OriginSpeech>(*speech_);
    const bool cut = to_origin && !(peer_ended_ && finished_) && !raw();
    if (!resets_ && !cut) finish();
    if (resets_ || cut) {
      const auto failure = raw() ? http2::connect_error : http2::internal_error;
      carrier_.reset_soon(*this, cut ? http2::cancel : failure);
    } else {
      carrier_.engine().end_all(*this);
    }
  }
  carrier_.note_over(*this);
}

void CarriedStream::refuse(std::error_code why) {
  carrier_.engine().reset(*this, http2::protocol_error);
  carrier_.see_to_soon();
  broken(why);
}

void CarriedStream::hurry() {
  const auto before = std::exchange(untaken_, unsent());
  if (untaken_ >= before) carrier_.engine().reset(*this, http2::cancel);
}

void CarriedStream::lose(std::error_code why) {
  broken(why);
  closed_ = true;
}

void CarriedStream::tell(std::uint8_t hints) {
  if (!released_) carrier_.worker().loop().soon(number_, hints);
}

void CarriedStream::broken(std::error_code why) {
  if (std::exchange(failed_, true)) return;
  error_ = why;
  tell(net::readable | net::writable | net::broken | net::ended);
}

void CarriedStream::on_head(http2::FieldSection fields, bool last) {
  std::string http1;
  if (last) peer_ended_ = true;
  auto heard = [&]() -> Result<void> {
    if (auto* client = std::get_if<http2::ClientSpeech>(speech_.get())) {
      return client->head(fields, last, fresh_key(), http1);
    }
    return std::get<http2::OriginSpeech>(*speech_).head(fields, last, http1);
  };
  // Behind a switch there is no head any more: nghttp2 gives trailers by on_end.
  const auto done = speech_ ? heard() : fail(Errc::http_protocol_error);
  const bool first = !std::exchange(begun_, true);
  if (done) {
    append(in_, http1);
    if (raw()) speech_.reset();
  }
  if (first) carrier_.arrive(*this, done ? std::error_code() : done.error());
  if (!first && !done) {
    on_bad_head(done.error(), last);
  } else {
    tell(net::readable | net::ended);
  }
}

void CarriedStream::on_bad_head(std::error_code why, bool last) {
  if (last) peer_ended_ = true;
  if (!std::exchange(begun_, true)) return carrier_.arrive(*this, why);
  refuse(why);
}

void CarriedStream::on_data(std::string_view bytes) {
  if (released_ || failed_ || answered()) {
    if (!closed_) carrier_.engine().consume(*this, bytes.size());
    return;
  }
  const bool was_empty = unread() == 0;
  unused_ += bytes.size();
  if (in_) compact(*in_, read_);
  append(raw() ? in_ : body_, bytes);
  if (was_empty) tell(net::readable);
}

/// The body as HTTP/1, in one piece: chunks as small as frames can be would be many times as large
/// as these. False when it does not fit its head.
bool CarriedStream::take_body() {
  if (!body_) return true;
  const auto body = std::move(body_);
  std::string http1;
  const auto done = std::visit([&](auto& speech) { return speech.data(*body, http1); }, *speech_);
  if (!done) refuse(done.error());
  if (!done) return false;
  append(in_, http1);
  if (!in_) used(unused_);  // nobody wants it
  return true;
}

void CarriedStream::on_end(http2::FieldSection trailers) {
  peer_ended_ = true;
  const bool none_here = raw() && !released_;  // RFC 9113 §8.5
  if (none_here && !trailers.empty()) return refuse(Errc::http_protocol_error);
  if (!raw() && !released_ && !answered()) {
    if (!take_body()) return;
    std::string http1;
    const auto done =
        std::visit([&](auto& speech) { return speech.end(trailers, http1); }, *speech_);
    if (!done) return refuse(done.error());
    append(in_, http1);
  }
  tell(net::readable | net::ended);
}

void CarriedStream::on_reset(std::uint32_t code) {
  if (!begun_) carrier_.note_unread(code);
  broken(code == http2::refused_stream ? make_error_code(Errc::stream_refused) : was_reset());
}

void CarriedStream::on_room() {
  if (!full_ || unsent() > most_unsent / 2) return;
  full_ = false;
  tell(net::writable);
}

void CarriedStream::on_closed() {
  closed_ = true;
  carrier_.note_over(*this);
}

void CarriedStream::head(const http2::FieldSection& fields, bool last) {
  auto& engine = carrier_.engine();
  if (id() != 0) {
    engine.head(*this, fields, last);
  } else if (!engine.open(*this, fields, last)) {
    broken(Errc::stream_refused);
  }
}

void CarriedStream::data(std::string_view bytes) {
  carrier_.engine().write(*this, bytes);
}

void CarriedStream::end(const http2::FieldSection& trailers) {
  carrier_.engine().end(*this, trailers);
}

}  // namespace culvert::proxy

// SPDX-License-Identifier: Apache-2.0
#include "tunnel/streams.hpp"

#include <stdexcept>
#include <utility>

#include <fmt/core.h>

namespace culvert::bench {
namespace {

constexpr std::size_t most_output = 256UL * 1024;

}  // namespace

void Streams::Stream::on_head(http2::FieldSection fields, bool /*last*/) {
  const auto& status = fields.front().value;
  if (status != "200") return all_.note("refused: " + status);
  all_.user().on_open(number_);
}

void Streams::Stream::on_bad_head(std::error_code why, bool /*last*/) {
  all_.note(why.message());
}

void Streams::Stream::on_data(std::string_view bytes) {
  all_.engine_.consume(*this, bytes.size());
  all_.user().on_bytes(number_, bytes.size());
}

void Streams::Stream::on_end(http2::FieldSection /*trailers*/) {
  all_.engine_.end(*this, {});
  all_.user().on_end(number_);
}

void Streams::Stream::on_reset(std::uint32_t code) {
  all_.note(fmt::format("reset: {}", http2::name_of_code(code)));
}

/// The user writes later: the engine is sending.
void Streams::Stream::on_room() {
  if (waits_for_room && !is_full()) all_.have_room_.push_back(number_);
  if (!is_full()) waits_for_room = false;
}

void Streams::Stream::on_closed() {
  // Destroys this.
  all_.all_[number_].reset();
}

Streams::Streams(std::uint16_t port, Security security)
    : wire_(port, security, "h2"), engine_(http2::Role::client, {}, *this) {
  poll_.add(wire_.number(), 0);
  flush();
  while (!engine_.settled()) turn();
}

std::size_t Streams::begin(std::uint16_t origin) {
  const auto number = all_.size();
  auto& made = *all_.emplace_back(std::make_unique<Stream>(*this, number));
  const auto target = fmt::format("127.0.0.1:{}", origin);
  const bool done = engine_.open(
      made, {{.name = ":method", .value = "CONNECT"}, {.name = ":authority", .value = target}},
      false);
  if (!done) throw std::runtime_error("the connection takes no more streams");
  return number;
}

std::size_t Streams::write(std::size_t tunnel, std::string_view bytes) {
  auto& stream = *all_[tunnel];
  stream.waits_for_room = stream.is_full();
  if (stream.is_full()) return 0;
  engine_.write(stream, bytes);
  return bytes.size();
}

void Streams::finish(std::size_t tunnel) {
  engine_.end(*all_[tunnel], {});
}

void Streams::note(std::string flaw) {
  if (flaw_.empty()) flaw_ = std::move(flaw);
}

void Streams::turn() {
  flush();
  for (const auto& hint : poll_.wait_impatiently()) {
    if (!hint.readable) continue;
    do {
      const auto got = wire_.read(scratch_);
      if (!got) break;
      if (*got == 0) throw std::runtime_error("the proxy has ended the connection");
      if (!engine_.receive({scratch_.data(), *got})) throw std::runtime_error("broken HTTP/2");
    } while (wire_.has_more());
  }
  if (!flaw_.empty()) throw std::runtime_error(flaw_);
  flush();
}

void Streams::flush() {
  for (;;) {
    if (unsent_.empty()) engine_.send(unsent_, most_output);
    tell_of_room();
    if (unsent_.empty()) break;
    const auto sent = wire_.write(unsent_);
    unsent_.erase(0, sent);
    if (sent == 0) break;
  }
  const bool blocked = !unsent_.empty();
  if (std::exchange(waits_for_room_, blocked) == blocked) return;
  poll_.change(wire_.number(), 0, blocked ? Poll::Writable::yes : Poll::Writable::no);
}

void Streams::tell_of_room() {
  for (const auto number : std::exchange(have_room_, {})) {
    if (all_[number]) user().on_room(number);
  }
}

}  // namespace culvert::bench

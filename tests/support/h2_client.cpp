// SPDX-License-Identifier: Apache-2.0
#include "support/h2_client.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

#include <poll.h>
#include <sys/socket.h>

namespace culvert::test {

void H2Stream::send(std::string_view bytes) {
  client_.engine().write(*this, bytes);
  client_.go_on_for(std::chrono::milliseconds(0));
}

void H2Stream::finish(const http2::FieldSection& trailers) {
  client_.engine().end(*this, trailers);
  client_.go_on_for(std::chrono::milliseconds(0));
}

void H2Stream::reset(std::uint32_t code) {
  client_.engine().reset(*this, code);
  client_.go_on_for(std::chrono::milliseconds(0));
}

std::string H2Stream::state() const {
  return "stream " + std::to_string(id()) + (code_ ? " was reset: " : " had: ") +
         (code_ ? std::string(http2::name_of_code(*code_)) + ", " : "") + body_.substr(0, 500);
}

int H2Stream::status() {
  client_.until("an answer", [this] { return !head_.empty() || failed() || client_.lost(); });
  return head_.empty() ? 0 : std::stoi(head_.front().value);
}

std::string H2Stream::read_exactly(std::size_t bytes) {
  client_.until("bytes of a stream",
                [&] { return body_.size() >= bytes || ended_ || failed() || client_.lost(); });
  if (body_.size() < bytes) throw std::runtime_error(state());
  auto taken = body_.substr(0, bytes);
  body_.erase(0, bytes);
  return taken;
}

std::string H2Stream::read_to_end() {
  client_.until("the end of a stream", [this] { return ended_ || failed() || client_.lost(); });
  if (!ended_) throw std::runtime_error(state());
  return std::exchange(body_, {});
}

std::uint32_t H2Stream::wait_reset() {
  client_.until("a reset", [this] { return failed() || client_.lost(); });
  if (!code_) throw std::runtime_error("the connection ended");
  return *code_;
}

std::string H2Stream::field(std::string_view name) const {
  const auto found = std::ranges::find(head_, name, &http2::Field::name);
  return found == head_.end() ? "" : found->value;
}

void H2Stream::hold(bool holds) {
  holds_ = holds;
  if (holds || closed_) return;
  client_.engine().consume(*this, std::exchange(held_, 0));
}

void H2Stream::on_head(http2::FieldSection fields, bool last) {
  ended_ = last;
  if (fields.front().value.starts_with('1')) {
    interim_.push_back(std::move(fields));
  } else {
    head_ = std::move(fields);
  }
}

void H2Stream::on_bad_head(std::error_code why, bool /*last*/) {
  throw std::runtime_error("the answer's head: " + why.message());
}

void H2Stream::on_data(std::string_view bytes) {
  received_ += bytes.size();
  body_ += bytes;
  if (holds_) {
    held_ += bytes.size();
  } else {
    client_.engine().consume(*this, bytes.size());
  }
}

void H2Stream::on_end(http2::FieldSection trailers) {
  ended_ = true;
  trailers_ = std::move(trailers);
}

void H2Stream::on_reset(std::uint32_t code) {
  code_ = code;
}

H2Client::H2Client(Peer peer, const http2::Settings& settings)
    : peer_(std::move(peer)), engine_(http2::Role::client, settings, *this) {}

H2Stream& H2Client::ask(const http2::FieldSection& head, bool last) {
  auto& stream = *streams_.emplace_back(std::make_unique<H2Stream>(*this));
  if (!engine_.open(stream, head, last)) throw std::runtime_error("no stream can be opened");
  flush();
  return stream;
}

H2Stream& H2Client::connect(std::string_view authority, const http2::FieldSection& more) {
  http2::FieldSection head{{":method", "CONNECT"}, {":authority", std::string(authority)}};
  head.insert(head.end(), more.begin(), more.end());
  return ask(head, false);
}

H2Stream& H2Client::tunnel(std::string_view authority) {
  auto& stream = connect(authority);
  const auto status = stream.status();
  if (status != 200) throw std::runtime_error("no tunnel: " + std::to_string(status));
  return stream;
}

void H2Client::inject(std::string_view frames) {
  flush();
  unsent_ += frames;
  flush();
}

void H2Client::settle() {
  until("the proxy's settings", [this] { return engine_.settled() || lost_; });
}

void H2Client::wait_end() {
  until("the end of the connection", [this] { return lost_; });
}

void H2Client::go_on_for(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (turn(end)) {
  }
}

/// Sends what can be sent, and receives what has come by `end`. False when the time is over and
/// nothing came.
bool H2Client::turn(TimePoint end) {
  flush();
  if (lost_) return false;
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
  pollfd watched{.fd = peer_.number(), .events = POLLIN, .revents = 0};
  if (!unsent_.empty()) watched.events |= POLLOUT;
  const auto count = poll(&watched, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
  if (count <= 0) return false;
  if ((watched.revents & ~POLLOUT) != 0) receive();
  return true;
}

void H2Client::receive() {
  std::array<char, 65536> buffer{};
  const auto got = recv(peer_.number(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) {
    lost_ = true;
  } else if (!engine_.receive({buffer.data(), static_cast<std::size_t>(got)})) {
    throw std::runtime_error("the proxy broke a rule of HTTP/2");
  }
}

void H2Client::flush() {
  constexpr std::size_t most = 1UL << 20;
  if (unsent_.size() < most) engine_.send(unsent_, most);
  while (!unsent_.empty() && !lost_) {
    const auto sent =
        ::send(peer_.number(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0) return unsent_.clear();  // what the proxy said last is still to be read
    unsent_.erase(0, static_cast<std::size_t>(sent));
  }
}

void H2Client::fail(const char* what) {
  throw std::runtime_error(std::string("did not come in time: ") + what);
}

std::string with_h2c(const std::string& toml) {
  return toml + "\n[[listen]]\naddress = \"127.0.0.1:0\"\nh2c = true\n";
}

}  // namespace culvert::test

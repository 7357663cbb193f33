// SPDX-License-Identifier: Apache-2.0
#include "support/peer.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/socket_address.hpp"

namespace culvert::test {
namespace {

[[noreturn]] void fail_with(const char* what) {
  throw std::system_error(errno, std::system_category(), what);
}

bool ready(int socket, short events, std::chrono::milliseconds time) {
  pollfd watched{.fd = socket, .events = events, .revents = 0};
  const int count = poll(&watched, 1, static_cast<int>(time.count()));
  if (count < 0) fail_with("poll");
  return count == 1;
}

}  // namespace

Peer::Peer(int socket) : socket_(socket) {}
Peer::~Peer() {
  close();
}
Peer::Peer(Peer&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), held_(std::move(other.held_)) {}
Peer& Peer::operator=(Peer&& other) noexcept {
  std::swap(socket_, other.socket_);
  std::swap(held_, other.held_);
  return *this;
}

Peer Peer::to(const ListenPlace& place, int receive_bytes) {
  const net::SocketAddress address(place);
  Peer peer(socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (peer.socket_ < 0) fail_with("socket");
  if (receive_bytes != 0) {
    setsockopt(peer.socket_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
  }
  if (connect(peer.socket_, address.data(), address.size()) != 0) fail_with("connect");
  return peer;
}

Peer Peer::from(std::string_view address, const Endpoint& endpoint) {
  const net::SocketAddress here({.address = Address::parse(address).value(), .port = 0});
  const net::SocketAddress there(endpoint);
  Peer peer(socket(here.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (peer.socket_ < 0) fail_with("socket");
  if (bind(peer.socket_, here.data(), here.size()) != 0) fail_with("bind");
  if (::connect(peer.socket_, there.data(), there.size()) != 0) fail_with("connect");
  return peer;
}

void Peer::wait(short events, std::chrono::milliseconds time) const {
  if (!ready(socket_, events, time)) {
    throw std::runtime_error("nothing came in time; so far: " + held_.substr(0, 500));
  }
}

void Peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    wait(POLLOUT, patience);
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) fail_with("send");
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::size_t Peer::send_until_blocked(std::size_t most) {
  const std::string block(64UL * 1024, 'x');
  std::size_t total = 0;
  while (total < most && ready(socket_, POLLOUT, std::chrono::milliseconds(300))) {
    const auto sent = ::send(socket_, block.data(), block.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) fail_with("send");
    if (sent > 0) total += static_cast<std::size_t>(sent);
  }
  return total;
}

bool Peer::read_more() {
  wait(POLLIN, patience);
  std::array<char, 65536> buffer{};
  const auto got = recv(socket_, buffer.data(), buffer.size(), 0);
  if (got < 0) fail_with("recv");
  held_.append(buffer.data(), static_cast<std::size_t>(got));
  return got != 0;
}

std::string Peer::read_until(std::string_view mark) {
  std::size_t found = 0;
  for (std::size_t seen = 0; (found = held_.find(mark, seen)) == std::string::npos;) {
    seen = held_.size() - std::min(held_.size(), mark.size());  // there may be megabytes before it
    if (!read_more()) throw std::runtime_error("the stream ended after: " + held_);
  }
  return read_exactly(found + mark.size());
}

std::string Peer::read_exactly(std::size_t bytes) {
  while (held_.size() < bytes) {
    if (!read_more()) throw std::runtime_error("the stream ended after: " + held_.substr(0, 500));
  }
  auto taken = held_.substr(0, bytes);
  held_.erase(0, bytes);
  return taken;
}

std::string Peer::read_to_end() {
  while (read_more()) {
  }
  return std::exchange(held_, {});
}

void Peer::drain() {
  try {
    while (read_more()) held_.clear();
  } catch (const std::system_error& error) {
    if (error.code().value() != ECONNRESET) throw;
  }
  held_.clear();
}

std::string Peer::read_rest() {
  try {
    return read_to_end();
  } catch (const std::system_error& error) {
    if (error.code().value() != ECONNRESET) throw;
    return std::exchange(held_, {});
  }
}

bool Peer::silent_for(std::chrono::milliseconds time) {
  return held_.empty() && !ready(socket_, POLLIN, time);
}

bool Peer::at_end() const {
  char byte = 0;
  return held_.empty() && recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

bool Peer::ends_with_reset() {
  try {
    read_to_end();
    return false;
  } catch (const std::system_error& error) {
    return error.code().value() == ECONNRESET;
  }
}

void Peer::send_urgent(char byte) {
  if (::send(socket_, &byte, 1, MSG_OOB | MSG_NOSIGNAL) != 1) fail_with("send");
}

void Peer::finish() {
  shutdown(socket_, SHUT_WR);
}

void Peer::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void Peer::close() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

Endpoint Peer::local() const {
  return net::local_endpoint(socket_);
}

namespace {

int new_socket(int family, int flags = 0) {
  const int made = socket(family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
  if (made < 0) fail_with("socket");
  return made;
}

int listen_at(const Endpoint& endpoint, int backlog, int receive_bytes) {
  const net::SocketAddress at(endpoint);
  const int made = new_socket(at.family());
  const int on = 1;
  setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (receive_bytes != 0) {
    setsockopt(made, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
  }
  if (bind(made, at.data(), at.size()) != 0 || listen(made, backlog) != 0) fail_with("listen");
  return made;
}

}  // namespace

Origin::Origin(const char* address, std::uint16_t port, int receive_bytes)
    : socket_(listen_at({.address = *Address::parse(address), .port = port}, 512, receive_bytes)),
      endpoint_(net::local_endpoint(socket_)) {}

Origin::~Origin() {
  close();
}

Peer Origin::accept() {
  if (!ready(socket_, POLLIN, Peer::patience)) throw std::runtime_error("nobody connected");
  const int accepted = accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
  if (accepted < 0) fail_with("accept");
  return Peer(accepted);
}

bool Origin::unvisited_for(std::chrono::milliseconds time) {
  return !ready(socket_, POLLIN, time);
}

void Origin::close() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

FullOrigin::FullOrigin(const char* address)
    : socket_(listen_at({.address = *Address::parse(address), .port = 0}, 0, 0)),
      endpoint_(net::local_endpoint(socket_)) {
  const net::SocketAddress to(endpoint_);
  for (int i = 0; i < 4; ++i) {
    const int filler = new_socket(to.family(), SOCK_NONBLOCK);
    held_.push_back(filler);
    if (connect(filler, to.data(), to.size()) != 0 && errno != EINPROGRESS) fail_with("connect");
    if (!ready(filler, POLLOUT, std::chrono::milliseconds(50))) return;  // full
  }
  throw std::runtime_error("a queue of length 0 took every connection");
}

FullOrigin::~FullOrigin() {
  for (const int held : held_) ::close(held);
  ::close(socket_);
}

void FullOrigin::drain() {
  for (const int held : held_) ::close(held);
  held_.clear();
  while (ready(socket_, POLLIN, std::chrono::milliseconds(50))) {
    held_.push_back(accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC));
  }
}

}  // namespace culvert::test

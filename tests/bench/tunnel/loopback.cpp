// SPDX-License-Identifier: Apache-2.0
#include "tunnel/loopback.hpp"

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace culvert::bench {
namespace {

constexpr int backlog = 4096;
constexpr int patience = 30'000;  // milliseconds

/// An address as system calls want it.
struct Place {
  explicit Place(std::uint16_t port) {
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
  }
  sockaddr* data() { return reinterpret_cast<sockaddr*>(&address); }  // NOLINT(*-reinterpret-cast)

  sockaddr_in address{};
  socklen_t size = sizeof address;
};

net::Descriptor new_socket() {
  net::Descriptor made(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!made) fail("socket");
  return made;
}

void send_at_once(int socket) {
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

std::uint32_t events(Poll::Writable writable) {
  return writable == Poll::Writable::yes ? EPOLLIN | EPOLLOUT : EPOLLIN;
}

epoll_event event(std::uint64_t key, Poll::Writable writable) {
  epoll_event made{};
  made.events = events(writable);
  made.data.u64 = key;
  return made;
}

}  // namespace

void fail(const char* what) {
  throw std::system_error(errno, std::system_category(), what);
}

Door::Door() : descriptor_(new_socket()) {
  Place place(0);
  if (bind(number(), place.data(), place.size) != 0 || listen(number(), backlog) != 0) {
    fail("listen");
  }
  if (getsockname(number(), place.data(), &place.size) != 0) fail("getsockname");
  fcntl(number(), F_SETFL, O_NONBLOCK);
  port_ = ntohs(place.address.sin_port);
}

net::Descriptor Door::accept() const {
  net::Descriptor made(accept4(number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (made) send_at_once(made.number());
  return made;
}

bool is_listening(std::uint16_t port) {
  Place place(port);
  const auto made = new_socket();
  return connect(made.number(), place.data(), place.size) == 0;
}

net::Descriptor connected_to(std::uint16_t port) {
  Place place(port);
  auto made = new_socket();
  if (connect(made.number(), place.data(), place.size) != 0) fail("connect");
  fcntl(made.number(), F_SETFL, O_NONBLOCK);
  send_at_once(made.number());
  return made;
}

std::optional<std::size_t> receive(int socket, std::span<char> into) {
  const auto got = recv(socket, into.data(), into.size(), 0);
  if (got >= 0) return static_cast<std::size_t>(got);
  if (errno == ECONNRESET) return 0;
  if (errno != EAGAIN) fail("recv");
  return std::nullopt;
}

std::size_t send(int socket, std::string_view bytes) {
  const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent >= 0) return static_cast<std::size_t>(sent);
  if (errno != EAGAIN) fail("send");
  return 0;
}

Poll::Poll() : descriptor_(epoll_create1(EPOLL_CLOEXEC)) {
  if (!descriptor_) fail("epoll_create1");
}

void Poll::add(int descriptor, std::uint64_t key, Writable writable) {
  auto wanted = event(key, writable);
  if (epoll_ctl(descriptor_.number(), EPOLL_CTL_ADD, descriptor, &wanted) != 0) fail("epoll_ctl");
}

void Poll::change(int descriptor, std::uint64_t key, Writable writable) {
  auto wanted = event(key, writable);
  if (epoll_ctl(descriptor_.number(), EPOLL_CTL_MOD, descriptor, &wanted) != 0) fail("epoll_ctl");
}

std::span<const Poll::Hint> Poll::wait() {
  return hints_within(-1);
}

std::span<const Poll::Hint> Poll::wait_impatiently() {
  const auto hints = hints_within(patience);
  if (hints.empty()) throw std::runtime_error("nothing comes any more");
  return hints;
}

std::span<const Poll::Hint> Poll::hints_within(int milliseconds) {
  std::array<epoll_event, most> found{};
  const int count = epoll_wait(descriptor_.number(), found.data(), found.size(), milliseconds);
  if (count < 0 && errno != EINTR) fail("epoll_wait");
  const auto told = static_cast<std::size_t>(std::max(count, 0));
  for (std::size_t i = 0; i < told; ++i) {
    const auto& [events, data] = found[i];
    hints_[i] = {.key = data.u64,
                 .readable = (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0,
                 .writable = (events & EPOLLOUT) != 0};
  }
  return std::span(hints_).first(told);
}

}  // namespace culvert::bench

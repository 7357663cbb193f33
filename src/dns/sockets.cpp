// SPDX-License-Identifier: Apache-2.0
#include "dns/sockets.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <ares.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace culvert::dns {
namespace {

/// Room for the answers to all queries of a burst; the kernel may give less.
constexpr int receive_buffer_bytes = 512 * 1024;

Sockets& self(void* user) {
  return *static_cast<Sockets*>(user);
}

bool is_datagram(int descriptor) {
  int type = 0;
  socklen_t size = sizeof type;
  return getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_DGRAM;
}

ares_ssize_t bytes_of(const iovec* parts, int count) {
  ares_ssize_t sum = 0;
  for (int i = 0; i < count; ++i) sum += static_cast<ares_ssize_t>(parts[i].iov_len);
  return sum;
}

ares_socket_t open_socket(int family, int type, int protocol, void* /*user*/) {
  const int made = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
  if (made < 0) return made;
  // Without these it is slower, no worse.
  const int on = 1;
  if (type == SOCK_STREAM) setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(made, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
  return made;
}

int close_socket(ares_socket_t descriptor, void* /*user*/) {
  return close(descriptor);
}

int connect_socket(ares_socket_t descriptor, const sockaddr* to, ares_socklen_t size,
                   void* /*user*/) {
  return connect(descriptor, to, size);
}

}  // namespace

const ares_socket_functions Sockets::functions{
    .asocket = open_socket,
    .aclose = close_socket,
    .aconnect = connect_socket,
    .arecvfrom = [](ares_socket_t descriptor, void* into, std::size_t size, int flags,
                    sockaddr* from, ares_socklen_t* from_size, void* user) -> ares_ssize_t {
      if (self(user).take_refusal(descriptor)) {
        errno = ECONNREFUSED;
        return -1;
      }
      if (!self(user).take_read()) {
        errno = EAGAIN;
        return -1;
      }
      return recvfrom(descriptor, into, size, flags, from, from_size);
    },
    .asendv = [](ares_socket_t descriptor, const iovec* parts, int count,
                 void* user) -> ares_ssize_t {
      msghdr message{};
      message.msg_iov = const_cast<iovec*>(parts);  // sendmsg() does not write there
      message.msg_iovlen = static_cast<std::size_t>(count);
      const auto sent = sendmsg(descriptor, &message, MSG_NOSIGNAL);
      if (sent >= 0 || !is_datagram(descriptor)) return sent;
      if (errno == ECONNREFUSED) self(user).keep_refusal(descriptor);
      return bytes_of(parts, count);
    },
};

bool Sockets::want(int descriptor, bool to_read, bool to_write) {
  const auto events = static_cast<short>((to_read ? POLLIN : 0) | (to_write ? POLLOUT : 0));
  if (auto* known = find(descriptor)) {
    known->events = events;
    return false;
  }
  sockets_.push_back({.descriptor = descriptor, .events = events});
  return true;
}

void Sockets::drop(int descriptor) {
  std::erase_if(sockets_, [&](const Socket& socket) { return socket.descriptor == descriptor; });
}

std::vector<Sockets::Ready> Sockets::ready() {
  reads_left_ = reads_at_a_time;
  std::vector<pollfd> polled;
  polled.reserve(sockets_.size());
  for (const auto& socket : sockets_) {
    polled.push_back({.fd = socket.descriptor, .events = socket.events, .revents = 0});
  }
  if (poll(polled.data(), polled.size(), 0) < 0) return {};  // interrupted: the next look tells
  std::vector<Ready> found;
  for (std::size_t i = 0; i < polled.size(); ++i) {
    const auto events = polled[i].revents;
    const Ready ready{
        .descriptor = polled[i].fd,
        .readable = sockets_[i].refused || (events & (POLLIN | POLLERR | POLLHUP)) != 0,
        .writable = (events & POLLOUT) != 0};
    if (ready.readable || ready.writable) found.push_back(ready);
  }
  return found;
}

bool Sockets::refused() const {
  return std::ranges::any_of(sockets_, &Socket::refused);
}

Sockets::Socket* Sockets::find(int descriptor) {
  const auto found = std::ranges::find(sockets_, descriptor, &Socket::descriptor);
  return found == sockets_.end() ? nullptr : &*found;
}

void Sockets::keep_refusal(int descriptor) {
  if (auto* socket = find(descriptor)) socket->refused = true;
}

bool Sockets::take_refusal(int descriptor) {
  auto* socket = find(descriptor);
  return socket != nullptr && std::exchange(socket->refused, false);
}

bool Sockets::take_read() {
  if (reads_left_ == 0) return false;
  --reads_left_;
  return true;
}

}  // namespace culvert::dns

// SPDX-License-Identifier: Apache-2.0
#include "net/connection.hpp"

#include <cerrno>

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace culvert::net {
namespace {

/// What a call of recv or send returned.
Result<std::size_t> outcome(ssize_t bytes) {
  if (bytes >= 0) return static_cast<std::size_t>(bytes);
  return fail(std::error_code(errno, std::system_category()));
}

}  // namespace

Result<std::size_t> Connection::read(std::span<char> into) {
  if (tls) return tls->read(into);
  return outcome(recv(descriptor.number(), into.data(), into.size(), 0));
}

Result<std::size_t> Connection::write(std::string_view bytes) {
  if (tls) return tls->write(bytes);
  return outcome(send(descriptor.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
}

std::size_t Connection::unread() const {
  int bytes = 0;
  if (ioctl(descriptor.number(), FIONREAD, &bytes) != 0) bytes = 0;
  return static_cast<std::size_t>(bytes) + (tls ? tls->decrypted() : 0);
}

std::size_t Connection::unacknowledged() const {
  int bytes = 0;
  return ioctl(descriptor.number(), SIOCOUTQ, &bytes) == 0 ? static_cast<std::size_t>(bytes) : 0;
}

bool Connection::finish() {
  if (tls && !tls->finish()) return false;
  shutdown(descriptor.number(), SHUT_WR);
  return true;
}

bool Connection::quiet() {
  if (tls) return tls->quiet();
  char byte = 0;
  return recv(descriptor.number(), &byte, 1, MSG_PEEK) < 0 && errno == EAGAIN;
}

bool is_would_block(std::error_code code) {
  return code.category() == std::system_category() &&
         (code.value() == EAGAIN || code.value() == EINTR);
}

}  // namespace culvert::net

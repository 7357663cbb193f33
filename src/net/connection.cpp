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
  if (layer) return layer->read(into);
  return outcome(recv(descriptor.number(), into.data(), into.size(), 0));
}

Result<std::size_t> Connection::write(std::string_view bytes) {
  if (layer) return layer->write(bytes);
  return outcome(send(descriptor.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
}

std::size_t Connection::unread() const {
  int bytes = 0;
  if (descriptor && ioctl(descriptor.number(), FIONREAD, &bytes) != 0) bytes = 0;
  return static_cast<std::size_t>(bytes) + (layer ? layer->unread() : 0);
}

std::size_t Connection::unacknowledged() const {
  if (!descriptor) return layer->unacknowledged();
  int bytes = 0;
  return ioctl(descriptor.number(), SIOCOUTQ, &bytes) == 0 ? static_cast<std::size_t>(bytes) : 0;
}

bool Connection::finish() {
  if (layer && !layer->finish()) return false;
  if (descriptor) shutdown(descriptor.number(), SHUT_WR);
  return true;
}

bool Connection::quiet() {
  if (layer) return layer->quiet();
  char byte = 0;
  return recv(descriptor.number(), &byte, 1, MSG_PEEK) < 0 && errno == EAGAIN;
}

Result<std::size_t> Connection::peek(char& byte) {
  return outcome(recv(descriptor.number(), &byte, 1, MSG_PEEK));
}

std::error_code Connection::pending_error() const {
  if (!descriptor) return layer->pending_error();
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(descriptor.number(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) return {};
  return {error, std::system_category()};
}

void Connection::reset_on_close() {
  if (!descriptor) return layer->reset_on_close();
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(descriptor.number(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

bool is_would_block(std::error_code code) {
  return code.category() == std::system_category() &&
         (code.value() == EAGAIN || code.value() == EINTR);
}

}  // namespace culvert::net

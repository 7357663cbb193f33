// SPDX-License-Identifier: Apache-2.0
#include "tunnel/connections.hpp"

#include <stdexcept>
#include <string>

#include <fmt/core.h>

namespace culvert::bench {

Connections::Connection::Connection(std::uint16_t port, Security security, std::uint16_t origin)
    : wire(port, security, "http/1.1"),
      unsent(fmt::format("CONNECT 127.0.0.1:{0} HTTP/1.1\r\nHost: 127.0.0.1:{0}\r\n\r\n", origin)) {
}

std::size_t Connections::begin(std::uint16_t origin) {
  const auto number = all_.size();
  auto& made = *all_.emplace_back(std::make_unique<Connection>(port_, security_, origin));
  poll_.add(made.wire.number(), number, Poll::Writable::yes);
  return number;
}

std::size_t Connections::write(std::size_t tunnel, std::string_view bytes) {
  auto& connection = *all_[tunnel];
  const auto sent = connection.wire.write(bytes);
  if (sent < bytes.size()) wait_for_room(tunnel, true);
  return sent;
}

void Connections::wait_for_room(std::size_t tunnel, bool wanted) {
  auto& connection = *all_[tunnel];
  if (std::exchange(connection.waits_for_room, wanted) == wanted) return;
  poll_.change(connection.wire.number(), tunnel, wanted ? Poll::Writable::yes : Poll::Writable::no);
}

void Connections::finish(std::size_t tunnel) {
  all_[tunnel]->wire.finish();
}

void Connections::turn() {
  for (const auto& hint : poll_.wait_impatiently()) {
    const auto tunnel = static_cast<std::size_t>(hint.key);
    if (hint.writable) write_on(tunnel);
    if (hint.readable) read(tunnel);
  }
}

/// The request goes first; a handshake of TLS perhaps before it.
void Connections::write_on(std::size_t tunnel) {
  auto& connection = *all_[tunnel];
  if (!connection.unsent.empty()) {
    connection.unsent.erase(0, connection.wire.write(connection.unsent));
    return wait_for_room(tunnel, false);
  }
  wait_for_room(tunnel, false);
  if (connection.open) user().on_room(tunnel);
}

void Connections::read(std::size_t tunnel) {
  auto& connection = *all_[tunnel];
  do {
    const auto got = connection.wire.read(scratch_);
    if (!connection.unsent.empty()) write_on(tunnel);
    if (!got) return;
    if (*got == 0) {
      all_[tunnel].reset();
      return user().on_end(tunnel);
    }
    hear(tunnel, {scratch_.data(), *got});
  } while (all_[tunnel] && connection.wire.has_more());
}

void Connections::hear(std::size_t tunnel, std::string_view bytes) {
  auto& connection = *all_[tunnel];
  if (connection.open) return user().on_bytes(tunnel, bytes.size());
  connection.head += bytes;
  const auto end = connection.head.find("\r\n\r\n");
  if (end == std::string::npos) return;
  if (!connection.head.starts_with("HTTP/1.1 200")) throw std::runtime_error(connection.head);
  const auto more = connection.head.size() - end - 4;
  std::string().swap(connection.head);
  connection.open = true;
  user().on_open(tunnel);
  if (more != 0) user().on_bytes(tunnel, more);
}

}  // namespace culvert::bench

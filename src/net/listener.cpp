// SPDX-License-Identifier: Apache-2.0
#include "net/listener.hpp"

#include <cerrno>

#include <netinet/in.h>
#include <sys/socket.h>

#include "net/options.hpp"
#include "net/socket_address.hpp"
#include "observe/log.hpp"

namespace culvert::net {
namespace {

constexpr int accepts_a_turn = 64;
constexpr milliseconds pause_time{100};

std::unexpected<std::error_code> system_failure() {
  return fail(std::error_code(errno, std::system_category()));
}

void set(int socket, int level, int option) {
  const int on = 1;
  setsockopt(socket, level, option, &on, sizeof on);
}

Descriptor make_socket(const SocketAddress& at) {
  Descriptor made(socket(at.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!made) return made;
  set(made.number(), SOL_SOCKET, SO_REUSEADDR);
  if (at.family() == AF_INET6) set(made.number(), IPPROTO_IPV6, IPV6_V6ONLY);
  return made;
}

}  // namespace

Result<Descriptor> listen_on(const Endpoint& endpoint) {
  const SocketAddress at(endpoint);
  auto made = make_socket(at);
  if (!made) return system_failure();
  set(made.number(), SOL_SOCKET, SO_REUSEPORT);
  set_connection_options(made.number());
  if (bind(made.number(), at.data(), at.size()) != 0) return system_failure();
  if (listen(made.number(), backlog) != 0) return system_failure();
  return made;
}

std::error_code check_free(const Endpoint& endpoint) {
  const SocketAddress at(endpoint);
  const auto probe = make_socket(at);
  // Without SO_REUSEPORT, bind or listen fails when anybody listens there.
  if (!probe || bind(probe.number(), at.data(), at.size()) != 0 || listen(probe.number(), 1) != 0) {
    return {errno, std::system_category()};
  }
  return {};
}

Listener::Listener(Loop& loop, Descriptor socket, Exhaustion& exhaustion, Accepted accepted)
    : loop_(loop),
      socket_(std::move(socket)),
      place_(local_place(socket_.number())),
      exhaustion_(exhaustion),
      accepted_(std::move(accepted)) {
  loop_.watch(socket_.number(), *this);
}

Listener::~Listener() {
  loop_.forget(socket_.number());
}

void Listener::on_ready(int /*descriptor*/, std::uint8_t /*hints*/) {
  if (!paused_) accept_some();
}

void Listener::on_deadline() {
  accept_some();
}

void Listener::accept_some() {
  for (int i = 0; i < accepts_a_turn; ++i) {
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    Descriptor client(accept4(socket_.number(), reinterpret_cast<sockaddr*>(&from), &size,
                              SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (client) {
      paused_ = false;
      hand_on(std::move(client), from);
    } else if (errno == EAGAIN) {
      paused_ = false;
      return;
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      return pause();
    }
    // Others concern one connection that has failed already (accept(2)): the next one is taken.
  }
  loop_.again(socket_.number(), readable);  // more may wait; others have their turn first
}

void Listener::hand_on(Descriptor client, const sockaddr_storage& from) {
  const auto peer = peer_of(client.number(), from);
  if (!peer) return;  // nobody knows whose it is
  if (peer->local_user() != nullptr) set_local_options(client.number());
  accepted_(std::move(client), *peer);
}

void Listener::pause() {
  if (exhaustion_.begins(loop_.now())) {
    observe::log_warning(
        "no descriptors left: connections wait to be accepted until some are free");
  }
  paused_ = true;
  loop_.wheel().arm(*this, loop_.now() + pause_time);
}

}  // namespace culvert::net

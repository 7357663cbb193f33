// SPDX-License-Identifier: Apache-2.0
#include "support/tls_client.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "net/socket_address.hpp"
#include "net/waiter.hpp"

namespace culvert::test {
namespace {

const net::TlsContext& trusting_the_test_authority() {
  static const auto made = net::TlsContext::for_origins(ca_file());
  return **made;
}

void set_buffer(int socket, int which, int bytes) {
  if (bytes != 0) setsockopt(socket, SOL_SOCKET, which, &bytes, sizeof bytes);
}

net::TimePoint soon() {
  return net::Clock::now() + Peer::patience;
}

net::Task<Result<std::string>> read_some(net::Socket& socket, std::size_t most) {
  std::array<char, 20000> buffer{};
  while (true) {
    if (const auto failed = co_await socket.wait_readable(soon())) co_return fail(failed);
    const auto got = socket.try_read(std::span(buffer).first(std::min(most, buffer.size())));
    if (got) co_return std::string(buffer.data(), *got);
    if (!net::is_would_block(got.error())) co_return fail(got.error());
  }
}

net::Task<bool> rest(net::Loop& loop, net::milliseconds time) {
  net::Waiter waiter(loop);
  co_await waiter.wait(net::Clock::now() + time);
  co_return true;
}

}  // namespace

net::Descriptor connected_to(const std::string& authority, int send_bytes, int receive_bytes) {
  const auto to = *Authority::parse(authority);
  const net::SocketAddress address(
      Endpoint{.address = to.host.address(), .port = to.port.number()});
  net::Descriptor made(socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  set_buffer(made.number(), SO_SNDBUF, send_bytes);
  set_buffer(made.number(), SO_RCVBUF, receive_bytes);
  if (connect(made.number(), address.data(), address.size()) != 0) {
    throw std::system_error(errno, std::system_category(), "connect");
  }
  fcntl(made.number(), F_SETFL, O_NONBLOCK);
  const int on = 1;
  setsockopt(made.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return made;
}

ExactPair::ExactPair() {
  std::array<int, 2> made{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, made.data()) != 0) {
    throw std::system_error(errno, std::system_category(), "socketpair");
  }
  ours = net::Descriptor(made[0]);
  theirs = Peer(made[1]);
  fcntl(made[0], F_SETFL, O_NONBLOCK);
}

void leave_no_room(int socket) {
  set_buffer(socket, SO_SNDBUF, 1);  // the system makes it the least that it allows
}

SocketUser::SocketUser(net::Descriptor connected)
    : socket_(new net::Socket(net::Socket::watching(loop_, std::move(connected)))) {}

std::expected<void, net::TlsFailure> SocketUser::start_tls(const std::string& host,
                                                           net::milliseconds limit) {
  const auto origin = *Host::parse(host);
  return run(socket_->start_tls(trusting_the_test_authority(), origin, net::Clock::now() + limit));
}

std::string SocketUser::read(std::size_t bytes) {
  std::string all;
  while (all.size() < bytes) {
    const auto got = run(read_some(*socket_, bytes - all.size()));
    if (!got) throw std::system_error(got.error());
    if (got->empty()) break;
    all += *got;
  }
  return all;
}

std::string SocketUser::read_to_end() {
  return read(std::string::npos);
}

void SocketUser::write(std::string_view bytes) {
  const auto failed = run(socket_->write_all(bytes, Peer::patience));
  if (failed) throw std::system_error(failed);
}

std::error_code SocketUser::end() {
  try {
    read_to_end();
    return {};
  } catch (const std::system_error& failed) {
    return failed.code();
  }
}

void SocketUser::turn(net::milliseconds time) {
  run(rest(loop_, time));
}

}  // namespace culvert::test

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "net/loop.hpp"
#include "net/socket.hpp"
#include "support/tls_origin.hpp"

namespace culvert::test {

/// A connected, non-blocking socket. `send_bytes` sets its send buffer; 0 leaves it.
net::Descriptor connected_to(const std::string& authority, int send_bytes = 0,
                             int receive_bytes = 0);

/// Two connected ends that count every byte: what does not fit is not taken, however little it is.
/// (TCP finds room for a few bytes in a packet that waits.)
struct ExactPair {
  ExactPair();
  net::Descriptor ours;  ///< non-blocking
  Peer theirs{-1};
};
/// From now on nothing fits, until all but a little has been read.
void leave_no_room(int socket);

/// What the other side does meanwhile, on a thread of its own; get() tells what went wrong there.
template <class Script>
std::future<void> meanwhile(Script script) {
  return std::async(std::launch::async, std::move(script));
}

/// As much of a worker as a socket needs: a loop, and one socket on it.
class SocketUser {
 public:
  explicit SocketUser(net::Descriptor connected);
  explicit SocketUser(const std::string& authority, int send_bytes = 0, int receive_bytes = 0)
      : SocketUser(connected_to(authority, send_bytes, receive_bytes)) {}

  /// Runs a task to its end. It must have time limits of its own.
  template <class T>
  T run(net::Task<T> task) {
    std::optional<T> result;
    loop_.spawn(keep(std::move(task), result));
    loop_.run();
    return *std::move(result);
  }

  std::expected<void, net::TlsFailure> start_tls(const std::string& host = "origin.test",
                                                 net::milliseconds limit = Peer::patience);
  /// Reads exactly that much, or less when the stream ends; throws what fails.
  std::string read(std::size_t bytes);
  /// Reads to the end; throws what fails.
  std::string read_to_end();
  void write(std::string_view bytes);
  /// The failure that ends the stream, no error when it is an end.
  std::error_code end();
  /// Lets the loop turn until everything that has come is known.
  void turn(net::milliseconds time);

  net::Socket& socket() { return *socket_; }
  net::Loop& loop() { return loop_; }

 private:
  template <class T>
  net::Task<void> keep(net::Task<T> task, std::optional<T>& result) {
    result.emplace(co_await std::move(task));
    loop_.stop();
  }

  net::Loop loop_;
  std::unique_ptr<net::Socket> socket_;
};

}  // namespace culvert::test

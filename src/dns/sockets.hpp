// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

struct ares_socket_functions;

namespace culvert::dns {

/// The sockets of one channel. c-ares opens, uses and closes them, through `functions`, with the
/// Sockets as its user data.
///
/// Left to itself, c-ares takes a datagram that could not be sent for a failure of that query
/// alone. But what send() tells there, and clears, is that an earlier one was refused, and the
/// queries that this is about would wait until they time out. So here a datagram is always sent, as
/// far as c-ares can see: one that was lost is asked for again, and a refusal is kept and told to
/// the next read, whereupon c-ares moves all queries on to the next server.
class Sockets {
 public:
  struct Ready {
    int descriptor;
    bool readable;
    bool writable;
  };

  static const ares_socket_functions functions;

  /// What c-ares waits for; true when the socket was not known.
  bool want(int descriptor, bool to_read, bool to_write);
  void drop(int descriptor);

  /// Those that have what is waited for, or a failure, now. c-ares reads for as long as something
  /// comes; so that a flood cannot hold up the worker, it gets so many reads from one call of this
  /// to the next.
  std::vector<Ready> ready();
  static constexpr unsigned reads_at_a_time = 64;
  /// A refusal is kept: some socket is ready though the system may not say so.
  bool refused() const;

 private:
  struct Socket {
    int descriptor;
    short events;
    bool refused = false;  // and c-ares is not told yet
  };

  Socket* find(int descriptor);
  void keep_refusal(int descriptor);
  bool take_refusal(int descriptor);
  bool take_read();

  std::vector<Socket> sockets_;
  unsigned reads_left_ = reads_at_a_time;
};

}  // namespace culvert::dns

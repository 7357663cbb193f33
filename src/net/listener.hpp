// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include <sys/socket.h>

#include <culvert/result.hpp>

#include "base/peer.hpp"
#include "base/place.hpp"
#include "net/descriptor.hpp"
#include "net/exhaustion.hpp"
#include "net/loop.hpp"

namespace culvert::net {

/// Connections that may wait to be accepted; the system may have a lower limit.
inline constexpr int backlog = 4096;

/// Binds and listens, so that every worker can have a socket of its own on the same endpoint
/// (SO_REUSEPORT). `endpoint.port` 0 takes a free one; see local_endpoint(). Fails with the
/// system's error.
Result<Descriptor> listen_on(const Endpoint& endpoint);

/// Refuses a port that another program listens on already. SO_REUSEPORT would share it silently
/// with a program of the same user, each getting some of the connections.
std::error_code check_free(const Endpoint& endpoint);

/// Accepts connections on one worker's loop.
///
/// When there are no descriptors left, accepting pauses and is tried again every 100 ms;
/// connections wait in the kernel's queue meanwhile, and live sessions go on. All listeners that
/// share an Exhaustion say so with one line.
///
/// A Unix socket is one for all workers, each with a descriptor of its own (SO_REUSEPORT is for IP
/// only): all are told of a connection, the first takes it, and the others find none.
class Listener final : Watcher, Deadline {
 public:
  using Accepted = std::function<void(Descriptor, const Peer& client)>;

  /// `accepted` is called for each connection, on the loop's thread.
  Listener(Loop& loop, Descriptor socket, Exhaustion& exhaustion, Accepted accepted);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// This end.
  const ListenPlace& place() const { return place_; }

 private:
  void on_ready(int descriptor, std::uint8_t hints) override;
  void on_deadline() override;
  void accept_some();
  void hand_on(Descriptor client, const sockaddr_storage& from);
  void pause();

  Loop& loop_;
  Descriptor socket_;
  ListenPlace place_;
  Exhaustion& exhaustion_;
  Accepted accepted_;
  bool paused_ = false;
};

}  // namespace culvert::net

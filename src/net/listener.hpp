// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include <culvert/result.hpp>

#include "base/endpoint.hpp"
#include "net/descriptor.hpp"
#include "net/exhaustion.hpp"
#include "net/loop.hpp"

namespace culvert::net {

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
class Listener final : Watcher, Deadline {
 public:
  using Accepted = std::function<void(Descriptor, const Endpoint& client)>;

  /// `accepted` is called for each connection, on the loop's thread.
  Listener(Loop& loop, Descriptor socket, Exhaustion& exhaustion, Accepted accepted);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// This end.
  const Endpoint& endpoint() const { return endpoint_; }

 private:
  void on_ready(int descriptor, std::uint8_t hints) override;
  void on_deadline() override;
  void accept_some();
  void pause();

  Loop& loop_;
  Descriptor socket_;
  Endpoint endpoint_;
  Exhaustion& exhaustion_;
  Accepted accepted_;
  bool paused_ = false;
};

}  // namespace culvert::net

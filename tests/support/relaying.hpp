// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "relay/tunnel.hpp"
#include "support/peer.hpp"

namespace culvert::test {

/// How a tunnel is begun.
struct Begin {
  relay::Limits limits = {};
  relay::Meter* meter = nullptr;  ///< must outlive the relaying
  bool websocket = false;
  websocket::Settings settings = {};  ///< of a WebSocket
  std::string to_origin = {};
  std::string to_client = {};
};

/// A relay's loop on a thread of its own, for tunnels between plain connections.
class Relaying {
 public:
  Relaying();
  ~Relaying();
  Relaying(const Relaying&) = delete;
  Relaying& operator=(const Relaying&) = delete;

  /// The far ends of a tunnel.
  struct Ends {
    Peer client;
    Peer origin;
    std::future<relay::Outcome> ended;

    /// The outcome, when the tunnel ends by itself within a patience.
    relay::Outcome outcome();
  };
  /// `receive_bytes` sets the receive buffers of the far ends; 0 leaves them.
  Ends begin(Begin how = {}, int receive_bytes = 0);

  /// WebSockets end within so long, one after another.
  void drain(net::milliseconds within);
  /// From now on no tunnel is allowed, and those that are there are judged.
  void deny_all();

 private:
  void run(std::move_only_function<void()> job);

  net::Loop loop_;
  relay::Relays relays_{loop_};
  bool allowed_ = true;  // of the loop's thread
  std::thread thread_;
};

}  // namespace culvert::test

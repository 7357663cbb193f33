// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "relay/tunnel.hpp"
#include "support/clock.hpp"
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

/// Whose time a relay goes by.
enum class Time : std::uint8_t {
  real,
  by_hand,  ///< it stands still but for Relaying::advance
};

/// Sends all of it, or as much as goes before the other side ends the connection.
void send_while_open(Peer& from, const std::string& bytes);

/// A relay's loop on a thread of its own, for tunnels between plain connections.
class Relaying {
 public:
  explicit Relaying(Time time = Time::real);
  ~Relaying();
  Relaying(const Relaying&) = delete;
  Relaying& operator=(const Relaying&) = delete;

  /// What is known of a WebSocket. Of the loop's thread, as long as the tunnel lives.
  struct Known {
    const websocket::Watch* watch = nullptr;
    websocket::Facts facts = {};  ///< as they were at the end
  };
  /// The far ends of a tunnel.
  struct Ends {
    Peer client;
    Peer origin;
    std::future<relay::Outcome> ended;
    std::shared_ptr<Known> known;

    /// The outcome, when the tunnel ends by itself within a patience. Its facts live as long as
    /// this.
    relay::Outcome outcome();
    /// True when the tunnel has ended: outcome() will not wait.
    bool has_ended() const;
  };
  /// `receive_bytes` sets the receive buffers of the far ends; 0 leaves them.
  Ends begin(Begin how = {}, int receive_bytes = 0);

  /// Moves the time ahead; what is due by then has been done when this returns.
  void advance(net::milliseconds by);
  /// What is known of a WebSocket by now.
  websocket::Facts facts(const Ends& ends);
  /// WebSockets end within so long, one after another.
  void drain(net::milliseconds within);
  /// From now on no tunnel is allowed, and those that are there are judged.
  void deny_all();

 private:
  void run(std::move_only_function<void()> job);

  Clock clock_;
  net::Loop loop_;
  relay::Relays relays_{loop_};
  bool allowed_ = true;  // of the loop's thread
  std::thread thread_;
};

}  // namespace culvert::test

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "dns/reply.hpp"
#include "dns/resolver.hpp"
#include "dns/sockets.hpp"
#include "net/loop.hpp"

struct ares_channeldata;

namespace culvert::dns {

/// Who is told what became of a query.
class Asker {
 public:
  /// Never called from inside ask(): it may ask anew, and may destroy itself.
  virtual void on_reply(Family family, Reply reply) = 0;

 protected:
  ~Asker() = default;
};

/// c-ares on a loop. Names are asked for as they are; ids and the source port are c-ares' own
/// choice, and it drops an answer whose id or question is not ours, retries, goes from server to
/// server, and asks again by TCP when an answer was cut off.
class Channel final : net::Watcher, net::Deadline {
 public:
  /// Throws std::runtime_error when c-ares cannot be set up.
  Channel(net::Loop& loop, const Settings& settings);
  /// Askers are not told.
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// Tells `by` once, unless the channel goes first; `by` must live until then.
  void ask(const std::string& name, Family family, Asker& by);

 private:
  struct Query;  // what c-ares carries for us while it asks
  struct Done {
    Asker* by;
    Family family;
    Reply reply;
  };

  void on_ready(int descriptor, std::uint8_t hints) override;
  void on_deadline() override;

  void on_socket(int descriptor, bool wants_read, bool wants_write);
  void work();
  bool step();
  void deliver();
  void arm();

  net::Loop& loop_;
  ares_channeldata* ares_ = nullptr;
  Sockets sockets_;
  std::vector<Done> done_;
  bool more_ = false;  // a server keeps us busy: the rest is for the next tick
};

}  // namespace culvert::dns

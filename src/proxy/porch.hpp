// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <string>
#include <utility>

#include "base/peer.hpp"
#include "net/loop.hpp"
#include "net/socket.hpp"
#include "net/turns.hpp"

namespace culvert::proxy {

/// Where a worker's TLS connections of clients are until their handshake is done. A handshake costs
/// what thousands of messages do, and anybody may begin one; so each turn of the loop has one step
/// of one of them, and there is room for so many only. Beyond that the one that has been here
/// longest makes room if it had time enough, since it is most likely one that does not go on; else
/// who comes last is not let in.
class Porch final : net::Deadline {
 public:
  static constexpr std::size_t most = 512;
  static constexpr net::milliseconds time_enough{1000};

  /// `left` is called when one has gone.
  Porch(net::Loop& loop, std::function<void()> left)
      : loop_(loop), turns_(loop), left_(std::move(left)) {}

  /// A connection, as long as its handshake lasts. Both references must outlive it.
  class Seat {
   public:
    Seat(Porch& porch, net::Socket& socket);
    ~Seat();
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;

    /// False: there is no room.
    bool taken() const { return taken_; }

   private:
    friend class Porch;
    Porch& porch_;
    net::Socket& socket_;
    net::TimePoint since_;
    std::list<Seat*>::iterator place_;
    bool taken_;
  };

  /// One of them has failed. Told at level debug at once, and at level info how many there were,
  /// once a minute at most.
  void note_failure(const Peer& client, const std::string& why);
  /// Ends all.
  void abort();
  bool empty() const { return seats_.empty(); }
  net::Turns& turns() { return turns_; }
  /// How many have failed since the start.
  std::size_t failed() const { return failed_; }

 private:
  bool make_room();
  void on_deadline() override;

  net::Loop& loop_;
  net::Turns turns_;
  std::function<void()> left_;
  std::list<Seat*> seats_;  // who came first is first
  std::size_t failed_ = 0;
  std::size_t told_ = 0;  // of these
  std::string last_;      // of these, for people
};

}  // namespace culvert::proxy

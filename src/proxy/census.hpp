// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>

#include <culvert/result.hpp>

#include "base/client.hpp"
#include "proxy/bounds.hpp"

namespace culvert::proxy {

/// How many client connections are open over all workers, in all and by client, and whether one
/// more may be. Any thread. Asked when a connection comes and told when it has ended, never in
/// between, so one mutex will do.
///
/// By client is a map and not a hash table: nobody can choose addresses that make it slow.
class Census {
  struct Tally {
    Census& of;
    std::size_t open = 0;
  };
  using Tallies = std::map<Client, Tally>;

 public:
  /// One connection in the count, given back when this ends. One pointer, since each idle tunnel
  /// has it. The census must outlive it. An empty one counts nothing.
  class Ticket {
   public:
    Ticket() = default;
    ~Ticket();
    Ticket(Ticket&& other) noexcept;
    Ticket& operator=(Ticket&& other) noexcept;

   private:
    friend class Census;
    explicit Ticket(Tallies::value_type& client) : client_(&client) {}
    Tallies::value_type* client_ = nullptr;
  };

  explicit Census(Bounds bounds) : bounds_(bounds) {}

  /// Counts one more, or else Errc::client_limit_reached or Errc::connection_limit_reached.
  Result<Ticket> admit(const Peer& peer);
  /// From now on these hold. Who is in stays in.
  void use(Bounds bounds);
  std::size_t open() const;

  /// Those who are being turned away with an answer: no more at one time than this, over all
  /// workers. True when there was a place, which leave_turned_away() gives back.
  static constexpr std::size_t most_turned_away = 100;
  bool enter_turned_away();
  void leave_turned_away() { --turned_away_; }

  /// Counts a connection that was closed without an answer. True for the first since
  /// take_closed(): whoever counts that one sees to it that the number is told.
  bool count_closed() { return closed_.fetch_add(1) == 0; }
  std::size_t take_closed() { return closed_.exchange(0); }

 private:
  void give_back(Tallies::value_type& client);

  mutable std::mutex mutex_;  // of the three below
  Bounds bounds_;
  std::size_t open_ = 0;
  Tallies clients_;  // those with a connection
  std::atomic<std::size_t> turned_away_ = 0;
  std::atomic<std::size_t> closed_ = 0;
};

}  // namespace culvert::proxy

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>

#include "dns/channel.hpp"
#include "dns/reply.hpp"
#include "net/loop.hpp"
#include "net/waiter.hpp"

namespace culvert::dns {

/// One name that is asked for: its two queries, and all who wait for them.
///
///     queued -- start() --> young -- young_for ---> old
///                             |                      |
///                             +----------------------+-- both replies --> done
///
/// Those who wait are answered when both replies are there, or one has addresses and the other has
/// had its time; the queries then go on for the sake of the cache.
class Lookup final : Asker {
 public:
  /// What is sent in this time is a burst that a name server must be able to take in.
  static constexpr net::milliseconds young_for{250};
  /// How long IPv6 is waited for when IPv4 is there (RFC 8305 §3, the resolution delay). IPv4 is
  /// waited for as long as one try takes: where IPv6 is announced but leads nowhere, its addresses
  /// alone are of no use.
  static constexpr net::milliseconds ipv6_delay{50};

  /// Who started it.
  class Owner {
   public:
    /// No longer young; comes once, before on_done() at the latest.
    virtual void on_aged() = 0;
    /// May give up its share in `lookup`.
    virtual void on_done(Lookup& lookup, Verdict verdict) = 0;

   protected:
    ~Owner() = default;
  };

  /// `ipv4_delay`: the time of one try. `owner` must live until on_done() or abort().
  Lookup(net::Loop& loop, std::string name, net::milliseconds ipv4_delay, Owner& owner);

  const std::string& name() const noexcept { return name_; }
  /// Somebody waits.
  bool wanted() const noexcept { return !waiters_.empty(); }

  /// Sends both queries. The lookup must live until it is done or the channel is gone.
  void start(Channel& channel);
  /// The owner goes away: so do all who wait, with Errc::aborted.
  void abort();

  /// The answer, Errc::dns_timeout or Errc::aborted. Nobody's deadline touches the others.
  static net::Task<Answer> wait(std::shared_ptr<Lookup> self, net::TimePoint deadline);

 private:
  using Waiters = std::list<net::Waiter>;
  class Seat;

  struct Alarm final : net::Deadline {
    Alarm(Lookup& of_lookup, void (Lookup::*what_rings)()) : of(of_lookup), rings(what_rings) {}
    void on_deadline() override { (of.*rings)(); }
    Lookup& of;
    void (Lookup::*rings)();
  };

  void on_reply(Family family, Reply reply) override;
  void age();
  void make_do();
  void settle(Answer answer);
  void finish_when_whole();

  net::Loop& loop_;
  std::string name_;
  net::milliseconds ipv4_delay_;
  Owner& owner_;
  std::optional<Reply> v4_;
  std::optional<Reply> v6_;
  std::optional<Answer> answer_;  // for those who wait, and those who come while queries go on
  Waiters waiters_;
  Alarm youth_{*this, &Lookup::age};
  Alarm delay_{*this, &Lookup::make_do};
};

}  // namespace culvert::dns

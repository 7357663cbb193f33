// SPDX-License-Identifier: Apache-2.0
#include "dns/lookup.hpp"

#include <culvert/error.hpp>

namespace culvert::dns {

/// A place among those who wait, given up when the wait is over, however it ends.
class Lookup::Seat {
 public:
  explicit Seat(Lookup& lookup)
      : waiters_(lookup.waiters_), place_(waiters_.emplace(waiters_.end(), lookup.loop_)) {}
  ~Seat() { waiters_.erase(place_); }
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;

  net::Waiter& waiter() const { return *place_; }

 private:
  Waiters& waiters_;
  Waiters::iterator place_;
};

Lookup::Lookup(net::Loop& loop, std::string name, net::milliseconds ipv4_delay, Owner& owner)
    : loop_(loop), name_(std::move(name)), ipv4_delay_(ipv4_delay), owner_(owner) {}

net::Task<Answer> Lookup::wait(std::shared_ptr<Lookup> self, net::TimePoint deadline) {
  if (!self->answer_) {
    const Seat seat(*self);
    switch (co_await seat.waiter().wait(deadline)) {
      case net::Woken::ready: break;
      case net::Woken::timed_out: co_return fail(Errc::dns_timeout);
      case net::Woken::aborted: co_return fail(Errc::aborted);
    }
  }
  co_return self->answer_.value_or(fail(Errc::aborted));
}

void Lookup::start(Channel& channel) {
  loop_.wheel().arm(youth_, loop_.now() + young_for);
  channel.ask(name_, Family::v4, *this);
  channel.ask(name_, Family::v6, *this);
}

void Lookup::abort() {
  youth_.disarm();
  delay_.disarm();
  for (auto& waiter : waiters_) waiter.wake(net::Woken::aborted);
}

void Lookup::on_reply(Family family, Reply reply) {
  const bool usable = reply.outcome == Outcome::addresses;
  (family == Family::v4 ? v4_ : v6_) = std::move(reply);
  if (usable) {
    loop_.wheel().arm(delay_, loop_.now() + (family == Family::v4 ? ipv6_delay : ipv4_delay_));
  }
  finish_when_whole();
}

void Lookup::age() {
  owner_.on_aged();
}

/// One family has addresses, and the other has had its time.
void Lookup::make_do() {
  const Reply missing{.outcome = Outcome::timed_out, .addresses = {}};
  settle(combine(v4_.value_or(missing), v6_.value_or(missing)).answer);
}

void Lookup::settle(Answer answer) {
  if (answer_) return;
  answer_ = std::move(answer);
  for (auto& waiter : waiters_) waiter.wake(net::Woken::ready);
}

void Lookup::finish_when_whole() {
  if (!v4_ || !v6_) return;
  auto verdict = combine(*v4_, *v6_);
  delay_.disarm();
  if (youth_.armed()) {
    youth_.disarm();
    owner_.on_aged();
  }
  settle(verdict.answer);
  owner_.on_done(*this, std::move(verdict));
}

}  // namespace culvert::dns

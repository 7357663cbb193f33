// SPDX-License-Identifier: Apache-2.0
#include "support/relaying.hpp"

#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>

#include "net/socket.hpp"

namespace culvert::test {
namespace {

class Kept final : public relay::Owner {
 public:
  Kept(relay::Meter* meter, const bool& allowed, std::shared_ptr<Relaying::Known> known,
       std::promise<relay::Outcome> promise)
      : meter_(meter), allowed_(allowed), known_(std::move(known)), promise_(std::move(promise)) {}
  void ended(const relay::Outcome& outcome) override {
    auto kept = outcome;
    if (outcome.websocket != nullptr) {
      known_->facts = *outcome.websocket;
      kept.websocket = &known_->facts;
    }
    known_->watch = nullptr;
    promise_.set_value(kept);
  }
  relay::Meter* meter() override { return meter_; }
  bool still_allowed() override { return allowed_; }

 private:
  relay::Meter* meter_;
  const bool& allowed_;
  std::shared_ptr<Relaying::Known> known_;
  std::promise<relay::Outcome> promise_;
};

/// The relay's end and the far one. Where that is to be slow there is little room on the way, too.
std::pair<net::Descriptor, Peer> connected(int receive_bytes) {
  Origin door;
  auto far =
      Peer::to({.address = *Address::parse("127.0.0.1"), .port = door.port()}, receive_bytes);
  net::Descriptor ours(door.accept().release());
  fcntl(ours.number(), F_SETFL, O_NONBLOCK);
  if (receive_bytes != 0) {
    const int send_bytes = 16 * receive_bytes;
    setsockopt(ours.number(), SOL_SOCKET, SO_SNDBUF, &send_bytes, sizeof send_bytes);
  }
  return {std::move(ours), std::move(far)};
}

}  // namespace

Relaying::Relaying(Time time)
    : loop_(time == Time::real ? net::Loop::ReadClock(net::Clock::now)
                               : [this] { return clock_.now(); }),
      thread_([this] { loop_.run(); }) {}

Relaying::~Relaying() {
  loop_.post([this] {
    relays_.stop_all();
    loop_.stop();
  });
  thread_.join();
}

Relaying::Ends Relaying::begin(Begin how, int receive_bytes) {
  auto [our_client, far_client] = connected(receive_bytes);
  auto [our_origin, far_origin] = connected(receive_bytes);
  std::promise<relay::Outcome> promise;
  auto ended = promise.get_future();
  auto known = std::make_shared<Known>();
  auto kept = std::make_unique<Kept>(how.meter, allowed_, known, std::move(promise));
  run([this, &known, client = std::move(our_client), origin = std::move(our_origin),
       how = std::move(how), kept = std::move(kept)]() mutable {
    auto up = net::Socket::watching(loop_, std::move(client));
    auto down = net::Socket::watching(loop_, std::move(origin));
    auto watch = how.websocket ? std::make_unique<websocket::Watch>(how.settings,
                                                                    websocket::Facts(), loop_.now())
                               : nullptr;
    known->watch = watch.get();
    relays_.start({.client = up.release(),
                   .origin = down.release(),
                   .to_origin = how.to_origin,
                   .to_client = how.to_client,
                   .websocket = std::move(watch)},
                  how.limits, std::move(kept));
  });
  return {std::move(far_client), std::move(far_origin), std::move(ended), std::move(known)};
}

relay::Outcome Relaying::Ends::outcome() {
  if (ended.wait_for(Peer::patience) != std::future_status::ready) {
    throw std::runtime_error("the tunnel did not end");
  }
  return ended.get();
}

bool Relaying::Ends::has_ended() const {
  return ended.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

void Relaying::advance(net::milliseconds by) {
  clock_.advance(by);
  run([] {});
  run([] {});  // what was due in the turn of the first one has been done before this
}

websocket::Facts Relaying::facts(const Ends& ends) {
  websocket::Facts facts;
  run([&] {
    facts = ends.known->watch != nullptr ? ends.known->watch->facts() : ends.known->facts;
  });
  return facts;
}

void Relaying::drain(net::milliseconds within) {
  run([this, within] { relays_.drain(loop_.now() + within); });
}

void Relaying::deny_all() {
  run([this] {
    allowed_ = false;
    relays_.judge();
  });
}

/// On the loop's thread, and done on return.
void Relaying::run(std::move_only_function<void()> job) {
  std::promise<void> done;
  loop_.post([&] {
    job();
    done.set_value();
  });
  done.get_future().get();
}

void send_while_open(Peer& from, const std::string& bytes) {
  try {
    from.send(bytes);
  } catch (const std::runtime_error&) {
    return;  // cut off
  }
}

}  // namespace culvert::test

// SPDX-License-Identifier: Apache-2.0
#include "proxy/worker.hpp"

#include <algorithm>
#include <exception>
#include <random>
#include <utility>

#include "net/own_address.hpp"
#include "net/socket_address.hpp"
#include "proxy/carrier.hpp"
#include "proxy/dns_settings.hpp"
#include "proxy/session.hpp"

namespace culvert::proxy {
namespace {

// What is left at the end of a drain has so long to be told of it.
constexpr net::milliseconds farewell{1000};

/// Ids of different workers and runs do not meet.
std::uint64_t random_base() {
  std::random_device random;
  return std::uint64_t{random()} << 32 | random();
}

}  // namespace

/// Ends what has not ended by itself.
class Worker::DrainTimer final : net::Deadline {
 public:
  DrainTimer(Worker& worker, net::TimePoint when) : worker_(worker) {
    worker.loop_.wheel().arm(*this, when);
  }

 private:
  void on_deadline() override { worker_.end_all(); }
  Worker& worker_;
};

Worker::Worker(Setup setup, Shared shared)
    : shared_(std::move(shared)),
      scratch_(std::make_unique<std::array<char, 64UL * 1024>>()),
      relays_(loop_),
      pool_(loop_),
      streams_(*this),
      gate_(*this, *shared_.census),
      porch_(loop_, [this] { leave_if_done(); }),
      id_base_(random_base()) {
  take(std::move(setup));
}

Worker::~Worker() = default;

void Worker::take(Setup setup) {
  // A new resolver only for new settings: the cache is worth keeping.
  if (!resolver_ || setup.config->dns != config_->dns) {
    resolver_ = std::make_unique<dns::Resolver>(loop_, dns_settings(setup.config->dns));
  }
  hold(std::move(setup));
  pool_.use(config_);
  streams_.use(config_);
  origin_versions_.forget_all();
}

void Worker::hold(Setup setup) {
  trust_ = std::move(setup.trust);
  authenticator_ = std::move(setup.authenticator);
  terms_ = std::move(setup.listeners);
  // A count of its own for each worker: sessions copy the pointer without touching what others
  // count.
  const auto* config = setup.config.get();
  config_ = {config, [held = std::move(setup.config)](const auto*) {}};
}

void Worker::listen(net::Descriptor socket) {
  // Counted on this thread alone, like the configuration.
  const auto place = std::make_shared<const ListenPlace>(net::local_place(socket.number()));
  auto accepted = [this, place](net::Descriptor client, const Peer& from) {
    gate_.arrive({.connection = std::move(client)}, {.peer = from, .listener = place});
  };
  listeners_.push_back(
      std::make_unique<net::Listener>(loop_, std::move(socket), *shared_.exhaustion, accepted));
}

bool Worker::listens_on(const Endpoint& peer, int socket) const {
  return std::ranges::any_of(listeners_, [&](const auto& listener) {
    const auto* own = listener->place().endpoint();
    if (own == nullptr || own->port != peer.port) return false;
    return own->address == peer.address ||
           (own->address.is_unspecified() && (net::local_endpoint(socket).address == peer.address ||
                                              net::is_own_address(peer.address)));
  });
}

const ListenerTerms& Worker::terms_of(const ListenPlace& listener) const {
  static const ListenerTerms unsaid;
  const auto found = std::ranges::find(terms_, listener, &ListenerTerms::place);
  return found == terms_.end() ? unsaid : *found;
}

void Worker::run() {
  loop_.run();
  flush_log();
}

void Worker::reload(Setup setup, std::vector<net::Descriptor> added,
                    std::vector<ListenPlace> removed) {
  loop_.post([this, setup = std::move(setup), added = std::move(added),
              removed = std::move(removed)]() mutable {
    if (draining_) {  // nothing new begins, but what still runs is judged by the new policy
      hold(std::move(setup));
      return judge();
    }
    for (const auto& place : removed) {
      std::erase_if(listeners_, [&](const auto& listener) { return listener->place() == place; });
    }
    for (auto& socket : added) listen(std::move(socket));
    take(std::move(setup));
    judge();
  });
}

/// Sessions are aborted, which takes none out of the list before the next turn.
void Worker::judge() {
  relays_.judge();
  for (auto* session : sessions_) session->judge();
}

void Worker::drain(net::milliseconds grace) {
  loop_.post([this, grace] { begin_drain(grace); });
}

void Worker::stop() {
  loop_.post([this] {
    begin_drain({});
    end_all();
  });
}

void Worker::begin_drain(net::milliseconds grace) {
  draining_ = true;
  pool_.use(nullptr);
  streams_.use(nullptr);
  listeners_.clear();
  porch_.abort();  // nobody has asked anything yet
  for (auto* session : sessions_) session->drain();
  for (const auto& carrier : carriers_) carrier->leave();
  const auto now = loop_.now();
  relays_.drain(now + grace - std::min(farewell, grace / 2));
  drain_timer_ = std::make_unique<DrainTimer>(*this, now + grace);
  leave_if_done();
}

void Worker::end_all() {
  ending_ = true;
  relays_.stop_all();
  resolver_.reset();  // ends the look-ups that sessions wait for
  for (auto* session : sessions_) session->abort();
  for (const auto& carrier : carriers_) carrier->abort();
  leave_if_done();
}

void Worker::leave_if_done() {
  const bool serves = !sessions_.empty() || !carriers_.empty() || !porch_.empty();
  if (draining_ && !serves && relays_.open() == 0) loop_.stop();
}

void Worker::add(Session& session) {
  session.place = sessions_.size();
  sessions_.push_back(&session);
}

void Worker::remove(Session& session) {
  sessions_[session.place] = sessions_.back();
  sessions_[session.place]->place = session.place;
  sessions_.pop_back();
  leave_if_done();
}

void Worker::add(std::unique_ptr<Carrier> carrier) {
  carrier->place = carriers_.size();
  carriers_.push_back(std::move(carrier));
}

void Worker::remove(Carrier& carrier) {
  const auto place = carrier.place;
  std::swap(carriers_[place], carriers_.back());
  carriers_[place]->place = place;
  carriers_.pop_back();
  leave_if_done();
}

void Worker::log(const observe::AccessRecord& record, observe::Event event,
                 const observe::Live& live) {
  if (!shared_.access_log->wanted()) return;
  if (log_lines_.empty()) loop_.later([this] { flush_log(); });
  log_lines_ += observe::json_line(record, event, loop_.now(), live);
}

void Worker::flush_log() {
  if (!log_lines_.empty()) shared_.access_log->write(log_lines_);
  log_lines_.clear();
}

}  // namespace culvert::proxy

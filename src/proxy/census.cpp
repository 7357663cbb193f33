// SPDX-License-Identifier: Apache-2.0
#include "proxy/census.hpp"

#include <utility>

#include <culvert/error.hpp>

namespace culvert::proxy {

Census::Ticket::~Ticket() {
  if (client_ != nullptr) client_->second.of.give_back(*client_);
}

Census::Ticket::Ticket(Ticket&& other) noexcept : client_(std::exchange(other.client_, nullptr)) {}

Census::Ticket& Census::Ticket::operator=(Ticket&& other) noexcept {
  std::swap(client_, other.client_);
  return *this;
}

/// A client that is over its own limit hears so even when all places are taken: it can do something
/// about that.
Result<Census::Ticket> Census::admit(const Peer& peer) {
  const Client client(peer);
  const std::scoped_lock lock(mutex_);
  const auto known = clients_.find(client);
  const std::size_t its_own = known == clients_.end() ? 0 : known->second.open;
  if (its_own >= bounds_.per_client) return fail(Errc::client_limit_reached);
  if (open_ >= bounds_.in_all) return fail(Errc::connection_limit_reached);
  auto& counted = known != clients_.end() ? *known : *clients_.emplace(client, *this).first;
  ++counted.second.open;
  ++open_;
  return Ticket(counted);
}

void Census::give_back(Tallies::value_type& client) {
  const std::scoped_lock lock(mutex_);
  --open_;
  if (--client.second.open == 0) clients_.erase(clients_.find(client.first));
}

void Census::use(Bounds bounds) {
  const std::scoped_lock lock(mutex_);
  bounds_ = bounds;
}

bool Census::enter_turned_away() {
  if (turned_away_++ < most_turned_away) return true;
  --turned_away_;
  return false;
}

std::size_t Census::open() const {
  const std::scoped_lock lock(mutex_);
  return open_;
}

}  // namespace culvert::proxy

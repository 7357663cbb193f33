// SPDX-License-Identifier: Apache-2.0
#include "app/tally.hpp"

namespace culvert::app {
namespace {

/// True when a rule that asks for `sni = "match"` would end the tunnel.
bool is_strange(const Sighting& sighting) {
  if (sighting.server_name.empty()) return false;
  const auto named = Host::parse(sighting.server_name);
  return !named || *named != sighting.target.host;
}

/// The address that a rule would have to let through, whether or not it got so far.
std::optional<Address> address_of(const Sighting& sighting) {
  if (sighting.resolved) return sighting.resolved;
  const auto& host = sighting.target.host;
  return host.is_address() ? std::optional(host.address()) : std::nullopt;
}

Address cut(const Address& address, std::size_t kept_bytes) {
  Address::Bytes16 bytes{};
  const auto kept = address.bytes().first(kept_bytes);
  std::ranges::copy(kept, bytes.begin());
  if (address.is_v4()) return Address::v4(address.v4_number() & 0xffffff00);
  return Address::v6(bytes);
}

template <class Enum>
void add_all(policy::Few<Enum>& into, policy::Few<Enum> from, std::initializer_list<Enum> values) {
  for (const auto value : values) {
    if (from.has(value)) into.add(value);
  }
}

}  // namespace

Block network_of(const Address& client) {
  if (client.is_loopback()) {
    return client.is_v4() ? Block(Address::v4(0x7f000000), 8) : Block(client, 128);
  }
  return client.is_v4() ? Block(cut(client, 3), 24) : Block(cut(client, 8), 64);
}

void Seen::add(const Sighting& sighting) {
  switch (sighting.event) {
    case Sighting::Event::open: ++opened; break;
    case Sighting::Event::close: ++closed; break;
    case Sighting::Event::request: ++requests; break;
  }
  schemes.add(sighting.scheme);
  if (sighting.speech) speeches.add(*sighting.speech);
  if (const auto address = address_of(sighting); address && is_private(*address)) {
    private_addresses.insert(*address);
  }
  if (is_strange(sighting)) strange_names.add(sighting.server_name);
  if (sighting.client) {
    clients.insert(network_of(*sighting.client));
  } else {
    unix_clients = true;
  }
  if (!sighting.user.empty()) users.add(sighting.user);
  if (!sighting.would_deny.empty()) would_deny.add(sighting.would_deny);
  denied = denied || sighting.denied;
}

void Seen::add(const Seen& other) {
  using policy::Scheme;
  using policy::Speech;
  opened += other.opened;
  closed += other.closed;
  requests += other.requests;
  add_all(schemes, other.schemes,
          {Scheme::http, Scheme::https, Scheme::ws, Scheme::wss, Scheme::connect});
  add_all(speeches, other.speeches, {Speech::tls, Speech::websocket, Speech::http, Speech::any});
  private_addresses.insert(other.private_addresses.begin(), other.private_addresses.end());
  strange_names.add(other.strange_names);
  clients.insert(other.clients.begin(), other.clients.end());
  unix_clients = unix_clients || other.unix_clients;
  users.add(other.users);
  would_deny.add(other.would_deny);
  denied = denied || other.denied;
}

void Tally::add(const Sighting& sighting) {
  const auto& [host, port] = sighting.target;
  seen[{.host = host.text(), .is_address = host.is_address(), .port = port.number()}].add(sighting);
}

}  // namespace culvert::app

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "net/loop.hpp"
#include "proxy/gate.hpp"

/// The way of a connection of a TLS listener from its first byte to what it speaks.
namespace culvert::proxy {

class Worker;

/// Its handshake. What comes back is to be taken over in the same turn. nullopt: there was none,
/// and the connection is closed; who speaks HTTP in the clear is told that TLS is spoken here. Adds
/// to `came` whose certificate was shown.
net::Task<std::optional<Arrived>> secure(Worker& worker, Arrived client, Came& came);

/// Serves one connection: the handshake, and then what ALPN settled on. To be spawned.
net::Task<void> serve_secured(Worker& worker, Arrived client, Came came, Census::Ticket counted);

}  // namespace culvert::proxy

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "base/peer.hpp"
#include "base/place.hpp"
#include "net/client_certificate.hpp"
#include "net/descriptor.hpp"
#include "net/socket.hpp"
#include "net/wheel.hpp"
#include "proxy/census.hpp"

namespace culvert::proxy {

class Worker;

/// Where a connection came from, and by which listener.
struct Came {
  Peer peer;
  std::shared_ptr<const ListenPlace> listener;
  /// Of a stream: the id of the HTTP/2 connection that carries it; else 0.
  std::uint64_t carrier = 0;
  /// That the client showed to a TLS listener; null: none.
  std::shared_ptr<const net::ClientCertificate> certificate = nullptr;
};

/// A client's connection, or a stream of one, and whether somebody watched it before.
struct Arrived {
  net::Connection connection;
  net::Socket::Start start = net::Socket::Start::watch;
};

/// Where a worker's connections come in. Those within the limits become sessions. One over a limit
/// becomes a short session that answers 503 or 429, since a closed connection tells nobody why;
/// but these cost as much as others while they last, so there are few at a time, and beyond that a
/// connection is closed at once.
class Gate final : net::Deadline {
 public:
  Gate(Worker& worker, Census& census) : worker_(worker), census_(census) {}

  /// A connection was accepted.
  void arrive(Arrived client, const Came& from);

 private:
  /// Says on stderr how many were closed, a second after the first.
  void on_deadline() override;

  Worker& worker_;
  Census& census_;
};

}  // namespace culvert::proxy

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <culvert/policy.hpp>

#include "observe/access_record.hpp"
#include "proxy/census.hpp"
#include "proxy/quota.hpp"
#include "proxy/request.hpp"
#include "relay/tunnel.hpp"

namespace culvert::proxy {

class Worker;

/// That a client showed to a TLS listener; null: none.
using ShownCertificate = std::shared_ptr<const net::ClientCertificate>;

/// The request of a record as it would be now, under the worker's configuration, to ask the policy
/// about. nullopt when the record names no target.
std::optional<Request> asked_again(Worker& worker, const observe::AccessRecord& record,
                                   policy::Scheme scheme, const std::string& handshake,
                                   const ShownCertificate& certificate);

/// What a tunnel keeps of its request, in one piece: its log line, its place in the counts, and
/// what it takes to ask a new policy about it.
class TunnelOwner final : public relay::Owner {
 public:
  TunnelOwner(Worker& worker, Request request, Census::Ticket counted);

  /// The relay begins: writes the log line that says so. Of a WebSocket with what is known of it.
  void opened(const websocket::Facts* websocket);
  void ended(const relay::Outcome& outcome) override;
  void leaving() override;
  relay::Meter* meter() override { return grant_.meter(); }
  /// By the worker's configuration of now.
  bool still_allowed() override;

 private:
  Worker& worker_;
  observe::AccessRecord record_;
  Census::Ticket counted_;
  Grant grant_;
  std::string handshake_;  // of a WebSocket, small_enough()
  ShownCertificate certificate_;
  policy::Scheme scheme_;
};

}  // namespace culvert::proxy

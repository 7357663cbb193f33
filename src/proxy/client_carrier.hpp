// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "proxy/carrier.hpp"
#include "proxy/census.hpp"
#include "proxy/gate.hpp"

namespace culvert::proxy {

/// A client's HTTP/2 connection: each stream that it begins is a client connection with one
/// request, and comes in by the gate like all others.
class ClientCarrier final : public Carrier {
 public:
  ClientCarrier(Worker& worker, net::Connection connection, Came from, Census::Ticket counted);

 private:
  http2::Stream* on_stream() override;
  void arrive(CarriedStream& stream, std::error_code why) override;
  void note_unread(std::uint32_t code) override;
  void on_end_of_connection(std::uint32_t error) override;
  void log_failure(std::uint64_t id, const std::string& what);
  net::milliseconds idle_limit() const override;

  Came from_;  // of its streams
  Census::Ticket counted_;
};

}  // namespace culvert::proxy

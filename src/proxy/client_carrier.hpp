// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include "proxy/carrier.hpp"
#include "proxy/census.hpp"
#include "proxy/gate.hpp"

namespace culvert::proxy {

/// A client's HTTP/2 connection: each stream that it begins is a client connection with one
/// request, and comes in by the gate like all others.
class ClientCarrier final : public Carrier {
 public:
  ClientCarrier(Worker& worker, net::Connection connection, Came from, Census::Ticket counted);
  /// From now on streams are refused, and after the first one the connection ends. `place` is held
  /// as long as it lasts.
  void turn_away(std::error_code why, std::shared_ptr<void> place);

 private:
  http2::Stream* on_stream() override;
  void arrive(CarriedStream& stream, std::error_code why) override;
  void note_unread(std::uint32_t code) override;
  void on_end_of_connection(std::uint32_t error) override;
  void log_failure(std::uint64_t id, const std::string& what);
  net::milliseconds idle_limit() const override;

  Came from_;             // of its streams
  std::error_code over_;  // the limit that was reached before it came
  std::shared_ptr<void> place_;
  Census::Ticket counted_;
  std::size_t requests_ = 0;
  std::size_t most_streams_;  // with those whose clients have left
};

/// Serves a connection that speaks HTTP/2; `received` was read of it already.
void serve_http2(Worker& worker, net::Connection connection, Came from, Census::Ticket counted,
                 std::string_view received = {});
/// The same for one that is over a limit: a close alone would tell nobody why.
void refuse_http2(Worker& worker, net::Connection connection, Came from, std::error_code why,
                  std::shared_ptr<void> place);

}  // namespace culvert::proxy

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <system_error>

#include "net/connection.hpp"
#include "net/waiter.hpp"
#include "proxy/carrier.hpp"

namespace culvert::proxy {

/// An HTTP/2 connection to an origin: each of its streams is a connection to the origin that has
/// one exchange. It lasts at least as long as any of them.
class OriginCarrier final : public Carrier {
 public:
  /// Takes over a connected socket; over TLS, one that settled on "h2". The worker owns the
  /// carrier, which begins at once and ends by itself when it had no stream for `idle`.
  static OriginCarrier& start(Worker& worker, net::Connection connection, bool tls,
                              net::milliseconds idle);
  OriginCarrier(Worker& worker, net::Connection connection, bool tls, net::milliseconds idle);

  /// Waits until the origin's settings are known. The caller has a stream. Errc::timed_out,
  /// connection_terminated when they will not come any more.
  net::Task<std::error_code> settled(net::TimePoint deadline);
  bool is_settled() { return engine().settled(); }
  /// RFC 8441 §3; false before the settings are known.
  bool takes_websockets() { return engine().takes_extended_connect(); }
  /// One more stream may be opened.
  bool has_room() { return serving() && streams() < engine().most_streams(); }
  net::Connection open_stream();
  /// Nobody opens streams any more: it ends when those that are there have. (To say so to the
  /// origin before that would not hold back any of its streams, and some then hear no more of
  /// ours.)
  void dismiss();
  /// The origin did not answer in time. Perhaps the connection leads nowhere any more, which nobody
  /// tells: what is under way on it goes on, and nothing new is to wait for it.
  void doubt();

  /// Calls `told` once, when no new stream can be opened any more. An empty function takes it back.
  void when_over(std::move_only_function<void()> told) { over_ = std::move(told); }

 private:
  http2::Stream* on_stream() override { return nullptr; }  // nothing is pushed (RFC 9113 §8.4)
  void on_settings() override { settling_.wake(net::Woken::ready); }
  void on_goaway(std::int32_t last) override;
  void arrive(CarriedStream& stream, std::error_code why) override;
  void on_end_of_connection(std::uint32_t error) override;
  net::milliseconds idle_limit() const override { return idle_; }
  void tell_over();

  net::Waiter settling_;
  std::move_only_function<void()> over_;
  net::milliseconds idle_;
  bool tls_;
};

}  // namespace culvert::proxy

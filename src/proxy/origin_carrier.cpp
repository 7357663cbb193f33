// SPDX-License-Identifier: Apache-2.0
#include "proxy/origin_carrier.hpp"

#include <utility>

#include <culvert/error.hpp>

#include "proxy/http2_settings.hpp"
#include "proxy/worker.hpp"

namespace culvert::proxy {
OriginCarrier& OriginCarrier::start(Worker& worker, net::Connection connection, bool tls,
                                    net::milliseconds idle) {
  auto made = std::make_unique<OriginCarrier>(worker, std::move(connection), tls, idle);
  auto& carrier = *made;
  worker.add(std::move(made));
  carrier.Carrier::start({});
  return carrier;
}

OriginCarrier::OriginCarrier(Worker& worker, net::Connection connection, bool tls,
                             net::milliseconds idle)
    : Carrier(worker, std::move(connection), http2::Role::client, http2_settings(*worker.config()),
              http2_limits(*worker.config())),
      settling_(worker.loop()),
      idle_(idle),
      tls_(tls) {}

net::Task<std::error_code> OriginCarrier::settled(net::TimePoint deadline) {
  while (!is_settled()) {
    if (!serving_or_leaving()) co_return Errc::connection_terminated;
    if (co_await settling_.wait(deadline) == net::Woken::timed_out) co_return Errc::timed_out;
  }
  co_return std::error_code();
}

net::Connection OriginCarrier::open_stream() {
  return net::Connection(add(http2::OriginSpeech(worker_.config()->http.limits, tls_)).layer());
}

void OriginCarrier::doubt() {
  tell_over();
  dismiss();
}

void OriginCarrier::dismiss() {
  idle_ = net::milliseconds(1);
  if (streams() == 0) leave();
}

/// Streams above the last one have failed already (Errc::stream_refused).
void OriginCarrier::on_goaway(std::int32_t /*last*/) {
  tell_over();
  leave();
}

/// Whoever has the layer reads it.
void OriginCarrier::arrive(CarriedStream& stream, std::error_code why) {
  if (why) stream.refuse(why);
}

void OriginCarrier::on_end_of_connection(std::uint32_t /*error*/) {
  settling_.wake(net::Woken::ready);
  tell_over();
}

void OriginCarrier::tell_over() {
  if (over_) std::exchange(over_, {})();
}

}  // namespace culvert::proxy

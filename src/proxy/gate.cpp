// SPDX-License-Identifier: Apache-2.0
#include "proxy/gate.hpp"

#include <utility>

#include "observe/log.hpp"
#include "proxy/client_carrier.hpp"
#include "proxy/secure.hpp"
#include "proxy/session.hpp"

namespace culvert::proxy {
namespace {

constexpr net::milliseconds report_interval{1000};

/// One of those who are turned away, as long as this lasts.
class Place {
 public:
  explicit Place(Census& taken_in) : in_(&taken_in) {}
  ~Place() {
    if (in_ != nullptr) in_->leave_turned_away();
  }
  Place(Place&& other) noexcept : in_(std::exchange(other.in_, nullptr)) {}
  Place& operator=(Place&&) = delete;

 private:
  Census* in_;
};

/// A stream does not: its connection has done so.
bool speaks_tls(const Worker& worker, const Came& from) {
  return from.carrier == 0 && worker.terms_of(*from.listener).tls;
}

net::Task<void> turn_away(Worker& worker, Arrived client, Came from, std::error_code why,
                          Place held) {
  if (speaks_tls(worker, from)) {
    auto secured = co_await secure(worker, std::move(client), from);
    if (!secured) co_return;
    if (secured->connection.layer->protocol() == "h2") {
      co_return refuse_http2(worker, std::move(secured->connection), std::move(from), why,
                             std::make_shared<Place>(std::move(held)));
    }
    client = *std::move(secured);
  }
  Session session(worker, std::move(client), std::move(from), {});
  co_await session.turn_away(why);
}

}  // namespace

void Gate::arrive(Arrived client, const Came& from) {
  auto& loop = worker_.loop();
  auto counted = census_.admit(from.peer);
  if (counted && speaks_tls(worker_, from)) {
    loop.spawn(serve_secured(worker_, std::move(client), from, std::move(*counted)));
  } else if (counted) {
    loop.spawn(serve_client(worker_, std::move(client), from, std::move(*counted)));
  } else if (census_.enter_turned_away()) {
    Place place(census_);
    loop.spawn(turn_away(worker_, std::move(client), from, counted.error(), std::move(place)));
  } else if (census_.count_closed()) {
    loop.wheel().arm(*this, loop.now() + report_interval);
  }
}

void Gate::on_deadline() {
  observe::log_warning("over the limit of connections: {} closed without an answer",
                       census_.take_closed());
}

}  // namespace culvert::proxy

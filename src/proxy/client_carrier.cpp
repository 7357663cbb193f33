// SPDX-License-Identifier: Apache-2.0
#include "proxy/client_carrier.hpp"

#include <utility>

#include "proxy/http2_settings.hpp"
#include "proxy/session.hpp"
#include "proxy/worker.hpp"

namespace culvert::proxy {
namespace {

/// A stream's place among the clients' connections, for one that is refused whatever it is.
net::Task<void> refuse_stream(Worker& worker, Arrived client, Came from, std::error_code why) {
  Session session(worker, std::move(client), std::move(from), {});
  co_await session.refuse_unread(why);
}

constexpr net::milliseconds patience_with_refused{2000};

}  // namespace

ClientCarrier::ClientCarrier(Worker& worker, net::Connection connection, Came from,
                             Census::Ticket counted)
    : Carrier(worker, std::move(connection), http2::Role::server, http2_settings(*worker.config()),
              http2_limits(*worker.config())),
      from_(std::move(from)),
      counted_(std::move(counted)),
      most_streams_(2 * worker.config()->http2.max_streams) {
  from_.carrier = worker.next_id();
}

/// Streams whose clients have left may still be here, on their way to their end: a client that
/// resets them as fast as it opens them is to wait for that.
http2::Stream* ClientCarrier::on_stream() {
  const bool has_heard_why = over_ && requests_ > 0;
  if (streams() >= most_streams_ || has_heard_why || !serving_or_leaving()) return nullptr;
  return &add(http2::ClientSpeech(worker_.config()->http.limits));
}

void ClientCarrier::turn_away(std::error_code why, std::shared_ptr<void> place) {
  over_ = why;
  place_ = std::move(place);
}

void ClientCarrier::arrive(CarriedStream& stream, std::error_code why) {
  const auto most = worker_.config()->limits.requests_per_connection;
  if (over_) why = over_;
  ++requests_;
  if (over_ || requests_ == most) leave();
  Arrived client{.connection = net::Connection(stream.layer()),
                 .start = net::Socket::Start::hand_over};
  if (why) {
    worker_.loop().spawn(refuse_stream(worker_, std::move(client), from_, why));
  } else {
    worker_.arrive(std::move(client), from_);
  }
}

void ClientCarrier::note_unread(std::uint32_t code) {
  log_failure(worker_.next_id(),
              std::string("malformed request on a stream: ") + http2::name_of_code(code));
}

void ClientCarrier::on_end_of_connection(std::uint32_t error) {
  counted_ = {};
  if (error == http2::no_error) return;
  log_failure(from_.carrier, std::string("connection ended: ") + http2::name_of_code(error));
}

/// Of what never was a request.
void ClientCarrier::log_failure(std::uint64_t id, const std::string& what) {
  observe::AccessRecord record;
  record.id = id;
  record.client = from_.peer;
  record.listener = from_.listener;
  record.carrier = from_.carrier;
  record.begun = worker_.loop().now();
  record.error = "http_request_error";
  record.closer = "proxy";
  record.more().reason = what;
  worker_.log(record, observe::Event::request);
}

net::milliseconds ClientCarrier::idle_limit() const {
  return over_ ? patience_with_refused : worker_.config()->timeouts.keep_alive;
}

namespace {

ClientCarrier& add_carrier(Worker& worker, net::Connection connection, Came from,
                           Census::Ticket counted) {
  auto made = std::make_unique<ClientCarrier>(worker, std::move(connection), std::move(from),
                                              std::move(counted));
  auto& carrier = *made;
  worker.add(std::move(made));
  return carrier;
}

}  // namespace

void serve_http2(Worker& worker, net::Connection connection, Came from, Census::Ticket counted,
                 std::string_view received) {
  auto& carrier = add_carrier(worker, std::move(connection), std::move(from), std::move(counted));
  carrier.start(received);
  if (worker.draining()) carrier.leave();
}

void refuse_http2(Worker& worker, net::Connection connection, Came from, std::error_code why,
                  std::shared_ptr<void> place) {
  auto& carrier = add_carrier(worker, std::move(connection), std::move(from), {});
  carrier.turn_away(why, std::move(place));
  carrier.start({});
}

}  // namespace culvert::proxy

// SPDX-License-Identifier: Apache-2.0
#include "proxy/secure.hpp"

#include <string>
#include <string_view>
#include <utility>

#include <culvert/error.hpp>

#include "proxy/client_carrier.hpp"
#include "proxy/porch.hpp"
#include "proxy/session.hpp"

namespace culvert::proxy {
namespace {

constexpr std::string_view tls_is_spoken_here =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 95\r\n"
    "Connection: close\r\n\r\n"
    "This is an HTTPS proxy: connect to it with TLS, for example with curl -x "
    "https://HOST:PORT ...\n";

// To read what the client still sends, since a close that leaves it unread would reset the
// connection, and the answer would be lost with it.
constexpr net::milliseconds farewell{2000};
constexpr std::size_t most_dropped_bytes = 64UL * 1024;

/// A method begins with a letter, nearly always a large one; a record of TLS with a number below
/// 32.
bool begins_method(char byte) {
  return byte >= 'A' && byte <= 'Z';
}

net::Task<void> tell_to_use_tls(Worker& worker, net::Socket& socket) {
  const auto until = worker.loop().now() + farewell;
  if (co_await socket.write_all(tls_is_spoken_here, farewell)) co_return;
  socket.finish();
  for (std::size_t dropped = 0; dropped < most_dropped_bytes;) {
    if (co_await socket.wait_readable(until)) co_return;
    const auto got = socket.try_read(worker.scratch());
    if (!got && net::is_would_block(got.error())) continue;
    if (!got || *got == 0) co_return;
    dropped += *got;
  }
}

/// The first byte, left where it is, so that who says nothing costs no TLS.
net::Task<Result<char>> first_byte(net::Socket& socket, net::TimePoint deadline) {
  while (true) {
    if (const auto error = co_await socket.wait_readable(deadline)) co_return fail(error);
    char byte = 0;
    const auto got = socket.peek(byte);
    if (got && *got == 1) co_return byte;
    if (got) co_return fail(Errc::connection_terminated);
    if (!net::is_would_block(got.error())) co_return fail(got.error());
  }
}

std::string text_of(const net::TlsFailure& failure) {
  if (failure.why == Errc::timed_out) return "it took too long";
  if (!failure.detail.empty()) return failure.detail;
  return failure.why.message();
}

void note(Worker& worker, const Came& came, const net::TlsFailure& failure) {
  if (failure.why == Errc::aborted && worker.draining()) return;
  worker.porch().note_failure(came.peer, failure.why == Errc::aborted
                                             ? "it was given up: too many are under way"
                                             : text_of(failure));
}

}  // namespace

net::Task<std::optional<Arrived>> secure(Worker& worker, Arrived client, Came& came) {
  if (worker.draining()) co_return std::nullopt;
  const auto tls = worker.terms_of(*came.listener).tls;
  const auto deadline = net::after(worker.loop().now(), worker.config()->timeouts.tls_handshake);
  net::Socket socket(worker.loop(), std::move(client.connection), client.start);
  const Porch::Seat seat(worker.porch(), socket);
  if (!seat.taken() || !tls) {
    worker.porch().note_failure(came.peer, "too many are under way");
    co_return std::nullopt;
  }
  const auto first = co_await first_byte(socket, deadline);
  if (!first) {
    // Who leaves without a word has not failed: so do those who look whether anybody listens.
    if (first.error() != Errc::connection_terminated) {
      note(worker, came, {.why = first.error(), .detail = {}});
    }
    co_return std::nullopt;
  }
  if (begins_method(*first)) {
    worker.porch().note_failure(came.peer, "it speaks HTTP in the clear");
    co_await tell_to_use_tls(worker, socket);
    co_return std::nullopt;
  }
  auto shaken = co_await socket.accept_tls(*tls, deadline, worker.porch().turns());
  if (!shaken) {
    note(worker, came, shaken.error());
    co_return std::nullopt;
  }
  if (worker.draining()) co_return std::nullopt;
  came.certificate = *std::move(shaken);
  co_return Arrived{.connection = socket.release(), .start = net::Socket::Start::hand_over};
}

namespace {

/// What ALPN settled on has a life of its own, so that nothing of the handshake stays with it.
void serve_spoken(Worker& worker, Arrived secured, Came came, Census::Ticket counted) {
  if (secured.connection.layer->protocol() == "h2") {
    return serve_http2(worker, std::move(secured.connection), std::move(came), std::move(counted));
  }
  worker.loop().spawn(
      serve_client(worker, std::move(secured), std::move(came), std::move(counted)));
}

}  // namespace

net::Task<void> serve_secured(Worker& worker, Arrived client, Came came, Census::Ticket counted) {
  auto secured = co_await secure(worker, std::move(client), came);
  if (secured) serve_spoken(worker, *std::move(secured), std::move(came), std::move(counted));
}

}  // namespace culvert::proxy

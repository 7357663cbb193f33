// SPDX-License-Identifier: Apache-2.0
#include "net/socket.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <culvert/error.hpp>

namespace culvert::net {
namespace {

std::error_code error_of(Woken woken) {
  switch (woken) {
    case Woken::ready: return {};
    case Woken::timed_out: return Errc::timed_out;
    case Woken::aborted: return Errc::aborted;
  }
  return Errc::aborted;
}

}  // namespace

Socket::Socket(Loop& loop, Connection connection, Start how)
    : loop_(loop), connection_(std::move(connection)), reading_(loop), writing_(loop) {
  if (how == Start::watch) {
    loop_.watch(number(), *this);
  } else {
    loop_.hand_over(number(), *this);
    // Hints may have come before us. (Of a socket that has failed a read tells; to ask it why would
    // take the failure away.)
    may_read_ = to_its_end_ = true;
    broken_ = !connection_.descriptor && connection_.pending_error();
  }
}

Socket::~Socket() {
  if (number() != -1) loop_.forget(number());
}

void Socket::on_ready(int /*descriptor*/, std::uint8_t hints) {
  // Under TLS a read may have to write first, and a write to read.
  if (connection_.layer) hints |= readable | writable;
  if ((hints & ended) != 0) to_its_end_ = true;
  if ((hints & readable) != 0) {
    may_read_ = true;
    reading_.wake(Woken::ready);
  }
  if ((hints & writable) != 0) {
    writing_.wake(Woken::ready);
    if (finishing_) finish();
  }
  if ((hints & broken) != 0) {
    broken_ = true;
    if (gone_) gone_();
  }
  if ((hints & (readable | broken)) != 0 && news_) std::exchange(news_, {})();
}

Result<std::size_t> Socket::try_read(std::span<char> into) {
  auto got = connection_.read(into);
  if (!got) {
    if (got.error().value() == EAGAIN) may_read_ = to_its_end_ = false;
    return got;
  }
  // A short read has emptied the socket, and what comes next is a new hint; an end that was
  // announced gives no further one, and a layer may hold more than it gave.
  const bool emptied = *got < into.size() && *got > 0 && !to_its_end_ && !connection_.layer;
  if (emptied) may_read_ = false;
  return got;
}

Task<std::error_code> Socket::wait_readable(TimePoint deadline) {
  if (reads_aborted_) co_return Errc::aborted;
  if (may_read_) co_return std::error_code();
  co_return error_of(co_await reading_.wait(deadline));
}

Task<std::error_code> Socket::wait_until(TimePoint when) {
  while (!reads_aborted_) {
    if (co_await reading_.wait(when) == Woken::timed_out) co_return std::error_code();
  }
  co_return Errc::aborted;
}

Task<std::error_code> Socket::write_not_before(TimePoint when) {
  while (!writes_aborted_) {
    if (co_await writing_.wait(when) == Woken::timed_out) co_return std::error_code();
  }
  co_return Errc::aborted;
}

Result<std::size_t> Socket::try_write(std::string_view bytes) {
  auto sent = connection_.write(bytes);
  if (!sent && is_would_block(sent.error())) return 0;
  return sent;
}

Task<std::error_code> Socket::write_all(std::string_view bytes, milliseconds stall) {
  while (!bytes.empty()) {
    if (writes_aborted_) co_return Errc::aborted;
    const auto sent = try_write(bytes);
    if (!sent) co_return sent.error();
    bytes.remove_prefix(*sent);
    if (*sent != 0) continue;
    if (const auto error = co_await wait_for_room(stall)) co_return error;
  }
  co_return std::error_code();
}

Task<std::error_code> Socket::wait_writable(TimePoint deadline) {
  if (writes_aborted_) co_return Errc::aborted;
  co_return error_of(co_await writing_.wait(deadline));
}

/// Acknowledgements give no hint: they are looked for ten times in a stall.
Task<std::error_code> Socket::wait_for_room(milliseconds stall) {
  constexpr int looks = 10;
  auto limit = after(loop_.now(), stall);
  while (true) {
    const auto before = unacknowledged();
    const auto error = co_await wait_writable(std::min(after(loop_.now(), stall / looks), limit));
    if (error != Errc::timed_out) co_return error;
    if (unacknowledged() < before) limit = after(loop_.now(), stall);
    if (limit <= loop_.now()) co_return error;
  }
}

std::size_t Socket::unacknowledged() const {
  return connection_.unacknowledged();
}

void Socket::finish() {
  finishing_ = !connection_.finish();
}

void Socket::abort() {
  abort_reads();
  writes_aborted_ = true;
  writing_.wake(Woken::aborted);
}

void Socket::abort_reads() {
  reads_aborted_ = true;
  reading_.wake(Woken::aborted);
}

void Socket::when_broken(std::move_only_function<void()> gone) {
  gone_ = std::move(gone);
  if (broken_ && gone_) gone_();
}

bool Socket::quiet() {
  if (!connection_.quiet()) return false;
  may_read_ = to_its_end_ = false;
  return true;
}

Result<std::size_t> Socket::peek(char& byte) {
  auto got = connection_.peek(byte);
  if (!got && got.error().value() == EAGAIN) may_read_ = to_its_end_ = false;
  return got;
}

Task<std::expected<void, TlsFailure>> Socket::start_tls(const TlsContext& context, const Host& host,
                                                        TimePoint deadline, Alpn offer) {
  auto made = std::make_unique<Tls>(context, number(), host, offer);
  auto& tls = *made;
  connection_.layer = std::move(made);
  co_return co_await shake_hands(tls, deadline, nullptr);
}

Task<std::expected<std::shared_ptr<const ClientCertificate>, TlsFailure>> Socket::accept_tls(
    const TlsServer& server, TimePoint deadline, Turns& turns) {
  auto made = std::make_unique<Tls>(server, number());
  auto& tls = *made;
  connection_.layer = std::move(made);
  auto done = co_await shake_hands(tls, deadline, &turns);
  if (!done) co_return std::unexpected(std::move(done.error()));
  auto shown = tls.client_certificate(server);
  if (!shown) co_return std::unexpected(TlsFailure{.why = shown.error(), .detail = tls.detail()});
  co_return *std::move(shown);
}

/// `turns` is null where no step need wait for its turn.
Task<std::expected<void, TlsFailure>> Socket::shake_hands(Tls& tls, TimePoint deadline,
                                                          Turns* turns) {
  while (true) {
    if (turns != nullptr) co_await turns->next();
    if (reads_aborted_) co_return std::unexpected(TlsFailure{.why = Errc::aborted, .detail = {}});
    const auto done = tls.handshake();
    if (done) break;
    std::error_code error = done.error();
    if (is_would_block(error)) {
      may_read_ = false;
      error = co_await wait_readable(deadline);
    }
    if (error) {
      co_return std::unexpected(TlsFailure{.why = error, .detail = tls.detail()});
    }
  }
  may_read_ = true;
  co_return std::expected<void, TlsFailure>();
}

}  // namespace culvert::net

// SPDX-License-Identifier: Apache-2.0
#include "net/socket.hpp"

#include <cerrno>
#include <utility>

#include <sys/socket.h>

#include <culvert/error.hpp>

namespace culvert::net {
namespace {

std::error_code last_error() {
  return {errno, std::system_category()};
}

std::error_code error_of(Woken woken) {
  switch (woken) {
    case Woken::ready: return {};
    case Woken::timed_out: return Errc::timed_out;
    case Woken::aborted: return Errc::aborted;
  }
  return Errc::aborted;
}

}  // namespace

Socket::Socket(Loop& loop, Descriptor descriptor, Start how)
    : loop_(loop), descriptor_(std::move(descriptor)), reading_(loop), writing_(loop) {
  if (how == Start::watch) {
    loop_.watch(number(), *this);
  } else {
    loop_.hand_over(number(), *this);
    may_read_ = to_its_end_ = true;  // hints may have come before us
  }
}

Socket::~Socket() {
  if (descriptor_) loop_.forget(number());
}

void Socket::on_ready(int /*descriptor*/, std::uint8_t hints) {
  if ((hints & ended) != 0) to_its_end_ = true;
  if ((hints & readable) != 0) {
    may_read_ = true;
    reading_.wake(Woken::ready);
  }
  if ((hints & writable) != 0) {
    writing_.wake(Woken::ready);
  }
  if ((hints & broken) != 0) {
    broken_ = true;
    if (gone_) gone_();
  }
  if ((hints & (readable | broken)) != 0 && news_) std::exchange(news_, {})();
}

Result<std::size_t> Socket::try_read(std::span<char> into) {
  const auto got = recv(number(), into.data(), into.size(), 0);
  if (got < 0) {
    if (errno == EAGAIN) may_read_ = to_its_end_ = false;
    return fail(last_error());
  }
  const auto bytes = static_cast<std::size_t>(got);
  // A short read has emptied the socket, and what comes next is a new hint; an end that was
  // announced gives no further one.
  if (bytes < into.size() && bytes > 0 && !to_its_end_) may_read_ = false;
  return bytes;
}

Task<std::error_code> Socket::wait_readable(TimePoint deadline) {
  if (reads_aborted_) co_return Errc::aborted;
  if (may_read_) co_return std::error_code();
  co_return error_of(co_await reading_.wait(deadline));
}

Result<std::size_t> Socket::try_write(std::string_view bytes) {
  const auto sent = send(number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent >= 0) return static_cast<std::size_t>(sent);
  if (const auto error = last_error(); !is_would_block(error)) return fail(error);
  return 0;
}

Task<std::error_code> Socket::write_all(std::string_view bytes, milliseconds stall) {
  while (!bytes.empty()) {
    if (writes_aborted_) co_return Errc::aborted;
    const auto sent = try_write(bytes);
    if (!sent) co_return sent.error();
    bytes.remove_prefix(*sent);
    if (*sent != 0) continue;
    const auto woken = co_await writing_.wait(after(loop_.now(), stall));
    if (woken != Woken::ready) co_return error_of(woken);
  }
  co_return std::error_code();
}

void Socket::finish() {
  shutdown(number(), SHUT_WR);
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
  char byte = 0;
  if (recv(number(), &byte, 1, MSG_PEEK) >= 0 || errno != EAGAIN) return false;
  may_read_ = to_its_end_ = false;
  return true;
}

void Socket::reset_on_close() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(number(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

bool is_would_block(std::error_code code) {
  return code.category() == std::system_category() &&
         (code.value() == EAGAIN || code.value() == EINTR);
}

}  // namespace culvert::net

// SPDX-License-Identifier: Apache-2.0
#include "net/connect.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>

#include <sys/socket.h>

#include <culvert/error.hpp>

#include "net/options.hpp"
#include "net/socket_address.hpp"

namespace culvert::net {
namespace {

std::error_code failure_of(int error) {
  switch (error) {
    case ECONNREFUSED: return Errc::connection_refused;
    case ECONNRESET: return Errc::connection_terminated;
    case ETIMEDOUT: return Errc::connection_timeout;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM: return Errc::connection_limit_reached;
    default:
      return Errc::destination_ip_unroutable;  // ENETUNREACH, EHOSTUNREACH, EADDRNOTAVAIL,
                                               // EACCES...
  }
}

/// One address being connected to. Tells `waiter` when there is news.
class Attempt final : Watcher {
 public:
  Attempt(Loop& loop, Waiter& waiter, Address address)
      : loop_(loop), waiter_(waiter), address_(address) {}
  ~Attempt() {
    if (descriptor_) loop_.forget(descriptor_.number());
  }
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

  void start(Port port) {
    const SocketAddress to(Endpoint{.address = address_, .port = port.number()});
    Descriptor made(socket(to.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!made) return finish(errno);
    set_connection_options(made.number());
    const int result = connect(made.number(), to.data(), to.size());
    if (result != 0 && errno != EINPROGRESS) return finish(errno);
    loop_.watch(made.number(), *this);
    descriptor_ = std::move(made);
    if (result == 0) finish(0);
  }

  bool finished() const { return finished_; }
  bool connected() const { return finished_ && error_ == 0; }
  std::error_code failure() const { return failure_of(error_); }
  Connected take() { return {.descriptor = std::move(descriptor_), .address = address_}; }

 private:
  void on_ready(int descriptor, std::uint8_t hints) override {
    if (finished_ || (hints & (writable | broken)) == 0) return;
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    finish(error);
    waiter_.wake(Woken::ready);
  }

  void finish(int error) {
    finished_ = true;
    error_ = error;
  }

  Loop& loop_;
  Waiter& waiter_;
  Address address_;
  Descriptor descriptor_;
  bool finished_ = false;
  int error_ = 0;
};

/// All attempts for one target.
class Race {
 public:
  Race(Loop& loop, Waiter& news, const bool& aborted, std::vector<Address> order, Port port)
      : loop_(loop), news_(news), aborted_(aborted), order_(std::move(order)), port_(port) {}

  Task<Result<Connected>> run(TimePoint deadline) {
    while (!aborted_) {
      if (Attempt* winner = find_winner()) co_return winner->take();
      if (more_to_try() && (all_finished() || loop_.now() >= next_start_)) {
        start_next();
        continue;
      }
      if (all_finished()) co_return fail(attempts_.front()->failure());
      const auto woken =
          co_await news_.wait(more_to_try() ? std::min(deadline, next_start_) : deadline);
      if (woken == Woken::aborted) break;
      if (loop_.now() >= deadline) co_return fail(Errc::connection_timeout);
    }
    co_return fail(Errc::aborted);
  }

 private:
  bool more_to_try() const { return attempts_.size() < order_.size(); }

  void start_next() {
    attempts_.push_back(std::make_unique<Attempt>(loop_, news_, order_[attempts_.size()]));
    attempts_.back()->start(port_);
    next_start_ = loop_.now() + attempt_delay;
  }

  bool all_finished() const {
    return std::ranges::all_of(attempts_, [](const auto& attempt) { return attempt->finished(); });
  }

  Attempt* find_winner() const {
    const auto found =
        std::ranges::find_if(attempts_, [](const auto& attempt) { return attempt->connected(); });
    return found == attempts_.end() ? nullptr : found->get();
  }

  Loop& loop_;
  Waiter& news_;
  const bool& aborted_;
  std::vector<Address> order_;
  Port port_;
  std::vector<std::unique_ptr<Attempt>> attempts_;
  TimePoint next_start_;
};

}  // namespace

std::vector<Address> in_connect_order(const std::vector<Address>& addresses) {
  std::vector<Address> six;
  std::vector<Address> four;
  for (const auto& address : addresses) (address.is_v4() ? four : six).push_back(address);
  std::vector<Address> order;
  order.reserve(addresses.size());
  for (std::size_t i = 0; i < std::max(six.size(), four.size()); ++i) {
    if (i < six.size()) order.push_back(six[i]);
    if (i < four.size()) order.push_back(four[i]);
  }
  return order;
}

Task<Result<Connected>> Connector::run(std::vector<Address> addresses, Port port,
                                       TimePoint deadline) {
  Race race(loop_, news_, aborted_, in_connect_order(addresses), port);
  co_return co_await race.run(deadline);
}

}  // namespace culvert::net

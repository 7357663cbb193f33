// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "net/loop.hpp"
#include "proxy/upstream.hpp"

namespace culvert::proxy {

/// A connection to an origin between two exchanges. It is over when its time is (origin_idle), and
/// as soon as it says anything or ends: what an origin says unasked must never become the answer to
/// the next request.
class Waiting final : net::Deadline {
 public:
  Waiting(net::Loop& loop, std::unique_ptr<Upstream> upstream)
      : loop_(loop), upstream_(std::move(upstream)) {}
  ~Waiting() = default;
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  /// Begins to wait. `over` is called once, when it has ended without being taken, and may destroy
  /// this. It must stay where it is from now on.
  void wait(std::move_only_function<void()> over);
  /// Takes it for the next exchange, once. Null when it is not sound, as far as the system knows.
  std::unique_ptr<Upstream> take();
  /// Not after take().
  const Upstream& upstream() const { return *upstream_; }

 private:
  void listen();
  void look();
  void on_deadline() override { end(); }
  void end();

  net::Loop& loop_;
  std::unique_ptr<Upstream> upstream_;
  std::move_only_function<void()> over_;
};

}  // namespace culvert::proxy

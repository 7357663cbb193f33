// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "net/descriptor.hpp"
#include "net/loop.hpp"

namespace culvert::app {

/// Signals as events of a loop. Make it before any thread starts: the signals are blocked in this
/// thread and those that it starts later.
class Signals final : net::Watcher {
 public:
  /// `on_signal` is told SIGTERM, SIGINT, SIGHUP and SIGUSR1. SIGPIPE is ignored.
  Signals(net::Loop& loop, std::function<void(int)> on_signal);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  void on_ready(int descriptor, std::uint8_t hints) override;

  net::Loop& loop_;
  net::Descriptor descriptor_;
  std::function<void(int)> on_signal_;
};

}  // namespace culvert::app

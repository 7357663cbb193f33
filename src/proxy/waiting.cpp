// SPDX-License-Identifier: Apache-2.0
#include "proxy/waiting.hpp"

namespace culvert::proxy {

void Waiting::wait(std::move_only_function<void()> over) {
  upstream_->reused = true;
  over_ = std::move(over);
  listen();
  const auto limit = upstream_->config->timeouts.origin_idle;
  loop_.wheel().arm(*this, net::after(loop_.now(), limit));
}

std::unique_ptr<Upstream> Waiting::take() {
  upstream_->socket.when_readable({});
  if (!upstream_->socket.quiet()) upstream_.reset();
  return std::move(upstream_);
}

void Waiting::listen() {
  upstream_->socket.when_readable([this] { look(); });
}

/// A hint may come without cause, and TLS has messages of its own.
void Waiting::look() {
  if (upstream_->socket.quiet()) return listen();
  end();
}

void Waiting::end() {
  std::exchange(over_, {})();
}

}  // namespace culvert::proxy

// SPDX-License-Identifier: Apache-2.0
#include "relay/pipes.hpp"

#include <array>

#include <fcntl.h>
#include <unistd.h>

namespace culvert::relay {

std::unique_ptr<Pipe> Pipes::borrow() {
  if (lent_ == most) return nullptr;
  if (idle_.empty()) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) != 0) return nullptr;
    auto made = std::make_unique<Pipe>();
    made->out = net::Descriptor(ends[0]);
    made->in = net::Descriptor(ends[1]);
    // A user with many pipes may not make them larger; a small pipe works as well, only slower.
    fcntl(ends[1], F_SETPIPE_SZ, static_cast<int>(wanted_bytes));
    idle_.push_back(std::move(made));
  }
  auto pipe = std::move(idle_.back());
  idle_.pop_back();
  ++lent_;
  return pipe;
}

void Pipes::give_back(std::unique_ptr<Pipe> pipe) {
  --lent_;
  if (pipe->filled == 0 && idle_.size() < kept) idle_.push_back(std::move(pipe));
}

}  // namespace culvert::relay

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "net/descriptor.hpp"

namespace culvert::relay {

/// A pipe through which splice(2) moves bytes between two sockets without copying them.
struct Pipe {
  net::Descriptor out;
  net::Descriptor in;
  std::size_t filled = 0;  ///< bytes inside
};

/// A worker's pipes. A direction borrows one while it moves bulk and gives it back when it goes
/// quiet. There are at most `most` of them, so that many slow readers cannot fill the kernel's
/// memory; a direction that gets none copies instead.
class Pipes {
 public:
  static constexpr std::size_t most = 64;
  static constexpr std::size_t wanted_bytes = 256UL * 1024;

  /// Null when there is none to be had.
  std::unique_ptr<Pipe> borrow();
  /// A pipe that still holds bytes is closed instead of kept.
  void give_back(std::unique_ptr<Pipe> pipe);

 private:
  static constexpr std::size_t kept = 8;
  std::vector<std::unique_ptr<Pipe>> idle_;
  std::size_t lent_ = 0;
};

}  // namespace culvert::relay

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "net/descriptor.hpp"
#include "tunnel/loopback.hpp"

namespace culvert::bench {

/// What tunnels lead to, on a thread of its own.
class Origins {
 public:
  Origins();
  ~Origins();
  Origins(const Origins&) = delete;
  Origins& operator=(const Origins&) = delete;

  /// Says what it hears, to the end.
  std::uint16_t echo() const { return doors_[0].port(); }
  /// Says as many bytes as it is asked for, by a std::uint64_t as it lies in memory, and finishes.
  std::uint16_t source() const { return doors_[1].port(); }
  /// Hears all, then says one byte and finishes.
  std::uint16_t sink() const { return doors_[2].port(); }

 private:
  enum class Kind : std::uint8_t { echo, source, sink };
  struct Guest {
    net::Descriptor socket;
    Kind kind;
    std::string unsent;
    std::uint64_t owed = 0;  // of a source
    bool finished = false;   // the other side
    bool blocked = false;
  };

  void run();
  void accept(std::size_t door);
  void hear(std::size_t guest);
  void answer(Guest& guest, std::string_view bytes);
  bool say(std::size_t guest);

  std::array<Door, 3> doors_;
  Poll poll_;
  std::vector<std::unique_ptr<Guest>> guests_;  // null: gone
  std::array<char, 64UL * 1024> scratch_{};
  net::Descriptor bell_;  // rings when this ends
  std::thread thread_;
};

}  // namespace culvert::bench

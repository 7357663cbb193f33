// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>

#include <sys/types.h>

#include "support/folder.hpp"

namespace culvert::bench {

enum class Security : std::uint8_t { clear, tls };

/// A culvert of its own: one worker, a listener for both versions on loopback, and one rule that
/// allows everything and looks at nothing. Ends with this.
class Subject {
 public:
  Subject(const std::filesystem::path& program, Security security);
  ~Subject();
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  std::uint16_t port() const { return port_; }
  /// Processor time of all its threads, when it has come to rest.
  std::chrono::nanoseconds spent() const;

  struct Memory {
    std::size_t all;   ///< its share of what is resident (PSS), in bytes
    std::size_t heap;  ///< of that, what no file stands behind
  };
  Memory memory() const;

 private:
  std::chrono::nanoseconds processor_time() const;
  void wait_until_it_listens() const;

  test::Folder folder_;
  std::uint16_t port_;
  pid_t process_ = -1;
};

}  // namespace culvert::bench

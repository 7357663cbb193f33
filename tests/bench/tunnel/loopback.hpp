// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "net/descriptor.hpp"

/// As much of sockets on loopback as a benchmark needs. Whatever fails throws.
namespace culvert::bench {

[[noreturn]] void fail(const char* what);

/// Listens on a port of its own.
class Door {
 public:
  Door();
  std::uint16_t port() const { return port_; }
  int number() const { return descriptor_.number(); }
  /// Non-blocking; empty when nobody waits.
  net::Descriptor accept() const;

 private:
  net::Descriptor descriptor_;
  std::uint16_t port_ = 0;
};

bool is_listening(std::uint16_t port);

/// A connection, non-blocking.
net::Descriptor connected_to(std::uint16_t port);

/// Bytes that came, 0 at the end, which may be a reset; nullopt when nothing is there.
std::optional<std::size_t> receive(int socket, std::span<char> into);
/// How much of it went, perhaps nothing.
std::size_t send(int socket, std::string_view bytes);

/// Which descriptors of many have something to say.
class Poll {
 public:
  Poll();
  enum class Writable : bool { no, yes };
  /// `key` is what turn() tells of it.
  void add(int descriptor, std::uint64_t key, Writable writable = Writable::no);
  void change(int descriptor, std::uint64_t key, Writable writable);

  struct Hint {
    std::uint64_t key;
    bool readable;
    bool writable;
  };
  /// Waits until there is one, perhaps for ever; the list holds until the next call.
  std::span<const Hint> wait();
  /// And throws when half a minute goes by, since somebody is stuck then.
  std::span<const Hint> wait_impatiently();

 private:
  static constexpr std::size_t most = 256;

  std::span<const Hint> hints_within(int milliseconds);

  net::Descriptor descriptor_;
  std::array<Hint, most> hints_{};
};

}  // namespace culvert::bench

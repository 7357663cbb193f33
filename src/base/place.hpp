// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <variant>

#include "base/endpoint.hpp"

namespace culvert {

/// The path of a Unix socket in the file system, absolute or not; never empty.
struct UnixPath {
  /// What a socket's name has room for, without the zero byte at its end (unix(7), sun_path).
  static constexpr std::size_t most_bytes = 107;

  std::string text;
  friend bool operator==(const UnixPath&, const UnixPath&) = default;
};

/// Where a listener listens: a TCP endpoint, or a Unix socket.
class ListenPlace {
 public:
  /// 0.0.0.0:0.
  ListenPlace() = default;
  ListenPlace(const Endpoint& endpoint) : where_(endpoint) {}  // NOLINT(*-explicit-*): is one
  ListenPlace(UnixPath path) : where_(std::move(path)) {}      // NOLINT(*-explicit-*): is one

  /// Null for a Unix socket.
  const Endpoint* endpoint() const { return std::get_if<Endpoint>(&where_); }
  /// Null for TCP.
  const UnixPath* unix_path() const { return std::get_if<UnixPath>(&where_); }
  /// As the configuration writes it: "127.0.0.1:3128", "unix:/run/culvert.sock".
  std::string text() const;

  friend bool operator==(const ListenPlace&, const ListenPlace&) = default;

 private:
  std::variant<Endpoint, UnixPath> where_;
};

}  // namespace culvert

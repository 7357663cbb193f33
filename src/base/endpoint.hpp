// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include <culvert/address.hpp>

namespace culvert {

/// An address and a TCP port; port 0 where the system is to choose one.
struct Endpoint {
  Address address;
  std::uint16_t port = 0;

  /// "127.0.0.1:3128", "[::1]:3128".
  std::string text() const;
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

}  // namespace culvert

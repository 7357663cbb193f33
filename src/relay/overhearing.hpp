// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "net/wheel.hpp"
#include "websocket/watch.hpp"

namespace culvert::relay {

/// Who hears the first bytes of a tunnel into which nobody has looked, as they pass, and may find
/// that they begin a WebSocket. They are neither held up for that nor changed.
class Overhearing {
 public:
  /// What became clear with some bytes.
  struct Heard {
    bool more = false;  ///< nothing yet: what follows is to be heard, too
    /// It is a WebSocket: behind so many of these bytes of the origin's, and from now on of the
    /// client's, there are frames.
    std::unique_ptr<websocket::Watch> websocket = nullptr;
    std::size_t head_bytes = 0;
  };

  virtual ~Overhearing() = default;
  /// What an end sent, as it came: 0 is the client, 1 the origin.
  virtual Heard hear(unsigned from, std::string_view bytes, net::TimePoint now) = 0;
};

}  // namespace culvert::relay

// SPDX-License-Identifier: Apache-2.0
#include "tunnel/tunnels.hpp"

#include "tunnel/connections.hpp"
#include "tunnel/streams.hpp"

namespace culvert::bench {

std::unique_ptr<Tunnels> Tunnels::of(Version version, const Subject& proxy, Security security) {
  if (version == Version::http1) return std::make_unique<Connections>(proxy.port(), security);
  return std::make_unique<Streams>(proxy.port(), security);
}

}  // namespace culvert::bench

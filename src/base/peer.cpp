// SPDX-License-Identifier: Apache-2.0
#include "base/peer.hpp"

namespace culvert {

std::string Peer::identity() const {
  const auto* user = local_user();
  return user != nullptr ? "uid:" + std::to_string(user->uid) : "";
}

std::string Peer::text() const {
  const auto* user = local_user();
  return user != nullptr ? "unix:uid=" + std::to_string(user->uid)
                         : std::get<Endpoint>(who_).text();
}

}  // namespace culvert

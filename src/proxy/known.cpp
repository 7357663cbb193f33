// SPDX-License-Identifier: Apache-2.0
#include "proxy/known.hpp"

#include <algorithm>

#include "auth/name.hpp"
#include "proxy/worker.hpp"

namespace culvert::proxy {

std::string known_by_place(const config::Config& config, const Peer& client) {
  const auto* address = client.address();
  if (address == nullptr) return client.identity();
  const auto found = std::ranges::find_if(
      config.identities, [address](const auto& one) { return one.network.contains(*address); });
  return found == config.identities.end() ? std::string() : found->user;
}

/// "uid:1000" is who the system says it is, and no name that an authority could give.
std::string known_by_certificate(const Worker& worker, const ListenPlace& listener,
                                 const net::ClientCertificate* certificate) {
  if (certificate == nullptr) return {};
  const auto& tls = worker.terms_of(listener).tls;
  auto name = tls ? tls->user_of(*certificate) : std::string();
  if (name.starts_with("uid:") || !auth::trouble_with_name(name).empty()) return {};
  return name;
}

bool is_still_known(const config::Config& config, std::string_view user, const Peer& client) {
  return (config.users && config.users->has_account(user)) ||
         known_by_place(config, client) == user;
}

}  // namespace culvert::proxy

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/peer.hpp"
#include "config/config.hpp"
#include "net/client_certificate.hpp"

/// Who a client is without its credentials.
namespace culvert::proxy {

class Worker;

/// Who a client is by where it comes from; empty if that tells nobody.
std::string known_by_place(const config::Config& config, const Peer& client);

/// Who a client is by the certificate that it showed to this listener, as that has it now; empty if
/// that tells nobody. `certificate` may be null.
std::string known_by_certificate(const Worker& worker, const ListenPlace& listener,
                                 const net::ClientCertificate* certificate);

/// True when this user, who was one once, still is: with a secret, or by the place. Ask of a
/// certificate besides.
bool is_still_known(const config::Config& config, std::string_view user, const Peer& client);

}  // namespace culvert::proxy

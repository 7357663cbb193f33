// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <culvert/address.hpp>
#include <culvert/authority.hpp>
#include <culvert/result.hpp>

#include "net/loop.hpp"

namespace culvert::dns {

/// A name server.
struct Server {
  Address address;
  std::uint16_t port = 53;
};

struct Settings {
  std::vector<Server> servers;            ///< empty: those of /etc/resolv.conf
  std::string hosts_file = "/etc/hosts";  ///< empty: none
  net::milliseconds timeout{2000};  ///< of the first try at one server; doubles with each round
  unsigned tries = 3;
  std::size_t cache_entries = 10'000;  ///< 0 caches nothing
  net::milliseconds min_ttl{1000};     ///< positive answers are kept between min and max
  net::milliseconds max_ttl{3'600'000};
  net::milliseconds negative_ttl{10'000};  ///< NXDOMAIN and no data; failures are never cached
};

/// Names to addresses on one worker's loop: /etc/hosts, a cache bounded in entries and by TTL, and
/// c-ares for the rest, never blocking. However many wait for a name, one A and one AAAA query are
/// in flight for it. Names are asked for as they are: no search domains. `localhost` and names
/// below it are 127.0.0.1 and ::1 and never asked for (RFC 6761 §6.3).
class Resolver {
 public:
  Resolver(net::Loop& loop, Settings settings);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// The addresses of a host, at least one, in the order of the answers, without repeats; an
  /// address is its own answer. Errc::name_not_found, dns_error, dns_timeout (also when `deadline`
  /// comes first), connection_limit_reached (too many names under way), aborted (the resolver is
  /// going away). `host` must outlive the task.
  net::Task<Result<std::vector<Address>>> look_up(const Host& host, net::TimePoint deadline);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace culvert::dns

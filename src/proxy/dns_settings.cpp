// SPDX-License-Identifier: Apache-2.0
#include "proxy/dns_settings.hpp"

namespace culvert::proxy {

dns::Settings dns_settings(const config::Dns& config) {
  dns::Settings settings;
  for (const auto& server : config.servers) {
    settings.servers.push_back({.address = server.address, .port = server.port});
  }
  settings.hosts_file = config.hosts_file == "off" ? "" : config.hosts_file;
  settings.timeout = config.timeout;
  settings.tries = config.tries;
  settings.cache_entries = config.cache_entries;
  settings.min_ttl = config.min_ttl;
  settings.max_ttl = config.max_ttl;
  settings.negative_ttl = config.negative_ttl;
  return settings;
}

}  // namespace culvert::proxy

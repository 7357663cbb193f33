// SPDX-License-Identifier: Apache-2.0
#include "proxy/upstream.hpp"

#include <functional>
#include <string_view>

namespace culvert::proxy {
namespace {

std::size_t hash_of(const Host& host) {
  const std::hash<std::string_view> hash;
  if (!host.is_address()) return hash(host.name());
  const auto bytes = host.address().bytes();
  return hash({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

std::size_t Route::Hash::operator()(const Route& route) const {
  return hash_of(route.origin.host) ^ (std::size_t{route.origin.port.number()} << 1U) ^
         (std::hash<const void*>()(route.rule) << 17U) ^ static_cast<std::size_t>(route.tls);
}

}  // namespace culvert::proxy

// SPDX-License-Identifier: Apache-2.0
#include "proxy/stream_pool.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "proxy/origin_carrier.hpp"
#include "proxy/worker.hpp"

namespace culvert::proxy {
namespace {

std::unique_ptr<Upstream> stream_of(net::Loop& loop, OriginCarrier& carrier, const Route& route,
                                    const Address& address,
                                    std::shared_ptr<const config::Config> config) {
  auto made =
      std::make_unique<Upstream>(loop, carrier.open_stream(), route, address, std::move(config));
  made->carrier = &carrier;
  return made;
}

}  // namespace

void StreamPool::use(std::shared_ptr<const config::Config> config) {
  while (!carriers_.empty()) send_away(carriers_.begin());
  config_ = std::move(config);
}

std::unique_ptr<Upstream> StreamPool::take(const Route& route, For what,
                                           const Pool::Judge& may_reach) {
  const auto [first, last] = carriers_.equal_range(route);
  const auto found = std::find_if(first, last, [&](const auto& entry) {
    auto& [carrier, address] = entry.second;
    return carrier->has_room() && (what == For::exchange || carrier->takes_websockets()) &&
           may_reach(address);
  });
  if (found == last) return nullptr;
  auto& [carrier, address] = found->second;
  auto made = stream_of(worker_.loop(), *carrier, route, address, config_);
  made->reused = true;
  return made;
}

std::unique_ptr<Upstream> StreamPool::share(Upstream& connected) {
  const auto& route = connected.route;
  auto& carrier = OriginCarrier::start(worker_, connected.socket.release(), route.tls,
                                       connected.config->timeouts.origin_idle);
  auto first = stream_of(worker_.loop(), carrier, route, connected.address, connected.config);
  if (config_ == nullptr || connected.config != config_ || !make_room(route)) {
    carrier.dismiss();
    return first;
  }
  const auto entry =
      carriers_.emplace(route, Shared{.carrier = &carrier, .address = connected.address});
  carrier.when_over([this, entry] { carriers_.erase(entry); });
  return first;
}

/// One that nobody uses makes room. If there is none, the new one is not kept.
bool StreamPool::make_room(const Route& route) {
  const auto [first, last] = carriers_.equal_range(route);
  const auto on_route = static_cast<std::size_t>(std::distance(first, last));
  if (on_route >= config_->http.pool_per_origin && !send_away_idle(first, last)) return false;
  return carriers_.size() < config_->http.pool ||
         send_away_idle(carriers_.begin(), carriers_.end());
}

bool StreamPool::send_away_idle(Carriers::iterator first, Carriers::iterator last) {
  const auto idle = std::find_if(
      first, last, [](const auto& entry) { return entry.second.carrier->streams() == 0; });
  if (idle == last) return false;
  send_away(idle);
  return true;
}

void StreamPool::send_away(Carriers::iterator entry) {
  auto& carrier = *entry->second.carrier;
  carrier.when_over({});
  carriers_.erase(entry);
  carrier.dismiss();
}

}  // namespace culvert::proxy

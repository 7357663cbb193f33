// SPDX-License-Identifier: Apache-2.0
#include "proxy/pool.hpp"

#include <algorithm>

namespace culvert::proxy {
namespace {

/// Routes whose connections are all in use or gone are kept this many times as many as may wait,
/// since most of them come back.
constexpr std::size_t spare_routes = 2;

}  // namespace

void Pool::use(std::shared_ptr<const config::Config> config) {
  routes_.clear();
  waiting_.clear();
  config_ = std::move(config);
}

std::unique_ptr<Upstream> Pool::take(const Route& route, const Judge& may_reach) {
  const auto found = routes_.find(route);
  if (found == routes_.end()) return nullptr;
  auto& places = found->second;
  for (auto at = places.end(); at != places.begin();) {
    const auto place = *--at;
    if (!may_reach(place->upstream().address)) continue;
    auto upstream = place->take();
    at = places.erase(at);
    waiting_.erase(place);
    if (upstream) return upstream;
  }
  return nullptr;
}

void Pool::keep(std::unique_ptr<Upstream> upstream) {
  if (config_ == nullptr || upstream->config != config_ || upstream->personal) return;
  if (config_->http.pool == 0) return;
  auto& on_route = routes_[upstream->route];
  make_room(on_route);
  waiting_.emplace_front(loop_, std::move(upstream));
  const auto place = waiting_.begin();
  on_route.push_back(place);
  place->wait([this, place] { drop(place); });
  forget_empty_routes();
}

void Pool::make_room(std::vector<Place>& on_route) {
  if (on_route.size() >= config_->http.pool_per_origin) drop(on_route.front());
  if (waiting_.size() >= config_->http.pool) drop(std::prev(waiting_.end()));
}

void Pool::drop(Place place) {
  std::erase(routes_.find(place->upstream().route)->second, place);
  waiting_.erase(place);
}

void Pool::forget_empty_routes() {
  if (routes_.size() <= spare_routes * config_->http.pool) return;
  std::erase_if(routes_, [](const auto& entry) { return entry.second.empty(); });
}

}  // namespace culvert::proxy

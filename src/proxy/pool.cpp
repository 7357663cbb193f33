// SPDX-License-Identifier: Apache-2.0
#include "proxy/pool.hpp"

#include <algorithm>
#include <string_view>

namespace culvert::proxy {
namespace {

/// Routes whose connections are all in use or gone are kept this many times as many as may wait,
/// since most of them come back.
constexpr std::size_t spare_routes = 2;

std::size_t hash_of(const Host& host) {
  const std::hash<std::string_view> hash;
  if (!host.is_address()) return hash(host.name());
  const auto bytes = host.address().bytes();
  return hash({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

/// A connection that waits, and its time limit.
class Pool::Idle final : net::Deadline {
 public:
  Idle(Pool& pool, std::unique_ptr<Upstream> which) : upstream(std::move(which)), pool_(pool) {}

  /// Begins to wait, at its place in the list.
  void wait(Place place) {
    place_ = place;
    listen();
    const auto limit = upstream->config->timeouts.origin_idle;
    pool_.loop_.wheel().arm(*this, net::after(pool_.loop_.now(), limit));
  }

  std::unique_ptr<Upstream> upstream;

 private:
  void listen() {
    upstream->socket.when_readable([this] { look(); });
  }
  /// A hint may come without cause, and TLS has messages of its own.
  void look() {
    if (upstream->socket.quiet()) return listen();
    pool_.drop(place_);
  }
  void on_deadline() override { pool_.drop(place_); }

  Pool& pool_;
  Place place_;
};

Pool::Pool(net::Loop& loop) : loop_(loop) {}
Pool::~Pool() = default;

std::size_t Pool::Hash::operator()(const Route& route) const {
  return hash_of(route.origin.host) ^ (std::size_t{route.origin.port.number()} << 1U) ^
         (std::hash<const void*>()(route.rule) << 17U) ^ static_cast<std::size_t>(route.tls);
}

void Pool::use(std::shared_ptr<const config::Config> config) {
  routes_.clear();
  waiting_.clear();
  config_ = std::move(config);
}

std::unique_ptr<Upstream> Pool::take(const Route& route) {
  const auto found = routes_.find(route);
  if (found == routes_.end()) return nullptr;
  auto& places = found->second;
  while (!places.empty()) {
    auto upstream = remove(places.back());
    if (upstream->socket.quiet()) return upstream;
  }
  return nullptr;
}

void Pool::keep(std::unique_ptr<Upstream> upstream) {
  if (config_ == nullptr || upstream->config != config_ || upstream->personal) return;
  if (config_->http.pool == 0) return;
  upstream->reused = true;
  auto& on_route = routes_[upstream->route];
  make_room(on_route);
  waiting_.emplace_front(*this, std::move(upstream));
  on_route.push_back(waiting_.begin());
  waiting_.front().wait(waiting_.begin());
  forget_empty_routes();
}

void Pool::make_room(std::vector<Place>& on_route) {
  if (on_route.size() >= config_->http.pool_per_origin) drop(on_route.front());
  if (waiting_.size() >= config_->http.pool) drop(std::prev(waiting_.end()));
}

void Pool::drop(Place place) {
  remove(place);
}

std::unique_ptr<Upstream> Pool::remove(Place place) {
  auto upstream = std::move(place->upstream);
  upstream->socket.when_readable({});
  std::erase(routes_.find(upstream->route)->second, place);
  waiting_.erase(place);
  return upstream;
}

void Pool::forget_empty_routes() {
  if (routes_.size() <= spare_routes * config_->http.pool) return;
  std::erase_if(routes_, [](const auto& entry) { return entry.second.empty(); });
}

}  // namespace culvert::proxy

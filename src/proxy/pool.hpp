// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <unordered_map>
#include <vector>

#include "net/loop.hpp"
#include "proxy/upstream.hpp"
#include "proxy/waiting.hpp"

namespace culvert::proxy {

/// A worker's connections to origins between two exchanges (RFC 9112 §9.3).
///
/// The newest one of a route is taken first, so that those that a busy hour needed run into their
/// time limit.
class Pool {
 public:
  explicit Pool(net::Loop& loop) : loop_(loop) {}
  ~Pool() = default;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// From now on this configuration holds: connections that were opened under another one are
  /// closed and not kept any more. With null none is kept.
  void use(std::shared_ptr<const config::Config> config);

  /// One that is sound as far as the system knows, and whose address may be reached; null if there
  /// is none. (A deny rule may hold for this client and not for the one who opened it.)
  using Judge = std::function<bool(const Address&)>;
  std::unique_ptr<Upstream> take(const Route& route, const Judge& may_reach);
  /// Keeps a connection whose exchange is over and left nothing behind, within the limits: the one
  /// that waits longest makes room. Closes it instead when it is not for keeping.
  void keep(std::unique_ptr<Upstream> upstream);
  /// Those that wait.
  std::size_t size() const { return waiting_.size(); }

 private:
  using Place = std::list<Waiting>::iterator;

  void drop(Place place);
  void make_room(std::vector<Place>& on_route);
  void forget_empty_routes();

  net::Loop& loop_;
  std::shared_ptr<const config::Config> config_;
  std::list<Waiting> waiting_;  // newest first
  std::unordered_map<Route, std::vector<Place>, Route::Hash> routes_;
};

}  // namespace culvert::proxy

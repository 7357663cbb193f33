// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "proxy/pool.hpp"
#include "proxy/upstream.hpp"

namespace culvert::proxy {

class OriginCarrier;
class Worker;

/// A worker's HTTP/2 connections to origins, each of which carries several exchanges at a time.
///
/// Like Pool's, a connection is for one route, and whoever uses it is judged by its address again.
/// Unlike these it is in here while it is in use, and sees to its own end.
class StreamPool {
 public:
  explicit StreamPool(Worker& worker) : worker_(worker) {}
  ~StreamPool() = default;
  StreamPool(const StreamPool&) = delete;
  StreamPool& operator=(const StreamPool&) = delete;

  /// From now on this configuration holds: connections that were opened under another one carry
  /// what is under way, and nothing new. With null none does.
  void use(std::shared_ptr<const config::Config> config);

  /// What a stream is wanted for.
  enum class For : std::uint8_t { exchange, websocket };
  /// A stream of a connection that has room for it, and whose address may be reached; null if there
  /// is none.
  std::unique_ptr<Upstream> take(const Route& route, For what, const Pool::Judge& may_reach);
  /// Speaks HTTP/2 on a connection that nothing was said on yet; its first stream. Others are had
  /// by take(), within the limits.
  std::unique_ptr<Upstream> share(Upstream& connected);

  std::size_t size() const { return carriers_.size(); }

 private:
  struct Shared {
    OriginCarrier* carrier;
    Address address;
  };
  using Carriers = std::unordered_multimap<Route, Shared, Route::Hash>;

  bool make_room(const Route& route);
  bool send_away_idle(Carriers::iterator first, Carriers::iterator last);
  void send_away(Carriers::iterator entry);

  Worker& worker_;
  std::shared_ptr<const config::Config> config_;
  Carriers carriers_;
};

}  // namespace culvert::proxy

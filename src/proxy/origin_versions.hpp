// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <culvert/authority.hpp>

#include "net/wheel.hpp"

namespace culvert::proxy {

/// What an origin of https:// chose by ALPN, and then said in its SETTINGS.
enum class Speaks : std::uint8_t {
  http11,
  http2,             ///< without extended CONNECT: WebSockets go over HTTP/1.1, if over anything
  http2_websockets,  ///< with it (RFC 8441 §3)
};

/// What origins turned out to speak, each until its time. It saves a connection that finds out the
/// same again, and promises nothing: what an origin says now holds. Bounded: when it is full, the
/// one that was not asked about for the longest goes. Time is an argument.
class OriginVersions {
 public:
  static constexpr std::size_t most = 4096;

  /// nullopt: not known, or not any more.
  std::optional<Speaks> of(const Authority& origin, net::TimePoint now);
  /// Keeps it, in place of what was known, for all times before `until`.
  void learn(const Authority& origin, Speaks what, net::TimePoint until);
  void forget(const Authority& origin);
  void forget_all();

  std::size_t size() const noexcept { return by_name_.size(); }

 private:
  struct Entry {
    std::string name;
    Speaks what;
    net::TimePoint until;
  };
  using Entries = std::list<Entry>;  // the one asked about last is first

  void drop(Entries::iterator entry);

  Entries entries_;
  std::unordered_map<std::string_view, Entries::iterator> by_name_;  // keys live in entries_
};

}  // namespace culvert::proxy

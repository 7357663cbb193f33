// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include <culvert/address.hpp>
#include <culvert/authority.hpp>
#include <culvert/policy/rule.hpp>

#include "app/sighting.hpp"

namespace culvert::app {

/// A few texts to show, the same few in whatever order they come.
class Samples {
 public:
  static constexpr std::size_t most = 16;
  void add(const std::string& text) {
    texts_.insert(text);
    if (texts_.size() > most) texts_.erase(std::prev(texts_.end()));
  }
  void add(const Samples& other) {
    for (const auto& text : other.texts_) add(text);
  }
  const std::set<std::string>& texts() const { return texts_; }
  bool empty() const { return texts_.empty(); }

 private:
  std::set<std::string> texts_;
};

/// A block of addresses that sorts.
using Block = std::pair<Address, unsigned>;

/// All that was seen of one host and port.
struct Seen {
  std::uint64_t opened = 0;
  std::uint64_t closed = 0;
  std::uint64_t requests = 0;
  policy::Few<policy::Scheme> schemes;
  policy::Few<policy::Speech> speeches;
  std::set<Address> private_addresses;  ///< that it resolved to, or is
  Samples strange_names;                ///< server names in its tunnels that are not its own
  std::set<Block> clients;
  bool unix_clients = false;
  Samples users;
  Samples would_deny;  ///< rules that would have denied it
  bool denied = false;

  void add(const Sighting& sighting);
  void add(const Seen& other);
  /// A tunnel has a line when it opens and one when it ends; a log may begin or end between them.
  std::uint64_t times() const { return std::max(opened, closed) + requests; }
};

/// Host and port, in the order of the text.
struct Place {
  std::string host;  ///< Host::text()
  bool is_address = false;
  std::uint16_t port = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};

/// What a log comes to: it grows with the targets, not with the lines.
struct Tally {
  std::map<Place, Seen> seen;
  std::map<std::string, std::uint64_t> left_out;  ///< by the reason

  void add(const Sighting& sighting);
  void add(const LeftOut& line) { ++left_out[line.why]; }
};

/// The network that stands for a client: a /24, a /64, or all of loopback.
Block network_of(const Address& client);

}  // namespace culvert::app

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <culvert/address.hpp>
#include <culvert/authority.hpp>
#include <culvert/policy/rule.hpp>

namespace culvert::app {

/// What one line of the access log tells of a target that a rule could allow.
struct Sighting {
  enum class Event : std::uint8_t { open, close, request };

  Event event = Event::request;
  Authority target;
  policy::Scheme scheme = policy::Scheme::connect;
  std::string method;
  std::optional<policy::Speech> speech;  ///< what ran in the tunnel
  std::string server_name;               ///< whom it was for, by its ClientHello or HTTP request
  std::optional<Address> resolved;       ///< what was connected to, or was refused
  std::optional<Address> client;         ///< nullopt: it came over a Unix socket
  std::string user;
  std::string would_deny;  ///< report mode: the rule that would have denied it
  bool denied = false;
  std::optional<std::chrono::system_clock::time_point> when;
};

/// A line that no rule comes of, and why, for people.
struct LeftOut {
  std::string why;
};

using Reading = std::variant<Sighting, LeftOut>;

/// Reads one JSON line; nullopt when it is none of ours. Left out is what failed for reasons of its
/// own, which no rule would mend, and what the proxy answered itself.
std::optional<Reading> read_sighting(std::string_view line);

}  // namespace culvert::app

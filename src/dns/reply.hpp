// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include <culvert/address.hpp>

#include "dns/cache.hpp"

namespace culvert::dns {

/// Which addresses are asked for: A or AAAA records.
enum class Family : std::uint8_t { v4, v6 };

/// What the name servers made of one query.
enum class Outcome : std::uint8_t {
  addresses,  ///< at least one
  none,       ///< the name has none of this family, or does not exist
  failed,     ///< SERVFAIL, REFUSED, nonsense, or no server can be reached
  timed_out,  ///< no server answered
};

struct Reply {
  Outcome outcome = Outcome::failed;
  std::vector<Address> addresses;  ///< in the order of the message, without repeats
  std::chrono::seconds ttl{0};     ///< the least of these records and the aliases on the way
};

/// Of one message no more than so many addresses are taken: nobody tries more.
inline constexpr int max_addresses = 64;

/// Reads what c-ares hands to the callback of a query: its status and the message.
Reply read_reply(Family family, int status, std::span<const std::uint8_t> message);

/// What the two queries of a name come to together, and for how long.
struct Verdict {
  Answer answer;
  std::chrono::seconds ttl{0};  ///< of an answer with addresses
  bool whole = true;            ///< neither query failed
};

/// Addresses of one family are an answer even when the other family failed: there are name servers
/// that never answer AAAA (RFC 4074 §4). Without any, one that failed makes it a failure: what it
/// would have said is not known.
Verdict combine(const Reply& v4, const Reply& v6);

}  // namespace culvert::dns

// SPDX-License-Identifier: Apache-2.0
#include "dns/reply.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <ares.h>
#include <arpa/inet.h>

#include <culvert/error.hpp>

namespace culvert::dns {
namespace {

Address address_of(const ares_addrttl& record) {
  return Address::v4(ntohl(record.ipaddr.s_addr));
}

Address address_of(const ares_addr6ttl& record) {
  Address::Bytes16 bytes;
  std::memcpy(bytes.data(), &record.ip6addr, bytes.size());
  return Address::v6(bytes);
}

/// c-ares has already lowered each TTL to that of the aliases that lead to the record, and passed
/// over records whose owner is not the end of those aliases.
template <class Record>
Reply reply_of(std::span<const Record> records) {
  if (records.empty()) return {.outcome = Outcome::none, .addresses = {}};
  Reply reply{.outcome = Outcome::addresses, .addresses = {}, .ttl = std::chrono::seconds::max()};
  for (const auto& record : records) {
    // RFC 2181 §8: a TTL with the top bit set is zero.
    reply.ttl = std::min(reply.ttl, std::chrono::seconds(std::max(record.ttl, 0)));
    const auto address = address_of(record);
    auto& known = reply.addresses;
    if (std::ranges::find(known, address) == known.end()) known.push_back(address);
  }
  return reply;
}

Outcome outcome_of(int status) {
  switch (status) {  // c-ares has a dozen more; all of them mean that no answer can be had
    case ARES_ENODATA:
    case ARES_ENOTFOUND: return Outcome::none;
    case ARES_ETIMEOUT: return Outcome::timed_out;
    default: return Outcome::failed;
  }
}

template <class Record, class Parse>
Reply parse(Parse parse_records, std::span<const std::uint8_t> message) {
  std::array<Record, max_addresses> records{};
  int count = max_addresses;
  const int status = parse_records(message.data(), static_cast<int>(message.size()), nullptr,
                                   records.data(), &count);
  if (status != ARES_SUCCESS) return {.outcome = outcome_of(status), .addresses = {}};
  return reply_of<Record>(std::span(records).first(static_cast<std::size_t>(count)));
}

}  // namespace

Reply read_reply(Family family, int status, std::span<const std::uint8_t> message) {
  if (status != ARES_SUCCESS) return {.outcome = outcome_of(status), .addresses = {}};
  switch (family) {
    case Family::v4: return parse<ares_addrttl>(ares_parse_a_reply, message);
    case Family::v6: return parse<ares_addr6ttl>(ares_parse_aaaa_reply, message);
  }
  return {};
}

Verdict combine(const Reply& v4, const Reply& v6) {
  const auto has = [&](Outcome outcome) { return v4.outcome == outcome || v6.outcome == outcome; };
  const bool whole = !has(Outcome::failed) && !has(Outcome::timed_out);
  if (has(Outcome::addresses)) {
    auto addresses = v4.addresses;
    addresses.insert(addresses.end(), v6.addresses.begin(), v6.addresses.end());
    auto ttl = std::chrono::seconds::max();
    for (const auto* reply : {&v4, &v6}) {
      if (reply->outcome == Outcome::addresses) ttl = std::min(ttl, reply->ttl);
    }
    return {.answer = std::move(addresses), .ttl = ttl, .whole = whole};
  }
  if (whole) return {.answer = fail(Errc::name_not_found)};
  const auto why = has(Outcome::failed) ? Errc::dns_error : Errc::dns_timeout;
  return {.answer = fail(why), .whole = false};
}

}  // namespace culvert::dns

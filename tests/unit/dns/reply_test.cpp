// SPDX-License-Identifier: Apache-2.0
#include "dns/reply.hpp"

#include <ares.h>

#include <catch2/catch.hpp>
#include <culvert/error.hpp>

using namespace culvert;
using namespace std::chrono_literals;
using dns::combine;
using dns::Family;
using dns::Outcome;
using dns::read_reply;
using dns::Reply;
using Bytes = std::vector<std::uint8_t>;

namespace {

Reply with(const char* address, std::chrono::seconds ttl) {
  return {.outcome = Outcome::addresses, .addresses = {*Address::parse(address)}, .ttl = ttl};
}

Reply without(Outcome outcome) {
  return {.outcome = outcome, .addresses = {}};
}

/// An answer to the A query for "a.test" with one record, whose owner is that name.
Bytes message(Bytes ttl = {0, 0, 0, 60}, Bytes data = {192, 0, 2, 1}) {
  Bytes made{0,    1,   0x81, 0x80, 0,   1,   0,   1, 0, 0, 0, 0,  // header: 1 question, 1 answer
             1,    'a', 4,    't',  'e', 's', 't', 0, 0, 1, 0, 1,  // a.test A IN
             0xc0, 12,  0,    1,    0,   1};                       // owner, A IN
  made.insert(made.end(), ttl.begin(), ttl.end());
  made.insert(made.end(), {0, static_cast<std::uint8_t>(data.size())});
  made.insert(made.end(), data.begin(), data.end());
  return made;
}

}  // namespace

TEST_CASE("reply: the address and its time are read from a message", "[reply]") {
  const auto reply = read_reply(Family::v4, ARES_SUCCESS, message());
  CHECK(reply.outcome == Outcome::addresses);
  CHECK(reply.addresses == std::vector{*Address::parse("192.0.2.1")});
  CHECK(reply.ttl == 60s);
}

TEST_CASE("reply: a TTL with the top bit set is none", "[reply]") {
  const auto reply = read_reply(Family::v4, ARES_SUCCESS, message({0x80, 0, 0, 60}));
  CHECK(reply.outcome == Outcome::addresses);
  CHECK(reply.ttl == 0s);
}

TEST_CASE("reply: a message cut off at any place gives no address", "[reply]") {
  const auto whole = message();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    const auto reply = read_reply(Family::v4, ARES_SUCCESS, std::span(whole).first(size));
    CHECK(reply.outcome == Outcome::failed);
    CHECK(reply.addresses.empty());
  }
}

TEST_CASE("reply: an IPv4 address is no answer to the IPv6 query", "[reply]") {
  CHECK(read_reply(Family::v6, ARES_SUCCESS, message()).outcome == Outcome::none);
}

TEST_CASE("reply: a failure of c-ares is told apart from a name without addresses", "[reply]") {
  const auto [status, outcome] = GENERATE(table<int, Outcome>({
      {ARES_ENOTFOUND, Outcome::none},
      {ARES_ENODATA, Outcome::none},
      {ARES_ETIMEOUT, Outcome::timed_out},
      {ARES_ECONNREFUSED, Outcome::failed},
      {ARES_ESERVFAIL, Outcome::failed},
      {ARES_EBADRESP, Outcome::failed},
  }));
  CAPTURE(status);
  CHECK(read_reply(Family::v4, status, {}).outcome == outcome);
}

TEST_CASE("reply: both families together, for the shorter of their times", "[reply]") {
  const auto verdict = combine(with("192.0.2.1", 60s), with("2001:db8::1", 7s));
  REQUIRE(verdict.answer);
  CHECK(*verdict.answer ==
        std::vector{*Address::parse("192.0.2.1"), *Address::parse("2001:db8::1")});
  CHECK(verdict.ttl == 7s);
  CHECK(verdict.whole);
}

TEST_CASE("reply: one family is an answer, whole when the other has none", "[reply]") {
  const auto [other, whole] = GENERATE(table<Outcome, bool>({
      {Outcome::none, true},
      {Outcome::failed, false},
      {Outcome::timed_out, false},
  }));
  const bool v4_is_there = GENERATE(true, false);
  CAPTURE(whole, v4_is_there);
  const auto there = with("192.0.2.1", 60s);
  const auto missing = without(other);
  const auto verdict = v4_is_there ? combine(there, missing) : combine(missing, there);
  REQUIRE(verdict.answer);
  CHECK(verdict.answer->size() == 1);
  CHECK(verdict.ttl == 60s);
  CHECK(verdict.whole == whole);
}

TEST_CASE("reply: without addresses, one that failed makes it a failure", "[reply]") {
  const auto [v4, v6, why] = GENERATE(table<Outcome, Outcome, Errc>({
      {Outcome::none, Outcome::none, Errc::name_not_found},
      {Outcome::none, Outcome::failed, Errc::dns_error},
      {Outcome::failed, Outcome::none, Errc::dns_error},
      {Outcome::none, Outcome::timed_out, Errc::dns_timeout},
      {Outcome::timed_out, Outcome::none, Errc::dns_timeout},
      {Outcome::timed_out, Outcome::failed, Errc::dns_error},
  }));
  CAPTURE(static_cast<int>(v4), static_cast<int>(v6));
  const auto verdict = combine(without(v4), without(v6));
  REQUIRE_FALSE(verdict.answer);
  CHECK(verdict.answer.error() == why);
  CHECK(verdict.whole == (why == Errc::name_not_found));
}

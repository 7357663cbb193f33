// SPDX-License-Identifier: Apache-2.0
#include "proxy/census.hpp"

#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <culvert/error.hpp>

using namespace culvert;
using namespace culvert::proxy;

namespace {

Peer at(const Address& address) {
  return Endpoint{.address = address, .port = 50000};
}

const Peer one = at(Address::v4(0x0a000001));
const Peer two = at(Address::v4(0x0a000002));

}  // namespace

TEST_CASE("census: a client has its limit, and another still gets in", "[census]") {
  Census census({.in_all = 10, .per_client = 2});
  auto first = census.admit(one);
  const auto second = census.admit(one);
  CHECK(census.admit(one).error() == Errc::client_limit_reached);
  CHECK(census.admit(two));
  CHECK(census.open() == 2);  // that ticket is gone already
  first = fail(Errc::aborted);
  CHECK(census.admit(one));
}

TEST_CASE("census: an IPv6 client is its /64", "[census]") {
  Census census({.in_all = 10, .per_client = 1});
  const auto from = [](const char* text) { return at(Address::parse(text).value()); };
  const auto first = census.admit(from("2001:db8::1"));
  CHECK(census.admit(from("2001:db8::ffff:2")).error() == Errc::client_limit_reached);
  CHECK(census.admit(from("2001:db8:0:1::1")));
}

TEST_CASE("census: over a Unix socket a client is its user", "[census]") {
  Census census({.in_all = 10, .per_client = 1});
  const auto first = census.admit(LocalUser{1000});
  CHECK(census.admit(LocalUser{1000}).error() == Errc::client_limit_reached);
  const auto second = census.admit(LocalUser{0});
  CHECK(second);
  CHECK(census.admit(at(Address())));  // which is nobody's uid
  CHECK(census.open() == 2);
}

TEST_CASE("census: all clients together have a limit", "[census]") {
  Census census({.in_all = 2, .per_client = 2});
  const auto first = census.admit(one);
  const auto second = census.admit(two);
  CHECK(census.admit(two).error() == Errc::connection_limit_reached);
  CHECK(census.admit(at(Address::v4(0x0a000003))).error() == Errc::connection_limit_reached);
}

TEST_CASE("census: who is over its own limit hears of that one", "[census]") {
  Census census({.in_all = 1, .per_client = 1});
  const auto first = census.admit(one);
  CHECK(census.admit(one).error() == Errc::client_limit_reached);
}

TEST_CASE("census: new bounds hold for who comes, and leave in who is in", "[census]") {
  Census census({.in_all = 3, .per_client = 3});
  auto first = census.admit(one);
  auto second = census.admit(one);
  census.use({.in_all = 1, .per_client = 1});
  CHECK(census.open() == 2);
  first = fail(Errc::aborted);
  CHECK(census.admit(two).error() == Errc::connection_limit_reached);
  second = fail(Errc::aborted);
  CHECK(census.admit(two));
  census.use({.in_all = 3, .per_client = 3});
  first = census.admit(one);
  CHECK(census.admit(one));
}

TEST_CASE("census: a ticket is given back once, wherever it was moved", "[census]") {
  Census census({.in_all = 10, .per_client = 10});
  auto first = census.admit(one);
  const auto second = census.admit(two);
  {
    Census::Ticket moved = std::move(*first);
    Census::Ticket last;
    last = std::move(moved);
    CHECK(census.open() == 2);
  }
  CHECK(census.open() == 1);
  first = fail(Errc::aborted);
  CHECK(census.open() == 1);
  CHECK(sizeof(Census::Ticket) == sizeof(void*));
}

TEST_CASE("census: many threads lose no count", "[census]") {
  Census census({.in_all = 64, .per_client = 40});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&census, i] {
      for (int round = 0; round < 2000; ++round) {
        const auto mine = census.admit(i % 2 == 0 ? one : two);
        const auto other = census.admit(two);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(census.open() == 0);
  std::vector<Census::Ticket> all;
  for (int i = 0; i < 40; ++i) all.push_back(census.admit(one).value());
  CHECK(census.admit(one).error() == Errc::client_limit_reached);
}

TEST_CASE("census: what was closed is told by whoever counts the first", "[census]") {
  Census census({.in_all = 1, .per_client = 1});
  CHECK(census.count_closed());
  CHECK_FALSE(census.count_closed());
  CHECK(census.take_closed() == 2);
  CHECK(census.count_closed());
}

TEST_CASE("census: few are turned away with an answer at one time", "[census]") {
  Census census({.in_all = 1, .per_client = 1});
  for (std::size_t i = 0; i < Census::most_turned_away; ++i) CHECK(census.enter_turned_away());
  CHECK_FALSE(census.enter_turned_away());
  CHECK_FALSE(census.enter_turned_away());
  census.leave_turned_away();
  CHECK(census.enter_turned_away());
  CHECK_FALSE(census.enter_turned_away());
}

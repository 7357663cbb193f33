// SPDX-License-Identifier: Apache-2.0
// How fast a metered tunnel is.
#include <future>
#include <optional>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "proxy/quota.hpp"
#include "support/pattern.hpp"
#include "support/relaying.hpp"

using namespace culvert;
using namespace std::chrono_literals;
using proxy::Holder;
using relay::Ending;
using test::Begin;
using test::pattern;
using test::Peer;
using test::Relaying;

namespace {

constexpr std::size_t KiB = 1024;
constexpr std::size_t MiB = 1024 * KiB;

/// A user whose tunnels are metered.
class Metered {
 public:
  explicit Metered(const policy::Quota& quota)
      : user_({.kind = Holder::Kind::user, .key = "alice", .quota = quota}) {}

  relay::Meter* meter() {
    grants_.push_back(quotas_.admit_tunnel(std::span(&user_, 1), net::Clock::now()).value());
    return grants_.back().meter();
  }

 private:
  Holder user_;
  proxy::Quotas quotas_;
  std::vector<proxy::Grant> grants_;
};

/// Sends and does not care when it is cut off.
std::future<void> flood(Peer& peer, std::size_t bytes) {
  return std::async(std::launch::async, [&peer, all = pattern(1, 0, bytes)] {
    try {
      peer.send(all);
      peer.finish();
    } catch (const std::runtime_error&) {
      // It was.
    }
  });
}

/// How long it has taken since `begun` when so many bytes have come.
double seconds_for(Peer& peer, std::size_t bytes, net::TimePoint begun) {
  peer.read_exactly(bytes);
  return std::chrono::duration<double>(net::Clock::now() - begun).count();
}

/// A busy machine is late; nothing makes a meter be early.
bool is_about_a_second(double seconds) {
  return seconds > 0.8 && seconds < 4;
}

}  // namespace

TEST_CASE("meter: a tunnel is as fast as its holder may be", "[meter]") {
  const auto [rate, burst] = GENERATE(table<std::size_t, std::size_t>({
      {40 * KiB, 64 * KiB},
      {MiB, 256 * KiB},
      {8 * MiB, 2 * MiB},
  }));
  const bool websocket = GENERATE(false, true);
  CAPTURE(rate, websocket);
  Metered metered({.bytes_per_second = rate});
  Relaying relaying;
  auto tunnel = relaying.begin({.meter = metered.meter(), .websocket = websocket});
  const auto begun = net::Clock::now();
  auto sends = flood(tunnel.client, burst + rate);
  CHECK(is_about_a_second(seconds_for(tunnel.origin, burst + rate, begun)));
  sends.get();
}

TEST_CASE("meter: tunnels of one holder share what it may", "[meter]") {
  constexpr std::size_t rate = 240 * KiB;
  Metered metered({.bytes_per_second = rate});
  Relaying relaying;
  Relaying other_worker;
  auto one = relaying.begin({.meter = metered.meter()});
  auto two = relaying.begin({.meter = metered.meter()});
  auto three = other_worker.begin({.meter = metered.meter()});
  metered.meter()->charge(64 * KiB, net::Clock::now());  // nobody has the burst
  const auto begun = net::Clock::now();
  auto sends_one = flood(one.client, rate / 3);
  auto sends_two = flood(two.origin, rate / 3);
  auto sends_three = flood(three.client, rate / 3);
  auto takes_two =
      std::async(std::launch::async, [&] { return seconds_for(two.client, rate / 3, begun); });
  auto takes_three =
      std::async(std::launch::async, [&] { return seconds_for(three.origin, rate / 3, begun); });
  CHECK(is_about_a_second(seconds_for(one.origin, rate / 3, begun)));
  CHECK(is_about_a_second(takes_two.get()));
  CHECK(is_about_a_second(takes_three.get()));
}

TEST_CASE("meter: both directions of a tunnel have their turns", "[meter]") {
  constexpr std::size_t rate = 256 * KiB;
  Metered metered({.bytes_per_second = rate});
  std::optional<Relaying> relaying(std::in_place);
  auto tunnel = relaying->begin({.meter = metered.meter()});
  auto up = flood(tunnel.client, 4 * MiB);
  std::this_thread::sleep_for(100ms);
  const auto begun = net::Clock::now();
  tunnel.origin.send(pattern(2, 0, rate / 4));
  CHECK(seconds_for(tunnel.client, rate / 4, begun) < 4);  // and not the 15 of the flood
  relaying.reset();                                        // ends the flood
}

TEST_CASE("meter: who waits for its turn is not idle", "[meter]") {
  Metered metered({.bytes_per_second = 2 * KiB});
  auto* const meter = metered.meter();
  meter->charge(66 * KiB, net::Clock::now());  // the burst, and a second's worth
  Relaying relaying;
  auto tunnel = relaying.begin({.limits = {.idle = 600ms}, .meter = meter});
  tunnel.client.send("late");
  CHECK(tunnel.origin.read_exactly(4) == "late");
  CHECK(tunnel.outcome().ending == Ending::idle);  // it is now
}

TEST_CASE("meter: what came with the ends has turns like everything else", "[meter]") {
  constexpr std::size_t rate = 64 * KiB;
  const bool up = GENERATE(true, false);
  const bool websocket = GENERATE(true, false);
  CAPTURE(up, websocket);
  const auto first = pattern(1, 0, 128 * KiB);
  Metered metered({.bytes_per_second = rate});
  Relaying relaying;
  Begin how{.meter = metered.meter(), .websocket = websocket};
  (up ? how.to_origin : how.to_client) = first;
  const auto begun = net::Clock::now();
  auto tunnel = relaying.begin(how);
  CHECK(((up ? tunnel.origin : tunnel.client).read_exactly(first.size()) == first));
  CHECK(net::Clock::now() - begun > 900ms);  // the burst is 64 KiB
}

TEST_CASE("meter: what a tunnel was to move and did not is not owed", "[meter]") {
  constexpr std::size_t rate = 64 * KiB;
  Metered metered({.bytes_per_second = rate});
  auto* const meter = metered.meter();
  const auto owed = [&] {
    const auto now = net::Clock::now();
    return meter->charge(0, now).not_before - now;
  };
  meter->charge(96 * KiB, net::Clock::now());
  Relaying relaying;
  std::vector<Relaying::Ends> tunnels;
  for (int i = 0; i < 200; ++i) {
    tunnels.push_back(relaying.begin({.meter = metered.meter()}));
    tunnels.back().client.send(pattern(1, 0, 8 * KiB));
  }
  const auto until = net::Clock::now() + Peer::patience;
  while (owed() < 3s && net::Clock::now() < until) std::this_thread::sleep_for(5ms);
  CHECK(owed() >= 3s);
  for (auto& tunnel : tunnels) tunnel.client.reset();
  for (auto& tunnel : tunnels) CHECK(tunnel.outcome().ending == Ending::client_reset);
  CHECK(owed() < 700ms);
}

TEST_CASE("meter: a budget ends the tunnel", "[meter]") {
  Metered metered({.bytes_per_day = 100 * KiB});
  Relaying relaying;
  SECTION("that cannot be seen into, at once") {
    auto tunnel = relaying.begin({.meter = metered.meter()});
    auto sends = flood(tunnel.client, MiB);
    const auto got = tunnel.origin.read_rest();
    CHECK(got.size() <= 100 * KiB + 256 * KiB);
    CHECK((got == pattern(1, 0, got.size())));
    const auto outcome = tunnel.outcome();
    CHECK(outcome.ending == Ending::budget);
    CHECK(outcome.bytes_up > 100 * KiB);
    sends.get();
  }
  SECTION("of a WebSocket with a Close") {
    auto tunnel = relaying.begin({.meter = metered.meter(), .websocket = true});
    const std::string frame = "\x82\x7e\xff\xff" + std::string(65'535, 'x');
    tunnel.origin.send(frame + frame);
    CHECK((tunnel.client.read_exactly(2 * frame.size()) == frame + frame));
    CHECK(tunnel.client.read_to_end() ==
          "\x88\x16\x03\xf0"
          "daily budget used up");
    tunnel.client.finish();
    tunnel.origin.finish();
    CHECK(tunnel.outcome().ending == Ending::budget);
  }
}

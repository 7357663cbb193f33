// SPDX-License-Identifier: Apache-2.0
// How fast the body of a holder with a quota is.
#include <future>
#include <memory>
#include <optional>

#include <fcntl.h>

#include <catch2/catch.hpp>
#include <culvert/error.hpp>

#include "proxy/body.hpp"
#include "proxy/quota.hpp"
#include "support/pattern.hpp"
#include "support/peer.hpp"

using namespace culvert;
using namespace std::chrono_literals;
using test::pattern;
using Far = culvert::test::Peer;

namespace {

constexpr std::size_t KiB = 1024;

std::pair<net::Descriptor, Far> connected() {
  test::Origin door;
  auto far = Far::to(Endpoint{.address = *Address::parse("127.0.0.1"), .port = door.port()});
  net::Descriptor ours(door.accept().release());
  fcntl(ours.number(), F_SETFL, O_NONBLOCK);
  return {std::move(ours), std::move(far)};
}

proxy::Shared shared() {
  return {.access_log = observe::AccessLog::open("off").value(),
          .census = std::make_shared<proxy::Census>(proxy::Bounds{}),
          .exhaustion = std::make_shared<net::Exhaustion>(),
          .quotas = std::make_shared<proxy::Quotas>(),
          .via = "here"};
}

using Outcome = std::expected<void, proxy::BodyFailure>;

/// One pump, alone in a worker that runs on a thread of its own.
class Pumping {
 public:
  Pumping(const policy::Quota& quota, std::size_t length, const config::Timeouts& timeouts,
          proxy::Pace pace)
      : holder_({.kind = proxy::Holder::Kind::user, .key = "alice", .quota = quota}),
        granted(quotas_.admit_exchange(std::span(&holder_, 1), net::Clock::now()).value()) {
    auto [our_source, far_source] = connected();
    auto [our_sink, far_sink] = connected();
    source = std::move(far_source);
    sink = std::move(far_sink);
    from_.reset(new net::Socket(net::Socket::watching(worker_.loop(), std::move(our_source))));
    to_.reset(new net::Socket(net::Socket::watching(worker_.loop(), std::move(our_sink))));
    pump_.emplace(worker_, proxy::BodyPump::Ends{.source = *from_, .inbox = inbox_, .sink = *to_},
                  proxy::BodyPump::Message{.head = "head",
                                           .fields = fields_,
                                           .limits = limits_,
                                           .from = framing(length),
                                           .to = framing(length)},
                  activity_, timeouts, pace, granted.meter());
  }
  ~Pumping() {
    if (running_.valid()) outcome();
  }
  Pumping(const Pumping&) = delete;
  Pumping& operator=(const Pumping&) = delete;

  /// From here on the pump runs: what is to be there in time is sent before.
  void begin() {
    worker_.loop().spawn(run());
    running_ = std::async(std::launch::async, [this] { worker_.loop().run(); });
  }
  /// Ends what the pump waits for, as at a shutdown.
  void abort() {
    worker_.loop().post([this] { from_->abort(); });
  }
  Outcome outcome() {
    if (running_.wait_for(Far::patience) != std::future_status::ready) abort();
    running_.get();
    return outcome_;
  }

 private:
  static http1::Framing framing(std::size_t length) {
    return {.kind = http1::Framing::Kind::length, .length = length};
  }
  net::Task<void> run() {
    activity_.last = net::Clock::now();
    outcome_ = co_await pump_->run();
    worker_.loop().stop();
  }

  proxy::Quotas quotas_;
  proxy::Holder holder_;
  proxy::Worker worker_{{.config = std::make_shared<const config::Config>(),
                         .trust = net::TlsContext::for_origins("").value(),
                         .authenticator = nullptr},
                        shared()};
  proxy::Inbox inbox_;
  http1::Fields fields_;
  http1::HeadLimits limits_;
  proxy::BodyPump::Activity activity_;
  std::unique_ptr<net::Socket> from_;
  std::unique_ptr<net::Socket> to_;
  std::optional<proxy::BodyPump> pump_;
  Outcome outcome_;
  std::future<void> running_;

 public:
  proxy::Grant granted;
  Far source{-1};
  Far sink{-1};
};

config::Timeouts idle(net::milliseconds time) {
  config::Timeouts timeouts;
  timeouts.body_idle = time;
  return timeouts;
}

}  // namespace

TEST_CASE("metered body: it is as fast as its holder may be, and not silent or slow for that",
          "[meter]") {
  constexpr std::size_t rate = 8 * KiB;
  constexpr std::size_t length = 64 * KiB + rate;
  // Slices are 128 ms apart; between them nobody is silent, and the sender is fast.
  Pumping pumping({.bytes_per_second = rate}, length, idle(60ms),
                  proxy::Pace(1024 * KiB, 100ms, proxy::Pace::Begins::at_once));
  const auto bytes = pattern(1, 0, length);
  pumping.source.send(bytes);
  const auto begun = net::Clock::now();
  pumping.begin();
  CHECK((pumping.sink.read_exactly(4 + length) == "head" + bytes));
  const std::chrono::duration<double> took = net::Clock::now() - begun;
  CHECK(took.count() > 0.85);
  CHECK(took.count() < 4);
  CHECK(pumping.outcome());
}

TEST_CASE("metered body: it ends with the day's budget", "[meter]") {
  Pumping pumping({.bytes_per_day = 1000}, 64 * KiB, idle(5s), proxy::Pace::any());
  pumping.source.send(pattern(1, 0, 2000));
  pumping.begin();
  const auto outcome = pumping.outcome();
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().why == Errc::budget_used_up);
  const auto excess = pumping.granted.used_up(net::Clock::now());
  REQUIRE(excess);
  CHECK(excess->which == proxy::Excess::Of::bytes_per_day);
}

TEST_CASE("metered body: what waits for its turn can be aborted", "[meter]") {
  Pumping pumping({.bytes_per_second = 1}, 1024 * KiB, idle(5s), proxy::Pace::any());
  pumping.source.send(pattern(1, 0, 128 * KiB));
  pumping.begin();
  pumping.sink.read_exactly(4 + 64 * KiB);
  const auto begun = net::Clock::now();
  pumping.abort();
  const auto outcome = pumping.outcome();
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().why == Errc::aborted);
  CHECK(net::Clock::now() - begun < Far::patience);  // when outcome() would end it
}
